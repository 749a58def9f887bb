"""The uniform law on a sphere."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ppl.constraints import unit_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw, size_option
from ppl.distributions.spheres import log_area, uniform_directions


class SphericalUniform(EventLaw):
    """Law of a unit vector with the same density in all directions, with respect to area.

    Parameters
    ----------
    dimension : int
        Number of elements, 2 or more.

    Examples
    --------
    >>> round(float(SphericalUniform(3).log_prob([0.0, 0.0, 1.0])), 12)
    -2.531024246969
    """

    options: ClassVar[Mapping[str, Any]] = {"dimension": REQUIRED}
    leading = 1
    support = unit_vector
    _dimension: int

    def _option(self, name: str, value: Any) -> Any:
        return size_option(self, name, value, 2)

    @property
    def event_shape(self) -> Shape:
        """(dimension,)."""
        return (self._dimension,)

    def _log_prob(self, value: Any) -> Any:
        return 0.0 * np.sum(value, axis=-1) - log_area(self._dimension)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return uniform_directions(rng, (*shape, self._dimension))

    def _mean(self) -> Any:
        return 0.0

    def _variance(self) -> Any:
        return 1.0 / self._dimension

    def _covariance(self) -> Any:
        return np.eye(self._dimension) / self._dimension

    def _entropy(self) -> Any:
        return log_area(self._dimension)

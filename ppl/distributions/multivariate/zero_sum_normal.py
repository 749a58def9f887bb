"""The normal law of vectors with sum 0."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ppl.constraints import Constraint, positive, zero_sum, zero_sum_matrix
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.rows_columns import crossed
from ppl.errors import show, where
from ppl.numerics import HALF_LOG_2PI


class ZeroSumNormal(EventLaw):
    """Independent normal variables of mean 0, given that they sum to 0 along each axis.

    Parameters
    ----------
    scale : array, shape (...)
        Standard deviation of the variables before they are centred, positive; also `sigma`.
    event_shape : int or tuple of one or two int
        Size of the vector, or of the matrix whose rows and columns have sum 0, by name.

    Notes
    -----
    The density is with respect to orthonormal coordinates of the plane of sums 0.

    Examples
    --------
    >>> ZeroSumNormal(2.0, event_shape=4).variance.tolist()
    [3.0, 3.0, 3.0, 3.0]
    """

    scale = parameter(positive, default=1.0, aliases=("sigma",))
    options: ClassVar[Mapping[str, Any]] = {"event_shape": REQUIRED}

    def _option(self, _name: str, value: Any) -> Any:
        sizes = (value,) if isinstance(value, int | np.integer) else value
        valid = isinstance(sizes, tuple | list) and len(sizes) in (1, 2)
        if not valid or not all(isinstance(n, int | np.integer) and n >= 1 for n in sizes):
            raise ValueError(
                f"ZeroSumNormal: event_shape must be one or two sizes, got {show(value)} {where()}."
            )
        return tuple(int(n) for n in sizes)

    @property
    def event_shape(self) -> Shape:
        """Shape of one value, as given."""
        shape: Shape = self._event_shape  # type: ignore[attr-defined] # set by the base
        return shape

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the shape here
        """Vectors with sum 0, or matrices whose rows and columns have."""
        return zero_sum if len(self.event_shape) == 1 else zero_sum_matrix

    def _degrees(self) -> float:
        return float(np.prod([n - 1 for n in self.event_shape]))

    def _axes(self) -> tuple[int, ...]:
        return tuple(range(-len(self.event_shape), 0))

    def _log_prob(self, value: Any) -> Any:
        square = np.sum(value * value, axis=self._axes()) / (self.scale * self.scale)
        return -0.5 * square - self._degrees() * (np.log(self.scale) + HALF_LOG_2PI)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        white = rng.standard_normal(shape + self.event_shape)
        for axis in self._axes():
            white = white - np.mean(white, axis=axis, keepdims=True)
        return self.scale[(..., *(None,) * len(self.event_shape))] * white

    def _mean(self) -> Any:
        return 0.0

    def _variance(self) -> Any:
        share = self._degrees() / float(np.prod(self.event_shape))
        spread = share * self.scale * self.scale
        return spread[(..., *(None,) * len(self.event_shape))]

    def _covariance(self) -> Any:
        # On each axis the projector on the vectors with sum 0.
        first, *more = (np.eye(n) - 1.0 / n for n in self.event_shape)
        projector = crossed(first, more[0]) if more else first
        return (self.scale * self.scale)[(..., *(None,) * projector.ndim)] * projector

    def _entropy(self) -> Any:
        return self._degrees() * (np.log(self.scale) + HALF_LOG_2PI + 0.5)

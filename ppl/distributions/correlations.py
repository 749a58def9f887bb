"""What the laws of Lewandowski, Kurowicka and Joe (2009) share: partial correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import ad
from ppl.constraints import positive
from ppl.distributions.events import REQUIRED, EventLaw, size_option
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2
from ppl.transforms.partial_correlations import factor
from ppl.transforms.triangles import strict_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.distributions.base import Shape


class Correlations(EventLaw):
    """A law on correlation matrices R with density proportional to det(R)^(concentration - 1).

    The partial correlations of row i and column j < i given the columns before j are independent:
    (1 + z) / 2 has the law Beta(b, b) with b = concentration + (dimension - 2 - j) / 2.
    """

    concentration = parameter(positive, keyword_only=True, default=1.0, aliases=("eta",))
    options: ClassVar[Mapping[str, Any]] = {"dimension": REQUIRED}
    leading = 1
    _dimension: int

    def _option(self, name: str, value: Any) -> Any:
        return size_option(self, name, value)

    @property
    def event_shape(self) -> Shape:
        """(dimension, dimension)."""
        return (self._dimension, self._dimension)

    def _shapes(self, columns: Any) -> Any:
        """Both parameters of the beta laws of the partial correlations in some columns."""
        return self.concentration[..., None] + 0.5 * (self._dimension - 2.0 - columns)

    def _log_volume(self) -> Any:
        """Log of the integral of det(R)^(concentration - 1): equation 17."""
        column = np.arange(self._dimension - 1.0)
        b = self._shapes(column)
        # Column j has n - 1 - j beta laws, each with the normalisation 2^(2b-1) B(b, b).
        each = (2.0 * b - 1.0) * LOG_2 + 2.0 * ad.special.gammaln(b) - ad.special.gammaln(2.0 * b)
        return np.sum((self._dimension - 1.0 - column) * each, axis=-1)

    def _expected_logs(self) -> Any:
        """Expectation of log(1 - z^2) in each column."""
        b = self._shapes(np.arange(self._dimension - 1.0))
        return 2.0 * (LOG_2 + ad.special.digamma(b) - ad.special.digamma(2.0 * b))

    def _draw_factor(self, rng: np.random.Generator, shape: Shape) -> Any:
        triangle = strict_rows(self._dimension)
        b = np.broadcast_to(self._shapes(triangle.columns), (*shape, triangle.size))
        # atanh(z) = (log of a gamma variable - log of another) / 2, which does not round to 1.
        one, other = (
            np.log(rng.standard_gamma(b + 1.0)) - rng.standard_exponential(b.shape) / b
            for _ in range(2)
        )
        return factor(triangle.fill(0.5 * (one - other)))

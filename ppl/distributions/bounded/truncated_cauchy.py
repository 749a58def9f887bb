"""The truncated Cauchy law."""

import math
from typing import Any

import numpy as np

from ppl.constraints import Above, Constraint, extended_real, positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.wrapping import between
from ppl.numerics import log1p_square

_FAR = 1e300


class TruncatedCauchy(Distribution):
    """Cauchy law given that the value is at least `low` and at most `high`.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Median of the Cauchy law; also `alpha`.
    scale : array, shape (...), default 1
        Positive; also `beta`.
    low : array, shape (...), default -inf
        Lower end, by name; also `lower`.
    high : array, shape (...), default inf
        Upper end, greater than `low`, by name; also `upper`.

    Notes
    -----
    Exact also where the interval is far out in a tail. Mean and variance lose digits there; they
    are infinite, or do not exist, where an end is infinite.

    Examples
    --------
    >>> round(float(TruncatedCauchy(low=0.0, high=1.0).cdf(0.5)), 12)
    0.590334470602
    """

    loc = parameter(real, default=0.0, aliases=("alpha",))
    scale = parameter(positive, default=1.0, aliases=("beta",))
    low = parameter(extended_real, default=-math.inf, keyword_only=True, aliases=("lower",))
    high = parameter(
        lambda law: Above(law.low), default=math.inf, keyword_only=True, aliases=("upper",)
    )

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The interval, of which ends given as numbers may be infinite."""
        return between(self.low, self.high)

    def _standard(self, value: Any) -> Any:
        """Standardise; infinite ends become +-1e300, beyond which nothing is left."""
        infinite = np.abs(value) == np.inf
        z = (np.where(infinite, 0.0, value) - self.loc) / self.scale
        return np.where(infinite, np.where(value > 0.0, _FAR, -_FAR), z)

    def _ends(self) -> tuple[Any, Any]:
        return self._standard(self.low), self._standard(self.high)

    def _angle(self, low: Any, high: Any) -> Any:
        """Arctan of the standardised `high`, less that of `low`, without cancellation."""
        start, end = self._standard(low), self._standard(high)
        finite = (np.abs(low) < np.inf) & (np.abs(high) < np.inf)
        apart = np.where(finite, high, 1.0) - np.where(finite, low, 0.0)
        width = np.where(finite, apart / self.scale, end - start)
        below, above = np.hypot(1.0, start), np.hypot(1.0, end)
        cosine = 1.0 / below / above + (start / below) * (end / above)
        return np.arctan2(width / above / below, cosine)

    def _share(self) -> Any:
        return self._angle(self.low, self.high)

    def _log_prob(self, value: Any) -> Any:
        z = (value - self.loc) / self.scale
        return -log1p_square(z) - np.log(self.scale) - np.log(self._share())

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._icdf(rng.random(shape))

    def _cdf(self, value: Any) -> Any:
        return np.minimum(self._angle(self.low, value) / self._share(), 1.0)

    def _sf(self, value: Any) -> Any:
        return np.minimum(self._angle(value, self.high) / self._share(), 1.0)

    def _log_cdf(self, value: Any) -> Any:
        share = self._cdf(value)
        first = share < 0.5
        rest = self._sf(np.where(first, self.support.interior(), value))
        return np.where(first, np.log(share), np.log1p(-np.minimum(rest, 0.9)))

    def _icdf(self, q: Any) -> Any:
        low, high = self._ends()
        angle = self._share()
        # From the nearer end, by the addition theorem of the tangent.
        first, last = np.tan(q * angle), np.tan((1.0 - q) * angle)
        left = (low + first) / (1.0 - low * first)
        right = (high - last) / (1.0 + high * last)
        value = self.loc + self.scale * np.where(q < 0.5, left, right)
        return np.minimum(np.maximum(value, self.low), self.high)

    def _endless(self) -> tuple[Any, Any]:
        return self.low == -np.inf, self.high == np.inf

    def _first(self) -> Any:
        low, high = self._ends()
        return 0.5 * (log1p_square(high) - log1p_square(low)) / self._share()

    def _mean(self) -> Any:
        below, above = self._endless()
        infinite = np.where(below, -np.inf, 0.0) + np.where(above, np.inf, 0.0)
        return np.where(below | above, infinite, self.loc + self.scale * self._first())

    def _variance(self) -> Any:
        below, above = self._endless()
        low, high = self._ends()
        square = (high - low) / self._share() - 1.0
        variance = self.scale**2 * (square - self._first() ** 2)
        return np.where(below | above, np.where(below & above, np.nan, np.inf), variance)

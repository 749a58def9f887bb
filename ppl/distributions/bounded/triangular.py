"""The triangular law."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, greater_than, interval, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2


class Triangular(Distribution):
    """Law whose density rises linearly from `low` to `peak` and falls linearly to `high`.

    Parameters
    ----------
    low : array, shape (...), default 0
        Lower end; also `lower`.
    high : array, shape (...), default 1
        Upper end, greater than `low`; also `upper`.
    peak : array, shape (...)
        Mode, from `low` to `high`, by name; also `c`.

    Examples
    --------
    >>> round(float(Triangular(0, 2, peak=1.0).cdf(0.5)), 12)
    0.125
    """

    low = parameter(real, default=0.0, aliases=("lower",))
    high = parameter(lambda law: greater_than(law.low), default=1.0, aliases=("upper",))
    peak = parameter(lambda law: interval(law.low, law.high), keyword_only=True, aliases=("c",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The interval."""
        return interval(self.low, self.high)

    def _ratio(self, value: Any) -> Any:
        """Return the density as a share of that at the peak."""
        rising, top = value < self.peak, value == self.peak
        gap = np.where(rising, value - self.low, self.high - value)
        whole = np.where(rising, self.peak - self.low, self.high - self.peak)
        return np.where(top, 1.0, gap / np.where(top, 1.0, whole))

    def kinks(self) -> tuple[Any, ...]:
        """Return `peak`, where the density has a corner."""
        return (self.peak,)

    def _log_prob(self, value: Any) -> Any:
        return np.log(self._ratio(value)) + LOG_2 - np.log(self.high - self.low)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._icdf(rng.random(shape))

    def _mean(self) -> Any:
        return self.low + ((self.high - self.low) + (self.peak - self.low)) / 3.0

    def _variance(self) -> Any:
        width, left = self.high - self.low, self.peak - self.low
        return (width**2 - width * left + left**2) / 18.0

    def _cdf(self, value: Any) -> Any:
        width = self.high - self.low
        ratio = self._ratio(value)
        left = (value - self.low) / width * ratio
        return np.where(value <= self.peak, left, 1.0 - (self.high - value) / width * ratio)

    def _sf(self, value: Any) -> Any:
        width = self.high - self.low
        ratio = self._ratio(value)
        right = (self.high - value) / width * ratio
        return np.where(value >= self.peak, right, 1.0 - (value - self.low) / width * ratio)

    def _icdf(self, q: Any) -> Any:
        width = self.high - self.low
        left, right = self.peak - self.low, self.high - self.peak
        rising = self.low + width * np.sqrt(q * (left / width))
        falling = self.high - width * np.sqrt((1.0 - q) * (right / width))
        return np.where(q * width < left, rising, falling)

    def _entropy(self) -> Any:
        return 0.5 - LOG_2 + np.log(self.high - self.low)

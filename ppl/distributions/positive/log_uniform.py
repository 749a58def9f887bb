"""The log-uniform law."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, greater_than, interval, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class LogUniform(Distribution):
    """Law of a positive value whose logarithm is uniform; also called reciprocal.

    Parameters
    ----------
    low : array, shape (...)
        Lower end, positive; also `lower`.
    high : array, shape (...)
        Upper end, greater than `low`; also `upper`.

    Examples
    --------
    >>> round(float(LogUniform(1, 100).cdf(10.0)), 12)
    0.5
    """

    low = parameter(positive, aliases=("lower",))
    high = parameter(lambda law: greater_than(law.low), aliases=("upper",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The interval."""
        return interval(self.low, self.high)

    def _length(self) -> Any:
        """Length of the interval of logarithms."""
        near = self.high < 2.0 * self.low  # there the logarithms would cancel
        gap = np.where(near, self.high - self.low, 0.0)
        return np.where(near, np.log1p(gap / self.low), np.log(self.high) - np.log(self.low))

    def _log_prob(self, value: Any) -> Any:
        return -np.log(value) - np.log(self._length())

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._icdf(rng.random(shape))

    def _mean(self) -> Any:
        return (self.high - self.low) / self._length()

    def _variance(self) -> Any:
        square = 0.5 * (self.high - self.low) * (self.high + self.low) / self._length()
        return square - self._mean() ** 2

    def _cdf(self, value: Any) -> Any:
        return (np.log(value) - np.log(self.low)) / self._length()

    def _sf(self, value: Any) -> Any:
        return (np.log(self.high) - np.log(value)) / self._length()

    def _icdf(self, q: Any) -> Any:
        value = np.exp(np.log(self.low) + q * self._length())
        return np.minimum(np.maximum(value, self.low), self.high)

    def _entropy(self) -> Any:
        return 0.5 * (np.log(self.low) + np.log(self.high)) + np.log(self._length())

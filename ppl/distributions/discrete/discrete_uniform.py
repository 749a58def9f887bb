"""The discrete uniform law."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, integer, integer_at_least, integer_interval
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class DiscreteUniform(Distribution):
    """Law of an integer from `low` to `high`, all equally likely.

    Parameters
    ----------
    low : array, shape (...)
        Smallest value, an integer; also `lower`.
    high : array, shape (...)
        Greatest value, an integer, at least `low`; also `upper`.

    Examples
    --------
    >>> round(float(DiscreteUniform(1, 6).cdf(3)), 12)
    0.5
    """

    low = parameter(integer, aliases=("lower",))
    high = parameter(lambda law: integer_at_least(law.low), aliases=("upper",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The integers from `low` to `high`."""
        return integer_interval(self.low, self.high)

    def _count(self) -> Any:
        return self.high - self.low + 1.0

    def _log_prob(self, value: Any) -> Any:
        # 0 * value lets NaN through; every other value is one of the integers.
        return 0.0 * value - np.log(self._count())

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        low, high = (np.asarray(end).astype(np.int64) for end in (self.low, self.high))
        return rng.integers(low, high, shape, endpoint=True)

    def _mean(self) -> Any:
        return self.low + 0.5 * (self.high - self.low)

    def _variance(self) -> Any:
        return (self.high - self.low) * (self._count() + 1.0) / 12.0

    def _cdf(self, value: Any) -> Any:
        return (np.floor(value) - self.low + 1.0) / self._count()

    def _sf(self, value: Any) -> Any:
        return (self.high - np.floor(value)) / self._count()

    def _entropy(self) -> Any:
        return np.log(self._count())

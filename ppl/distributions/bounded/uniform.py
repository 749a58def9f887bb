"""The uniform law."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, greater_than, interval, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Uniform(Distribution):
    """Uniform law on an interval, ends included.

    Parameters
    ----------
    low : array, shape (...), default 0
        Lower end; also `lower`.
    high : array, shape (...), default 1
        Upper end, greater than `low`; also `upper`.

    Examples
    --------
    >>> round(float(Uniform(0, 4).log_prob(1.0)), 12)
    -1.38629436112
    """

    low = parameter(real, default=0.0, aliases=("lower",))
    high = parameter(lambda law: greater_than(law.low), default=1.0, aliases=("upper",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The interval."""
        return interval(self.low, self.high)

    def _log_prob(self, value: Any) -> Any:
        # 0 * value lets NaN through; every other value is within the interval.
        return 0.0 * value - np.log(self.high - self.low)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.low + (self.high - self.low) * rng.random(shape)

    def _mean(self) -> Any:
        return self.low + 0.5 * (self.high - self.low)

    def _variance(self) -> Any:
        return (self.high - self.low) ** 2 / 12.0

    def _cdf(self, value: Any) -> Any:
        return (value - self.low) / (self.high - self.low)

    def _sf(self, value: Any) -> Any:
        return (self.high - value) / (self.high - self.low)

    def _icdf(self, q: Any) -> Any:
        return self.low + (self.high - self.low) * q

    def _entropy(self) -> Any:
        return np.log(self.high - self.low)

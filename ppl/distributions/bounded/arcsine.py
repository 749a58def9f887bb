"""The arcsine law."""

import math
from typing import Any

import numpy as np

from ppl.constraints import Constraint, greater_than, interval, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_PI


class Arcsine(Distribution):
    """Law with density 1 / (pi sqrt((value - low) (high - value))), infinite at both ends.

    Parameters
    ----------
    low : array, shape (...), default 0
        Lower end; also `lower`.
    high : array, shape (...), default 1
        Upper end, greater than `low`; also `upper`.

    Examples
    --------
    >>> round(float(Arcsine().cdf(0.25)), 12)
    0.333333333333
    """

    low = parameter(real, default=0.0, aliases=("lower",))
    high = parameter(lambda law: greater_than(law.low), default=1.0, aliases=("upper",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The interval."""
        return interval(self.low, self.high)

    def _log_prob(self, value: Any) -> Any:
        return -0.5 * (np.log(value - self.low) + np.log(self.high - value)) - LOG_PI

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._icdf(rng.random(shape))

    def _mean(self) -> Any:
        return self.low + 0.5 * (self.high - self.low)

    def _variance(self) -> Any:
        return (self.high - self.low) ** 2 / 8.0

    def _cdf(self, value: Any) -> Any:
        left, right = self._shares(value)
        return np.where(left < 0.5, _angle(left), 1.0 - _angle(right))

    def _sf(self, value: Any) -> Any:
        left, right = self._shares(value)
        return np.where(left < 0.5, 1.0 - _angle(left), _angle(right))

    def _shares(self, value: Any) -> tuple[Any, Any]:
        """Distances to the ends as shares of the width; either keeps its digits at its end."""
        width = self.high - self.low
        return (value - self.low) / width, (self.high - value) / width

    def _icdf(self, q: Any) -> Any:
        return self.low + (self.high - self.low) * np.sin(0.5 * math.pi * q) ** 2

    def _entropy(self) -> Any:
        return np.log(self.high - self.low) + math.log(math.pi / 4.0)


def _angle(share: Any) -> Any:
    return np.arcsin(np.sqrt(np.minimum(share, 0.5))) * (2.0 / math.pi)

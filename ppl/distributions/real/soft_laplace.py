"""The soft Laplace law."""

import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2, LOG_PI

FAR = 20.0  # where exp(-FAR) is small enough for the arctangent to be its argument's series


class SoftLaplace(Distribution):
    """Law with density 2 / (pi scale (exp(z) + exp(-z))), z = (value - loc) / scale.

    A Laplace law with a smooth top; the hyperbolic secant law of statistics, with its scale times
    2 / pi.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean; also `mu`.
    scale : array, shape (...), default 1
        Positive; the standard deviation is pi / 2 times that.

    Examples
    --------
    >>> float(SoftLaplace(0, 1).cdf(0.0))
    0.5
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0)
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _log_prob(self, value: Any) -> Any:
        size = np.abs(self._standard(value))
        return LOG_2 - LOG_PI - np.log(self.scale) - size - ad.special.log1p_exp(-2.0 * size)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._icdf(rng.random(shape))

    def _mean(self) -> Any:
        return self.loc

    def _variance(self) -> Any:
        return (0.5 * math.pi * self.scale) ** 2

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        return _log_below(self._standard(value))

    def _log_sf(self, value: Any) -> Any:
        return _log_below(-self._standard(value))

    def _icdf(self, q: Any) -> Any:
        # log tan(pi q / 2), turned about the centre so that it keeps its digits at either end.
        tail = np.log(np.tan(0.5 * math.pi * np.minimum(q, 1.0 - q)))
        return self.loc + self.scale * np.where(q < 0.5, tail, -tail)

    def _entropy(self) -> Any:
        return np.log(self.scale) + LOG_2 + LOG_PI


def _log_below(z: Any) -> Any:
    """Log of 2 arctan(exp(z)) / pi."""
    far = z < -FAR
    near = np.where(far, 0.0, np.minimum(z, 0.0))
    left = np.where(far, z, np.log(np.arctan(np.exp(near))))
    right = np.log1p(-np.arctan(np.exp(-np.maximum(z, 0.0))) * (2.0 / math.pi))
    return np.where(z < 0.0, left + (LOG_2 - LOG_PI), right)

"""The Gumbel law."""

import math
from typing import Any

import numpy as np

from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.tails import log_rare


class Gumbel(Distribution):
    """Gumbel law of maxima, with distribution function exp(-exp(-z)), z = (value - loc) / scale.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mode; also `mu`.
    scale : array, shape (...), default 1
        Positive; the standard deviation is pi scale / sqrt(6). Also `beta`.

    Examples
    --------
    >>> float(Gumbel(0, 1).log_prob(0.0))
    -1.0
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("beta",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _log_prob(self, value: Any) -> Any:
        z = self._standard(value)
        return -z - np.exp(-z) - np.log(self.scale)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.loc + self.scale * rng.gumbel(size=shape)

    def _mean(self) -> Any:
        return self.loc + np.euler_gamma * self.scale

    def _variance(self) -> Any:
        return (math.pi * self.scale) ** 2 / 6.0

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        return -np.exp(-self._standard(value))

    def _log_sf(self, value: Any) -> Any:
        return log_rare(-self._standard(value))

    def _icdf(self, q: Any) -> Any:
        return self.loc - self.scale * np.log(-np.log(q))

    def _entropy(self) -> Any:
        return np.log(self.scale) + (1.0 + np.euler_gamma)

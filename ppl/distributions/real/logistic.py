"""The logistic law."""

import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Logistic(Distribution):
    """Logistic law, whose distribution function is 1 / (1 + exp(-z)), z = (value - loc) / scale.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean; also `mu`.
    scale : array, shape (...), default 1
        Positive; the standard deviation is pi scale / sqrt(3). Also `s`.

    Examples
    --------
    >>> float(Logistic(2, 3).cdf(2.0))
    0.5
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("s",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _log_prob(self, value: Any) -> Any:
        z = self._standard(value)
        return ad.special.log_expit(z) + ad.special.log_expit(-z) - np.log(self.scale)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.loc + self.scale * rng.logistic(size=shape)

    def _mean(self) -> Any:
        return self.loc

    def _variance(self) -> Any:
        return (math.pi * self.scale) ** 2 / 3.0

    def _cdf(self, value: Any) -> Any:
        return ad.special.expit(self._standard(value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log_expit(self._standard(value))

    def _log_sf(self, value: Any) -> Any:
        return ad.special.log_expit(-self._standard(value))

    def _icdf(self, q: Any) -> Any:
        return self.loc + self.scale * ad.special.logit(q)

    def _entropy(self) -> Any:
        return np.log(self.scale) + 2.0

    def _log_mass(self, low: Any, high: Any) -> Any:
        # expit(b) - expit(a) = expit(b) expit(-a) (1 - exp(a - b)); beyond 1e4 nothing is left.
        a, b = (np.minimum(np.maximum(self._standard(end), -1e4), 1e4) for end in (low, high))
        empty = a >= b
        gap = np.where(empty, -1.0, a - b)
        part = ad.special.log_expit(b) + ad.special.log_expit(-a) + ad.special.log1m_exp(gap)
        return np.where(empty, -np.inf, part)

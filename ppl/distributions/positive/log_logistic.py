"""The log-logistic law."""

import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class LogLogistic(Distribution):
    """Law of a positive value whose logarithm is logistic.

    The distribution function is 1 / (1 + (value / scale)^-concentration). Both parameters must be
    named.

    Parameters
    ----------
    scale : array, shape (...)
        Median, positive; also `alpha`.
    concentration : array, shape (...)
        Exponent of both tails, positive; also `beta`. The mean is infinite for 1 or less, the
        variance for 2 or less.

    Notes
    -----
    At 0 the density is infinite, 1 / scale, or 0 for a concentration below, at, or above 1.

    Examples
    --------
    >>> float(LogLogistic(scale=3.0, concentration=2.0).cdf(3.0))
    0.5
    """

    scale = parameter(positive, keyword_only=True, aliases=("alpha",))
    concentration = parameter(positive, keyword_only=True, aliases=("beta",))
    support = nonnegative

    def _logit(self, value: Any) -> Any:
        return self.concentration * np.log(value / self.scale)

    def _log_prob(self, value: Any) -> Any:
        c = self.concentration
        slope = np.log(c) - np.log(self.scale) + ad.special.xlogy(c - 1.0, value / self.scale)
        return slope - 2.0 * ad.special.log1p_exp(self._logit(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * np.exp(rng.logistic(size=shape) / self.concentration)

    def _mean(self) -> Any:
        exists = self.concentration > 1.0
        angle = math.pi / np.where(exists, self.concentration, 2.0)
        return np.where(exists, self.scale * angle / np.sin(angle), np.inf)

    def _variance(self) -> Any:
        exists = self.concentration > 2.0
        angle = math.pi / np.where(exists, self.concentration, 4.0)
        variance = 2.0 * angle / np.sin(2.0 * angle) - (angle / np.sin(angle)) ** 2
        return np.where(exists, self.scale**2 * variance, np.inf)

    def _cdf(self, value: Any) -> Any:
        return ad.special.expit(self._logit(value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log_expit(self._logit(value))

    def _log_sf(self, value: Any) -> Any:
        return ad.special.log_expit(-self._logit(value))

    def _icdf(self, q: Any) -> Any:
        return self.scale * np.exp(ad.special.logit(q) / self.concentration)

    def _entropy(self) -> Any:
        return np.log(self.scale) - np.log(self.concentration) + 2.0

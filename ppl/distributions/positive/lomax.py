"""The Lomax law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Lomax(Distribution):
    """Lomax law, Pareto's moved to start at 0 (Pareto type II).

    Its distribution function is 1 - (1 + value / scale)^-concentration. Both parameters must be
    named.

    Parameters
    ----------
    scale : array, shape (...)
        Positive.
    concentration : array, shape (...)
        Exponent of the tail, positive; also `alpha`. The mean is infinite for 1 or less, the
        variance for 2 or less.

    Examples
    --------
    >>> float(Lomax(scale=2.0, concentration=3.0).mean)
    1.0
    """

    scale = parameter(positive, keyword_only=True)
    concentration = parameter(positive, keyword_only=True, aliases=("alpha",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        a = self.concentration
        return np.log(a) - np.log(self.scale) - (a + 1.0) * np.log1p(value / self.scale)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * np.expm1(rng.standard_exponential(shape) / self.concentration)

    def _mean(self) -> Any:
        a = np.where(self.concentration > 1.0, self.concentration, 2.0)
        return np.where(self.concentration > 1.0, self.scale / (a - 1.0), np.inf)

    def _variance(self) -> Any:
        a = np.where(self.concentration > 2.0, self.concentration, 3.0)
        variance = (self.scale / (a - 1.0)) ** 2 * a / (a - 2.0)
        return np.where(self.concentration > 2.0, variance, np.inf)

    def _cdf(self, value: Any) -> Any:
        return -np.expm1(-self.concentration * np.log1p(value / self.scale))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log1m_exp(-self.concentration * np.log1p(value / self.scale))

    def _log_sf(self, value: Any) -> Any:
        return -self.concentration * np.log1p(value / self.scale)

    def _icdf(self, q: Any) -> Any:
        return self.scale * np.expm1(-np.log1p(-q) / self.concentration)

    def _entropy(self) -> Any:
        return np.log(self.scale) - np.log(self.concentration) + 1.0 / self.concentration + 1.0

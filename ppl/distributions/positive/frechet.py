"""The Frechet law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.tails import log_rare


class Frechet(Distribution):
    """Frechet law of maxima with distribution function exp(-(value / scale)^-concentration).

    Both parameters must be named.

    Parameters
    ----------
    concentration : array, shape (...)
        Exponent of the tail, positive; also `alpha`. The mean is infinite for 1 or less, the
        variance for 2 or less.
    scale : array, shape (...)
        Positive; also `sigma`.

    Examples
    --------
    >>> round(float(Frechet(concentration=2.0, scale=3.0).cdf(3.0)), 12)
    0.367879441171
    """

    concentration = parameter(positive, keyword_only=True, aliases=("alpha",))
    scale = parameter(positive, keyword_only=True, aliases=("sigma",))
    support = positive

    def _log_prob(self, value: Any) -> Any:
        c, ratio = self.concentration, value / self.scale
        return np.log(c) - np.log(self.scale) - (1.0 + c) * np.log(ratio) - ratio**-c

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * rng.standard_exponential(shape) ** (-1.0 / self.concentration)

    def _log_moment(self, order: float) -> Any:
        exists = self.concentration > order
        return np.where(
            exists,
            ad.special.gammaln(1.0 - order / np.where(exists, self.concentration, 2.0 * order)),
            np.inf,
        )

    def _mean(self) -> Any:
        return self.scale * np.exp(self._log_moment(1.0))

    def _variance(self) -> Any:
        first, second = self._log_moment(1.0), self._log_moment(2.0)
        finite = self.scale**2 * np.exp(2.0 * first) * np.expm1(second - 2.0 * first)
        return np.where(self.concentration > 2.0, finite, np.inf)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        return -((value / self.scale) ** -self.concentration)

    def _log_sf(self, value: Any) -> Any:
        return log_rare(-self.concentration * np.log(value / self.scale))

    def _icdf(self, q: Any) -> Any:
        return self.scale * (-np.log(q)) ** (-1.0 / self.concentration)

    def _entropy(self) -> Any:
        c = self.concentration
        return 1.0 + np.euler_gamma * (1.0 + 1.0 / c) + np.log(self.scale) - np.log(c)

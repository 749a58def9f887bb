"""The Weibull law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Weibull(Distribution):
    """Weibull law with distribution function 1 - exp(-(value / scale)^concentration).

    Both parameters must be named: their order differs between systems.

    Parameters
    ----------
    scale : array, shape (...)
        Positive; also `beta`.
    concentration : array, shape (...)
        Shape, positive; also `alpha`.

    Notes
    -----
    At 0 the density is infinite, 1 / scale, or 0 for a concentration below, at, or above 1.

    Examples
    --------
    >>> round(float(Weibull(scale=2.0, concentration=1.0).log_prob(2.0)), 12)
    -1.69314718056
    """

    scale = parameter(positive, keyword_only=True, aliases=("beta",))
    concentration = parameter(positive, keyword_only=True, aliases=("alpha",))
    support = nonnegative

    def _hazard(self, value: Any) -> Any:
        return (value / self.scale) ** self.concentration

    def _log_prob(self, value: Any) -> Any:
        c = self.concentration
        slope = np.log(c) - np.log(self.scale) + ad.special.xlogy(c - 1.0, value / self.scale)
        return slope - self._hazard(value)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * rng.standard_exponential(shape) ** (1.0 / self.concentration)

    def _log_moment(self, order: float) -> Any:
        return ad.special.gammaln(1.0 + order / self.concentration)

    def _mean(self) -> Any:
        return self.scale * np.exp(self._log_moment(1.0))

    def _variance(self) -> Any:
        first, second = self._log_moment(1.0), self._log_moment(2.0)
        return self.scale**2 * np.exp(2.0 * first) * np.expm1(second - 2.0 * first)

    def _cdf(self, value: Any) -> Any:
        return -np.expm1(-self._hazard(value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log1m_exp(-self._hazard(value))

    def _log_sf(self, value: Any) -> Any:
        return -self._hazard(value)

    def _icdf(self, q: Any) -> Any:
        return self.scale * (-np.log1p(-q)) ** (1.0 / self.concentration)

    def _entropy(self) -> Any:
        c = self.concentration
        return np.euler_gamma * (1.0 - 1.0 / c) + np.log(self.scale) - np.log(c) + 1.0

"""The Kumaraswamy law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, unit_interval
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Kumaraswamy(Distribution):
    """Law with distribution function 1 - (1 - value^concentration1)^concentration0.

    Parameters
    ----------
    concentration1 : array, shape (...)
        Positive; also `a`.
    concentration0 : array, shape (...)
        Positive; also `b`.

    Notes
    -----
    Jones (2009), "Kumaraswamy's distribution: a beta-type distribution with some tractability
    advantages".

    Examples
    --------
    >>> round(float(Kumaraswamy(1.0, 3.0).mean), 12)
    0.25
    """

    concentration1 = parameter(positive, aliases=("a",))
    concentration0 = parameter(positive, aliases=("b",))
    support = unit_interval

    def _log_rest(self, value: Any) -> Any:
        """Return log(1 - value^concentration1)."""
        start = value == 0.0  # its logarithm is infinite, which no derivative survives
        log_value = np.log(np.where(start, 1.0, value))
        return ad.special.log1m_exp(self.concentration1 * np.where(start, -1e300, log_value))

    def _log_prob(self, value: Any) -> Any:
        a, b = self.concentration1, self.concentration0
        constant = np.log(a) + np.log(b) + ad.special.xlogy(a - 1.0, value)
        flat = (b == 1.0) & (value == 1.0)  # 0 times an infinite logarithm
        rest = self._log_rest(np.where(flat, 0.5, value))
        return constant + np.where(flat, 0.0, (b - 1.0) * rest)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._icdf(rng.random(shape))

    def _log_moment(self, order: float) -> Any:
        share = order / self.concentration1
        return np.log(self.concentration0) + ad.special.betaln(1.0 + share, self.concentration0)

    def _mean(self) -> Any:
        return np.exp(self._log_moment(1.0))

    def _variance(self) -> Any:
        first = self._log_moment(1.0)
        return np.exp(2.0 * first) * np.expm1(self._log_moment(2.0) - 2.0 * first)

    def _cdf(self, value: Any) -> Any:
        return -np.expm1(self.concentration0 * self._log_rest(value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log1m_exp(self.concentration0 * self._log_rest(value))

    def _log_sf(self, value: Any) -> Any:
        return self.concentration0 * self._log_rest(value)

    def _icdf(self, q: Any) -> Any:
        log_power = ad.special.log1m_exp(np.log1p(-q) / self.concentration0)
        return np.exp(log_power / self.concentration1)

    def _entropy(self) -> Any:
        a, b = self.concentration1, self.concentration0
        harmonic = ad.special.digamma(b + 1.0) + np.euler_gamma
        return (1.0 - 1.0 / b) + (1.0 - 1.0 / a) * harmonic - np.log(a) - np.log(b)

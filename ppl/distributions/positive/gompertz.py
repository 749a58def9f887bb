"""The Gompertz law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Gompertz(Distribution):
    """Law of lifetimes whose hazard grows exponentially: concentration rate exp(rate value).

    Both parameters must be named.

    Parameters
    ----------
    concentration : array, shape (...)
        Hazard at 0 in units of the rate, positive.
    rate : array, shape (...)
        Rate at which the hazard grows, positive.

    Examples
    --------
    >>> round(float(Gompertz(concentration=0.5, rate=2.0).log_prob(0.0)), 12)
    0.0
    """

    concentration = parameter(positive, keyword_only=True)
    rate = parameter(positive, keyword_only=True)
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        x = self.rate * value
        constant = np.log(self.concentration) + np.log(self.rate)
        return constant + x - self.concentration * np.expm1(x)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return np.log1p(rng.standard_exponential(shape) / self.concentration) / self.rate

    def _mean(self) -> Any:
        return self._scaled_integral() / self.rate

    def _scaled_integral(self) -> Any:
        """Return exp(c) E1(c), which is U(1, 1, c) (DLMF 13.6.6)."""
        return importlib.import_module("scipy.special").hyperu(1.0, 1.0, self.concentration)

    def _cdf(self, value: Any) -> Any:
        return -np.expm1(-self.concentration * np.expm1(self.rate * value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log1m_exp(-self.concentration * np.expm1(self.rate * value))

    def _log_sf(self, value: Any) -> Any:
        return -self.concentration * np.expm1(self.rate * value)

    def _icdf(self, q: Any) -> Any:
        return np.log1p(-np.log1p(-q) / self.concentration) / self.rate

    def _entropy(self) -> Any:
        return 1.0 - np.log(self.concentration) - np.log(self.rate) - self._scaled_integral()

"""The inverse Gaussian law."""

import importlib
import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI


class InverseGaussian(Distribution):
    """Law of the time at which a Brownian motion with drift first reaches a level; Wald's law.

    The density is sqrt(concentration / (2 pi value^3)) exp(-concentration (value - mean)^2 /
    (2 mean^2 value)).

    Parameters
    ----------
    mean : array, shape (...)
        Positive; also `mu`.
    concentration : array, shape (...)
        Positive; the variance is mean^3 / concentration. Also `lam`.

    Notes
    -----
    Chhikara and Folks (1989), "The inverse Gaussian distribution", ch. 2.

    Examples
    --------
    >>> float(InverseGaussian(2.0, 4.0).variance)
    2.0
    """

    mean = parameter(positive, aliases=("mu",))
    concentration = parameter(positive, aliases=("lam",))
    support = positive

    def _log_prob(self, value: Any) -> Any:
        c = self.concentration
        # The difference of near values is exact; that of their quotient and 1 is not.
        distance = (value - self.mean) / self.mean
        constant = 0.5 * np.log(c) - HALF_LOG_2PI
        return constant - 1.5 * np.log(value) - 0.5 * c * distance * (distance / value)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return rng.wald(self.mean, self.concentration, shape)

    def _variance(self) -> Any:
        return self.mean**3 / self.concentration

    def _log_cdf(self, value: Any) -> Any:
        rate = np.sqrt(self.concentration / value)
        z = rate * ((value - self.mean) / self.mean)
        # exp(2 c / mean) Phi(-rate (value + mean) / mean), in which two exponentials cancel
        y = (value + self.mean) / self.mean * rate * math.sqrt(0.5)
        second = np.log(0.5 * ad.special.erfcx(y)) - 0.5 * (z * z)
        return np.minimum(ad.special.logaddexp(ad.special.log_ndtr(z), second), 0.0)

    def _log_sf(self, value: Any) -> Any:
        rate = np.sqrt(self.concentration / value)
        z = rate * ((value - self.mean) / self.mean)
        y = (value + self.mean) / self.mean * rate * math.sqrt(0.5)
        second = np.log(0.5 * ad.special.erfcx(y)) - 0.5 * (z * z)
        first = ad.special.log_ndtr(-z)
        return first + ad.special.log1m_exp(np.minimum(second - first, 0.0))

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _entropy(self) -> Any:
        special = importlib.import_module("scipy.special")
        # E log(value / mean) = -exp(a) E1(a), a = 2 c / mean: that product is U(1, 1, a).
        scaled = special.hyperu(1.0, 1.0, 2.0 * self.concentration / self.mean)
        return (
            HALF_LOG_2PI
            + 0.5
            - 0.5 * np.log(self.concentration)
            + 1.5 * (np.log(self.mean) - scaled)
        )

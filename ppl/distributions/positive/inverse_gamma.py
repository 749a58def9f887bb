"""The inverse gamma law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.large_counts import refine_poisson
from ppl.tails import log_gammainc, log_gammaincc


class InverseGamma(Distribution):
    """Law of the inverse of a gamma variable.

    The density is rate^concentration value^(-concentration - 1) exp(-rate / value) / Gamma. Both
    parameters must be named.

    Parameters
    ----------
    concentration : array, shape (...)
        Shape, positive; also `alpha`. The mean is infinite for 1 or less, the variance for 2 or
        less.
    rate : array, shape (...)
        Rate of the gamma variable, which is the scale of this law, positive; also `beta`.

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the mean in its last place changes, for any size of the concentration. Of a
    traced concentration its absolute error is a few units in the last place of its largest term.

    Examples
    --------
    >>> float(InverseGamma(concentration=3.0, rate=2.0).mean)
    1.0
    """

    concentration = parameter(positive, keyword_only=True, aliases=("alpha",))
    rate = parameter(positive, keyword_only=True, aliases=("beta",))
    support = positive

    def _log_prob(self, value: Any) -> Any:
        a, b = self.concentration, self.rate
        constant = a * np.log(b) - ad.special.gammaln(a)
        usual = constant - (a + 1.0) * np.log(value) - b / value
        return refine_poisson(usual, a, b / value, lambda: np.log(a) - np.log(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.rate / rng.standard_gamma(self.concentration, shape)

    def _mean(self) -> Any:
        a = self.concentration
        return np.where(a > 1.0, self.rate / np.where(a > 1.0, a - 1.0, 1.0), np.inf)

    def _variance(self) -> Any:
        a = np.where(self.concentration > 2.0, self.concentration, 3.0)
        variance = (self.rate / (a - 1.0)) ** 2 / (a - 2.0)
        return np.where(self.concentration > 2.0, variance, np.inf)

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return special.gammaincc(self.concentration, self.rate / value)

    def _log_cdf(self, value: Any) -> Any:
        return log_gammaincc(self.concentration, self.rate / value)

    def _log_sf(self, value: Any) -> Any:
        return log_gammainc(self.concentration, self.rate / value)

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return self.rate / special.gammainccinv(self.concentration, q)

    def _entropy(self) -> Any:
        a = self.concentration
        return a + np.log(self.rate) + ad.special.gammaln(a) - (1.0 + a) * ad.special.digamma(a)

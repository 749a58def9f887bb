"""The chi law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2, log_gamma_half_step
from ppl.tails import log_gammainc, log_gammaincc


class Chi(Distribution):
    """Law of the length of a vector of `df` independent standard normal variables.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, positive; also `nu`.

    Notes
    -----
    The absolute error of `log_prob` is a few units in the last place of its largest term.

    Examples
    --------
    >>> round(float(Chi(2.0).log_prob(1.0)), 12)
    -0.5
    """

    df = parameter(positive, aliases=("nu",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        half = 0.5 * self.df
        constant = (1.0 - half) * LOG_2 - ad.special.gammaln(half)
        return constant + ad.special.xlogy(self.df - 1.0, value) - 0.5 * (value * value)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return np.sqrt(2.0 * rng.standard_gamma(0.5 * self.df, shape))

    def _mean(self) -> Any:
        return np.sqrt(self.df) * np.exp(log_gamma_half_step(0.5 * self.df))

    def _variance(self) -> Any:
        return -self.df * np.expm1(2.0 * log_gamma_half_step(0.5 * self.df))

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return special.gammainc(0.5 * self.df, 0.5 * (value * value))

    def _log_cdf(self, value: Any) -> Any:
        return log_gammainc(0.5 * self.df, 0.5 * (value * value))

    def _log_sf(self, value: Any) -> Any:
        return log_gammaincc(0.5 * self.df, 0.5 * (value * value))

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return np.sqrt(2.0 * special.gammaincinv(0.5 * self.df, q))

    def _entropy(self) -> Any:
        half = 0.5 * self.df
        slope = (self.df - 1.0) * ad.special.digamma(half)
        return ad.special.gammaln(half) + 0.5 * (self.df - LOG_2 - slope)

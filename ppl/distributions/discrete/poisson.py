"""The Poisson law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, nonnegative_integer, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.large_counts import refine_poisson
from ppl.tails import log_gammainc, log_gammaincc


class Poisson(Distribution):
    """Poisson law with probabilities rate^value exp(-rate) / value!.

    Exactly one of the parameters is given.

    Parameters
    ----------
    rate : array, shape (...)
        Mean, nonnegative; also `mu`.
    log_rate : array, shape (...)
        Natural logarithm of the mean, finite, by name: a log-linear predictor as it is. Log
        probabilities and their slopes are exact also where the rate itself underflows.

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the mean in its last place changes, for counts of any size. That of a
    model's traced density is so too where counts reach 2^19; below, its absolute error is up to
    2e-9.

    Examples
    --------
    >>> float(Poisson(3.0).log_prob(0))
    -3.0
    """

    rate = parameter(
        nonnegative, aliases=("mu",), group="rate", derived=lambda law: np.exp(law.log_rate)
    )
    log_rate = parameter(
        real, keyword_only=True, group="rate", derived=lambda law: np.log(law.rate)
    )
    support = nonnegative_integer

    def _log_prob(self, value: Any) -> Any:
        logs = "log_rate" in self._given
        power = value * self.log_rate if logs else ad.special.xlogy(value, self.rate)
        usual = power - self.rate - ad.special.gammaln(value + 1.0)
        return refine_poisson(usual, value, self.rate)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return rng.poisson(self.rate, shape)

    def _mean(self) -> Any:
        return self.rate

    def _variance(self) -> Any:
        return self.rate

    def _cdf(self, value: Any) -> Any:
        return importlib.import_module("scipy.special").gammaincc(value + 1.0, self.rate)

    def _log_cdf(self, value: Any) -> Any:
        return log_gammaincc(value + 1.0, self.rate)

    def _log_sf(self, value: Any) -> Any:
        return log_gammainc(value + 1.0, self.rate)

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        # The smooth inverse, rounded up, may be one too large where q is a value of the cdf.
        guess = np.ceil(special.pdtrik(q, self.rate))
        lower = np.maximum(guess - 1.0, 0.0)
        value = np.where(special.pdtr(lower, self.rate) >= q, lower, guess)
        return np.where(q == 1.0, np.inf, value)

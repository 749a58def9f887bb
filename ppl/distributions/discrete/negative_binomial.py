"""The negative binomial law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative_integer, open_unit_interval, positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.large_counts import refine_binomial
from ppl.numerics import log_gamma_increase


class NegativeBinomial(Distribution):
    """Law of the number of successes before the failure of number `total_count`.

    All parameters must be named, and exactly one of `probs` and `logits` is given: `probs` is the
    probability of what is counted, as in NumPyro and PyTorch; SciPy's and PyMC's `p` is
    1 - probs.

    Parameters
    ----------
    total_count : array, shape (...)
        Number of failures at which counting stops, positive, not necessarily an integer.
    probs : array, shape (...)
        Probability of success, strictly between 0 and 1.
    logits : array, shape (...)
        Log odds of success; the mean is total_count exp(logits).

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the mean in its last place changes, for counts of any size. That of a
    model's traced density is so too where counts reach 2^19; below, its absolute error is up to
    2e-9.

    Examples
    --------
    >>> round(float(NegativeBinomial(total_count=3.0, probs=0.25).mean), 12)
    1.0
    """

    total_count = parameter(positive, keyword_only=True)
    probs = parameter(
        open_unit_interval,
        keyword_only=True,
        group="probability",
        derived=lambda law: ad.special.expit(law.logits),
    )
    logits = parameter(
        real,
        keyword_only=True,
        group="probability",
        derived=lambda law: ad.special.logit(law.probs),
    )
    support = nonnegative_integer

    def _log_probs(self) -> tuple[Any, Any]:
        """Logarithms of the probabilities of success and failure."""
        if "logits" in self._given:
            return ad.special.log_expit(self.logits), ad.special.log_expit(-self.logits)
        return np.log(self.probs), np.log1p(-self.probs)

    def _log_prob(self, value: Any) -> Any:
        up, down = self._log_probs()
        ways = log_gamma_increase(self.total_count, value) - ad.special.gammaln(value + 1.0)
        usual = ways + self.total_count * down + value * up
        n, probs = self.total_count, (ad.special.expit(-self.logits), self.probs)
        if "probs" in self._given:
            probs = 1.0 - self.probs, self.probs
        # Of n failures and `value` successes the last is a failure.
        return refine_binomial(usual, (n, value), probs, lambda: -np.log1p(value / n))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        odds = np.exp(self.logits)
        return rng.poisson(rng.standard_gamma(self.total_count, shape) * odds)

    def _mean(self) -> Any:
        return self.total_count * np.exp(self.logits)

    def _variance(self) -> Any:
        odds = np.exp(self.logits)
        return self.total_count * odds * (1.0 + odds)

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return special.betaincc(value + 1.0, self.total_count, self.probs)

    def _sf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return special.betainc(value + 1.0, self.total_count, self.probs)

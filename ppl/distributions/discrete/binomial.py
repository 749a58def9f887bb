"""The binomial law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, integer_interval, nonnegative_integer
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.probabilities import probability
from ppl.large_counts import refine_binomial


class Binomial(Distribution):
    """Law of the number of successes in independent trials.

    Exactly one of `probs` and `logits` is given, by name.

    Parameters
    ----------
    total_count : array, shape (...)
        Number of trials, a nonnegative integer; also `n`.
    probs : array, shape (...)
        Probability of success; also `p`.
    logits : array, shape (...)
        Log odds of success; also `logit_p`. `log_prob` is exact for log odds of any size.

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the mean in its last place changes, for counts of any size. That of a
    model's traced density is so too where counts reach 2^19; below, its absolute error is up to
    2e-9.

    Examples
    --------
    >>> round(float(Binomial(4, probs=0.5).log_prob(2)), 12)
    -0.980829253012
    """

    total_count = parameter(nonnegative_integer, aliases=("n",))
    probs, logits = probability()

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The integers from 0 to `total_count`."""
        return integer_interval(0.0, self.total_count)

    def _log_prob(self, value: Any) -> Any:
        n, rest = self.total_count, self.total_count - value
        ways = _log_factorial(n) - _log_factorial(value) - _log_factorial(rest)
        if "logits" in self._given:
            up, down = ad.special.log_expit(self.logits), ad.special.log_expit(-self.logits)
            usual = ways + value * up + rest * down
            failure = ad.special.expit(-self.logits)
        else:
            p = self.probs
            usual = ways + ad.special.xlogy(value, p) + ad.special.xlog1py(rest, -p)
            failure = 1.0 - p
        return refine_binomial(usual, (value, rest), (self.probs, failure))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return rng.binomial(np.asarray(self.total_count).astype(np.int64), self.probs, shape)

    def _mean(self) -> Any:
        return self.total_count * self.probs

    def _variance(self) -> Any:
        return self.total_count * self.probs * (1.0 - self.probs)

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        rest = np.maximum(self.total_count - value, 1.0)
        part = special.betaincc(value + 1.0, rest, self.probs)
        return np.where(value >= self.total_count, 1.0, part)

    def _sf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        rest = np.maximum(self.total_count - value, 1.0)
        return special.betainc(value + 1.0, rest, self.probs)


def _log_factorial(n: Any) -> Any:
    return ad.special.gammaln(n + 1.0)

"""The beta-binomial law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, integer_interval, nonnegative_integer, positive
from ppl.distributions.base import Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.summation import Summed
from ppl.large_counts import refine_ratio
from ppl.numerics import log_gamma_increase
from ppl.saddle_point import log_pair


class BetaBinomial(Summed):
    """Binomial law whose probability of success has a beta law.

    All parameters must be named: their order differs between systems.

    Parameters
    ----------
    total_count : array, shape (...)
        Number of trials, a nonnegative integer; also `n`.
    concentration1 : array, shape (...)
        Weight towards success, positive; also `alpha`.
    concentration0 : array, shape (...)
        Weight towards failure, positive; also `beta`.

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the largest of itself, 1, and the
    three binomial log probabilities that it is made of. That of a model's traced density is so too
    where counts reach 2^19; below, its absolute error is up to 2e-9. The distribution function is a
    sum over `total_count` values.

    Examples
    --------
    >>> round(float(BetaBinomial(total_count=4, concentration1=1.0, concentration0=1.0).cdf(1)), 12)
    0.4
    """

    total_count = parameter(nonnegative_integer, keyword_only=True, aliases=("n",))
    concentration1 = parameter(positive, keyword_only=True, aliases=("alpha",))
    concentration0 = parameter(positive, keyword_only=True, aliases=("beta",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The integers from 0 to `total_count`."""
        return integer_interval(0.0, self.total_count)

    def _log_prob(self, value: Any) -> Any:
        a, b, n = self.concentration1, self.concentration0, self.total_count
        rest = n - value
        gammaln = ad.special.gammaln
        ways = gammaln(n + 1.0) - gammaln(value + 1.0) - gammaln(rest + 1.0)
        up, down = log_gamma_increase(a, value), log_gamma_increase(b, rest)
        usual = ways + up + down - log_gamma_increase(a + b, n)
        return refine_ratio(
            usual, (value, rest), (a, b), lambda: log_pair(a, b) - log_pair(a + value, b + rest)
        )

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        probs = rng.beta(self.concentration1, self.concentration0, shape)
        return rng.binomial(np.asarray(self.total_count).astype(np.int64), probs, shape)

    def _mean(self) -> Any:
        total = self.concentration1 + self.concentration0
        return self.total_count * self.concentration1 / total

    def _variance(self) -> Any:
        total = self.concentration1 + self.concentration0
        share, rest = self.concentration1 / total, self.concentration0 / total
        return self.total_count * share * rest * (total + self.total_count) / (total + 1.0)

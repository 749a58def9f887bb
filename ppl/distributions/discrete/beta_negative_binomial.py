"""The beta negative binomial law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative_integer, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import log_gamma_increase


class BetaNegativeBinomial(Distribution):
    """Law of the failures before success number `total_count`, whose probability has a beta law.

    All parameters must be named: their order differs between systems.

    Parameters
    ----------
    total_count : array, shape (...)
        Number of successes at which counting stops, positive, not necessarily an integer; also
        `n` and `r`.
    concentration1 : array, shape (...)
        Weight of the beta law towards success, positive; also `alpha`.
    concentration0 : array, shape (...)
        Weight towards failure, positive; also `beta`.

    Notes
    -----
    Stan's `beta_neg_binomial(r, alpha, beta)` and SciPy's `betanbinom(n, a, b)`. The absolute error
    of `log_prob` is a few units in the last place of its largest term. The mean is infinite for
    concentration1 <= 1, the variance for concentration1 <= 2.

    Examples
    --------
    >>> float(
    ...     BetaNegativeBinomial(total_count=2.0, concentration1=3.0, concentration0=4.0).mean
    ... )
    4.0
    """

    total_count = parameter(positive, keyword_only=True, aliases=("n", "r"))
    concentration1 = parameter(positive, keyword_only=True, aliases=("alpha",))
    concentration0 = parameter(positive, keyword_only=True, aliases=("beta",))
    support = nonnegative_integer

    def _log_prob(self, value: Any) -> Any:
        r, a, b = self.total_count, self.concentration1, self.concentration0
        ways = log_gamma_increase(r, value) - ad.special.gammaln(value + 1.0)
        shares = log_gamma_increase(a, r) + log_gamma_increase(b, value)
        return ways + shares - log_gamma_increase(a + b, r + value)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        success = rng.standard_gamma(self.concentration1, shape)
        odds = rng.standard_gamma(self.concentration0, shape) / success
        return rng.poisson(rng.standard_gamma(self.total_count, shape) * odds)

    def _mean(self) -> Any:
        a = np.where(self.concentration1 > 1.0, self.concentration1, 2.0)
        mean = self.total_count * self.concentration0 / (a - 1.0)
        return np.where(self.concentration1 > 1.0, mean, np.inf)

    def _variance(self) -> Any:
        r, b = self.total_count, self.concentration0
        a = np.where(self.concentration1 > 2.0, self.concentration1, 3.0)
        variance = r * (a + r - 1.0) * b * (a + b - 1.0) / ((a - 2.0) * (a - 1.0) ** 2)
        return np.where(self.concentration1 > 2.0, variance, np.inf)

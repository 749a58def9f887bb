"""The beta prime law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.large_counts import refine_binomial
from ppl.saddle_point import log_pair


class BetaPrime(Distribution):
    """Law of the odds b / (1 - b) of a beta variable b.

    The density is value^(concentration1 - 1) (1 + value)^-(concentration1 + concentration0) / B.

    Parameters
    ----------
    concentration1 : array, shape (...)
        Positive; also `alpha`.
    concentration0 : array, shape (...)
        Exponent of the tail, positive; also `beta`. The mean is infinite for 1 or less, the
        variance for 2 or less.

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the mean in its last place changes, for any size of the concentrations. Of a
    traced concentration its absolute error is a few units in the last place of its largest term.

    Examples
    --------
    >>> float(BetaPrime(2.0, 3.0).mean)
    1.0
    """

    concentration1 = parameter(positive, aliases=("alpha",))
    concentration0 = parameter(positive, aliases=("beta",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        a, b = self.concentration1, self.concentration0
        ends = ad.special.xlogy(a - 1.0, value) - (a + b) * np.log1p(value)
        usual = ends - ad.special.betaln(a, b)
        pair = value / (1.0 + value), 1.0 / (1.0 + value)
        return refine_binomial(usual, (a, b), pair, lambda: log_pair(a, b) - np.log(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        top = rng.standard_gamma(self.concentration1, shape)
        return top / rng.standard_gamma(self.concentration0, shape)

    def _mean(self) -> Any:
        exists = self.concentration0 > 1.0
        below = np.where(exists, self.concentration0 - 1.0, 1.0)
        return np.where(exists, self.concentration1 / below, np.inf)

    def _variance(self) -> Any:
        exists = self.concentration0 > 2.0
        a, b = self.concentration1, np.where(exists, self.concentration0, 3.0)
        variance = a * (a + b - 1.0) / ((b - 1.0) ** 2 * (b - 2.0))
        return np.where(exists, variance, np.inf)

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        a, b = self.concentration1, self.concentration0
        near = special.betainc(a, b, value / (1.0 + value))
        return np.where(value < 1.0, near, special.betaincc(b, a, 1.0 / (1.0 + value)))

    def _sf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        a, b = self.concentration1, self.concentration0
        near = special.betaincc(a, b, value / (1.0 + value))
        return np.where(value < 1.0, near, special.betainc(b, a, 1.0 / (1.0 + value)))

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        a, b = self.concentration1, self.concentration0
        share, rest = special.betaincinv(a, b, q), special.betainccinv(b, a, q)
        return np.where(share < 0.5, share / (1.0 - share), (1.0 - rest) / rest)

    def _entropy(self) -> Any:
        a, b = self.concentration1, self.concentration0
        digamma = ad.special.digamma
        log_value, log_total = digamma(a) - digamma(b), digamma(a + b) - digamma(b)
        return ad.special.betaln(a, b) - (a - 1.0) * log_value + (a + b) * log_total

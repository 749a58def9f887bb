"""The Fisher-Snedecor law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.positive.beta_prime import BetaPrime
from ppl.large_counts import refine_binomial
from ppl.saddle_point import log_pair


class FisherSnedecor(Distribution):
    """F law: that of the quotient of two chi-squared variables, each over its degrees of freedom.

    Parameters
    ----------
    df1 : array, shape (...)
        Degrees of freedom of the numerator, positive.
    df2 : array, shape (...)
        Degrees of freedom of the denominator, positive. The mean is infinite for 2 or less, the
        variance for 4 or less.

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the mean in its last place changes, for any degrees of freedom. Of traced
    degrees of freedom its absolute error is a few units in the last place of its largest term.

    Examples
    --------
    >>> float(FisherSnedecor(3.0, 4.0).mean)
    2.0
    """

    df1 = parameter(positive)
    df2 = parameter(positive)
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        a, b = 0.5 * self.df1, 0.5 * self.df2
        ratio = self.df1 / self.df2
        ends = ad.special.xlogy(a - 1.0, ratio * value) - (a + b) * np.log1p(ratio * value)
        usual = ends + np.log(ratio) - ad.special.betaln(a, b)
        odds = ratio * value
        pair = odds / (1.0 + odds), 1.0 / (1.0 + odds)
        return refine_binomial(usual, (a, b), pair, lambda: log_pair(a, b) - np.log(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        top = rng.standard_gamma(0.5 * self.df1, shape) / self.df1
        return top / (rng.standard_gamma(0.5 * self.df2, shape) / self.df2)

    def _mean(self) -> Any:
        df = np.where(self.df2 > 2.0, self.df2, 3.0)
        return np.where(self.df2 > 2.0, df / (df - 2.0), np.inf)

    def _variance(self) -> Any:
        df = np.where(self.df2 > 4.0, self.df2, 5.0)
        spread = 2.0 * (self.df1 + df - 2.0) / (self.df1 * (df - 4.0))
        return np.where(self.df2 > 4.0, spread * (df / (df - 2.0)) ** 2, np.inf)

    def _cdf(self, value: Any) -> Any:
        return self._odds().cdf(self.df1 / self.df2 * value)

    def _sf(self, value: Any) -> Any:
        return self._odds().sf(self.df1 / self.df2 * value)

    def _odds(self) -> BetaPrime:
        """Law of df1 / df2 times the value."""
        return BetaPrime(concentration1=0.5 * self.df1, concentration0=0.5 * self.df2)

    def _icdf(self, q: Any) -> Any:
        return importlib.import_module("scipy.special").fdtri(self.df1, self.df2, q)

    def _entropy(self) -> Any:
        a, b = 0.5 * self.df1, 0.5 * self.df2
        digamma = ad.special.digamma
        log_value, log_total = digamma(a) - digamma(b), digamma(a + b) - digamma(b)
        odds = ad.special.betaln(a, b) - (a - 1.0) * log_value + (a + b) * log_total
        return odds + np.log(self.df2) - np.log(self.df1)

"""The Skellam law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import integer, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Skellam(Distribution):
    """Law of the difference of two independent Poisson counts.

    Parameters
    ----------
    rate1 : array, shape (...)
        Mean of the first count, positive; also `mu1`.
    rate2 : array, shape (...)
        Mean of the count taken off, positive; also `mu2`.

    Notes
    -----
    Skellam (1946), "The frequency distribution of the difference between two Poisson variates". The
    probabilities are exp(-(rate1 + rate2)) (rate1 / rate2)^(k/2) I_k(2 sqrt(rate1 rate2)); the
    absolute error of `log_prob` is a few units in the last place of their largest factor's
    logarithm. The distribution function is that of a noncentral chi-squared law (Johnson 1959);
    it has no derivatives.

    Examples
    --------
    >>> float(Skellam(3.0, 1.0).mean)
    2.0
    """

    rate1 = parameter(positive, aliases=("mu1",))
    rate2 = parameter(positive, aliases=("mu2",))
    support = integer

    def _log_prob(self, value: Any) -> Any:
        a, b = self.rate1, self.rate2
        tilt = 0.5 * value * (np.log(a) - np.log(b))
        bessel = ad.special.log_ive(np.abs(value), 2.0 * np.sqrt(a) * np.sqrt(b))
        # The exponent of the Bessel function completes the square.
        return tilt - (np.sqrt(a) - np.sqrt(b)) ** 2 + bessel

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return rng.poisson(self.rate1, shape) - rng.poisson(self.rate2, shape)

    def _mean(self) -> Any:
        return self.rate1 - self.rate2

    def _variance(self) -> Any:
        return self.rate1 + self.rate2

    def _cdf(self, value: Any) -> Any:
        return _below(value, self.rate1, self.rate2)

    def _sf(self, value: Any) -> Any:
        return _below(-value - 1.0, self.rate2, self.rate1)


def _below(k: Any, a: Any, b: Any) -> Any:
    special = importlib.import_module("scipy.special")
    negative = k < 0.0
    left = special.chndtr(2.0 * b, np.where(negative, -2.0 * k, 2.0), 2.0 * a)
    right = special.chndtr(2.0 * a, np.where(negative, 2.0, 2.0 * (k + 1.0)), 2.0 * b)
    return np.where(negative, left, 1.0 - right)

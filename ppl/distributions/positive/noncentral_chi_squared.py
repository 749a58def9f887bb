"""The noncentral chi-squared law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2


class NoncentralChiSquared(Distribution):
    """Law of a sum of squares of `df` independent normal variables with standard deviation 1.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, positive, not necessarily an integer; also `nu`.
    noncentrality : array, shape (...)
        Sum of the squares of their means, positive.

    Notes
    -----
    Johnson, Kotz and Balakrishnan (1995), "Continuous univariate distributions", vol. 2, eq. 29.4.
    For noncentrality 0 it is the `ChiSquared` law. The distribution function is SciPy's; it has no
    derivatives.

    Examples
    --------
    >>> float(NoncentralChiSquared(3.0, 2.0).mean)
    5.0
    """

    df = parameter(positive, aliases=("nu",))
    noncentrality = parameter(positive)
    support = positive

    def _log_prob(self, value: Any) -> Any:
        order = 0.5 * self.df - 1.0
        root_value, root = np.sqrt(value), np.sqrt(self.noncentrality)
        # The exponent of the Bessel function completes the square.
        x = root_value * root
        # I_v = I_(v+2) + 2 (v + 1) / x I_(v+1), DLMF 10.29.1, has no negative order.
        next_order = np.log(self.df) - np.log(x) + ad.special.log_ive(order + 1.0, x)
        bessel = ad.special.logaddexp(ad.special.log_ive(order + 2.0, x), next_order)
        tilt = 0.5 * order * (np.log(value) - np.log(self.noncentrality))
        return bessel + tilt - 0.5 * (root_value - root) ** 2 - LOG_2

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return rng.noncentral_chisquare(self.df, self.noncentrality, shape)

    def _mean(self) -> Any:
        return self.df + self.noncentrality

    def _variance(self) -> Any:
        return 2.0 * (self.df + 2.0 * self.noncentrality)

    def _cdf(self, value: Any) -> Any:
        return importlib.import_module("scipy.special").chndtr(value, self.df, self.noncentrality)

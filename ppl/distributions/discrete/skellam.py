"""The Skellam law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import integer, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.large_counts import large, stays
from ppl.numerics import HALF_LOG_2PI


def _debye_corrections(count: int) -> list[Any]:
    """Polynomials in (v / s)^2, highest power first, of s^-k in Debye's expansion of I_v(x).

    With s^2 = v^2 + x^2, by the recurrence DLMF 10.41.9 for u_k(p) = p^k times each.
    """
    found, u = [], np.polynomial.Polynomial([1.0])
    weight, slope = (
        np.polynomial.Polynomial([1.0, 0.0, -5.0]),
        np.polynomial.Polynomial([0, 0, 1, 0, -1]),
    )
    for k in range(1, count + 1):
        u = 0.5 * slope * u.deriv() + 0.125 * (weight * u).integ()
        found.append(u.coef[k::2][::-1])
    return found


# For s of 64 and more the first one left out is below 0.4 / s^9, 3e-17.
_DEBYE = _debye_corrections(8)


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
    probabilities are exp(-(rate1 + rate2)) (rate1 / rate2)^(k/2) I_k(2 sqrt(rate1 rate2)).
    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the rates in their last places changes; so is that of a model's traced
    density where counts reach 2^19; below, its absolute error is up to 2e-9. The distribution
    function is that of a noncentral chi-squared law (Johnson 1959); it has no derivatives.

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
        usual = tilt - (np.sqrt(a) - np.sqrt(b)) ** 2 + bessel
        if stays(usual, np.abs(value)):
            return usual
        total = np.hypot(value, 2.0 * np.sqrt(a) * np.sqrt(b))
        used = large(total, a, b)
        exact = self._of_two_counts(np.where(used, value, 0.0), np.where(used, total, 64.0))
        return np.where(used, exact, usual)

    def _of_two_counts(self, value: Any, total: Any) -> Any:
        """By the counts with that difference and `total` whose product is that of the rates.

        Of Debye's expansion (DLMF 10.41.3) the exponent is less the sum of both counts' deviances,
        in which no large terms cancel.
        """
        a, b = self.rate1, self.rate2
        more = 0.5 * (total + np.abs(value))
        less = a / more * b
        first, second = np.where(value < 0.0, less, more), np.where(value < 0.0, more, less)
        square, correction = (value / total) ** 2, 0.0
        for coefficients in reversed(_DEBYE):
            correction = (correction + np.polyval(coefficients, square)) / total
        spread = np.log1p(correction) - 0.5 * np.log(total) - HALF_LOG_2PI
        return spread - ad.special.kl_div(first, a) - ad.special.kl_div(second, b)

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

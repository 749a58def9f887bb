"""Formulas that several laws share, stable over the whole range of double precision.

They take arrays or traced values alike, and never evaluate a branch where it would give NaN: the
derivative of a discarded NaN would still be NaN.
"""

import math
from typing import Any

import numpy as np

import ad

LOG_2 = math.log(2.0)
LOG_PI = math.log(math.pi)
HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)

_SHIFT = 511  # powers of two by which huge numbers are scaled before they are squared
_LARGE = 2.0**_SHIFT
# From here on the series of `log_gamma_half_step` is exact to rounding: its first term left out is
# 31 / (18432 x^9), 5e-17 at x = 32.
_SERIES_FROM = 32.0
_SMALL = 0.01
_SQRT_HALF = math.sqrt(0.5)


def log1p_square(z: Any) -> Any:
    """Compute log(1 + z^2), also where z^2 overflows.

    Parameters
    ----------
    z : array, shape (...)

    Returns
    -------
    array, shape (...)
    """
    # For |z| > 2^511 it is log(z^2) to rounding: scale z down and add the power of two again.
    large = np.abs(z) > _LARGE
    scaled = np.where(large, z * (1.0 / _LARGE), z)
    argument = scaled * scaled - np.where(large, 1.0, 0.0)
    return np.log1p(argument) + np.where(large, 2 * _SHIFT * LOG_2, 0.0)


def log_gamma_half_step(x: Any) -> Any:
    """Compute log Gamma(x + 1/2) - log Gamma(x) - log(x) / 2 for x > 0; tends to 0 for large x.

    Parameters
    ----------
    x : array, shape (...)

    Returns
    -------
    array, shape (...)

    Notes
    -----
    For large x the two log Gammas cancel. There the asymptotic series of the ratio is summed:
    with log Gamma(x + 1/2) - log Gamma(x) = log(x)/2 - sum of c_k x^(1-2k), the coefficients are
    c_k = (1 - 2^(-2k)) B_2k / (k (2k - 1)) in Bernoulli numbers, from the Stirling series
    of log Gamma(x + a) (DLMF 5.11.8) at a = 1/2 and a = 0.
    """
    large = x >= _SERIES_FROM
    far = 1.0 / np.where(large, x, _SERIES_FROM)
    near = np.where(large, _SERIES_FROM, x)
    square = far * far
    series = -far * (1 / 8 - square * (1 / 192 - square * (1 / 640 - square * (17 / 14336))))
    direct = ad.special.gammaln(near + 0.5) - ad.special.gammaln(near) - 0.5 * np.log(near)
    return np.where(large, series, direct)


def log1p_ratio(x: Any) -> Any:
    """Compute log(1 + x) / x for x > -1; 1 at 0, with full accuracy of its derivatives around it.

    Parameters
    ----------
    x : array, shape (...)

    Returns
    -------
    array, shape (...)
    """
    near = np.abs(x) < _SMALL
    # Terms of the logarithm's series; the first left out is x^12 / 13, 8e-26 at the switch.
    small = np.where(near, x, 0.0)
    series: Any = 0.0
    for k in range(12, 0, -1):
        series = (-1.0) ** (k + 1) / k + small * series
    far = np.where(near, 1.0, x)
    return np.where(near, series, np.log1p(far) / far)


def expm1_ratio(x: Any) -> Any:
    """Compute (exp(x) - 1) / x; 1 at 0.

    Parameters
    ----------
    x : array, shape (...)

    Returns
    -------
    array, shape (...)
    """
    safe = np.where(x == 0.0, 1.0, x)
    return np.where(x == 0.0, 1.0, np.expm1(safe) / safe)


def log_sinhc(x: Any) -> Any:
    """Compute log(sinh(x) / x), an even function; 0 at 0, |x| - log(2 |x|) far out.

    Parameters
    ----------
    x : array, shape (...)

    Returns
    -------
    array, shape (...)

    Notes
    -----
    Around 0 by its series, whose coefficients are 2^(2n) B_2n / (2n (2n)!) in Bernoulli numbers
    (DLMF 4.19.7, with the sign of x^2 turned).
    """
    near = np.abs(x) < 0.2
    small = np.where(near, x, 0.0)
    square = small * small
    series: Any = 0.0  # the first term left out is 2e-8 x^14, 3e-18 at the switch
    for coefficient in (-691 / 3831077250, 1 / 467775, -1 / 37800, 1 / 2835, -1 / 180, 1 / 6):
        series = square * (coefficient + series)
    size = np.abs(np.where(near, 1.0, x))
    far = size + ad.special.log1m_exp(-2.0 * size) - np.log(2.0 * size)
    return np.where(near, series, far)


def log_gamma_increase(x: Any, n: Any) -> Any:
    """Compute log Gamma(x + n) - log Gamma(x) for x > 0 and n >= 0, also where x is much larger.

    Parameters
    ----------
    x, n : array, shape (...)

    Returns
    -------
    array, shape (...)

    Notes
    -----
    For large x the difference of Stirling's series (DLMF 5.11.1), in which nothing cancels.
    """
    large = x >= _SERIES_FROM
    far = np.where(large, x, _SERIES_FROM)
    leading = (far - 0.5) * np.log1p(n / far) + n * (np.log(far + n) - 1.0)
    series = leading + stirling_rest(far + n) - stirling_rest(far)
    near = np.where(large, 1.0, x)
    direct = ad.special.gammaln(near + n) - ad.special.gammaln(near)
    return np.where(large, series, direct)


def stirling_rest(x: Any) -> Any:
    """Compute what Stirling's formula leaves of log Gamma(x), for x of 32 or more (DLMF 5.11.1).

    Parameters
    ----------
    x : array, shape (...)

    Returns
    -------
    array, shape (...)
    """
    # The first term left out is 1 / (1188 x^9), 2e-17 at x = 32.
    inverse = 1.0 / x
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680))))


def log_ndtr_difference(a: Any, b: Any) -> Any:
    """Compute log(Phi(b) - Phi(a)) of the standard normal law for a < b, also far out.

    Parameters
    ----------
    a, b : array, shape (...)
        Finite; infinite ends are to be replaced by +-1e10.

    Returns
    -------
    array, shape (...)
    """
    # Both on the right are turned to the left, where the tails keep their digits.
    right = a > 0.0
    low, high = np.where(right, -b, a), np.where(right, -a, b)
    around = (low <= 0.0) & (high > 0.0)
    # Around the centre the two parts add up; elsewhere the ratio of the two tails decides.
    centre_low, centre_high = np.where(around, low, -1.0), np.where(around, high, 1.0)
    middle = 0.5 * (
        ad.special.erf(centre_high * _SQRT_HALF) - ad.special.erf(centre_low * _SQRT_HALF)
    )
    tail_low, tail_high = np.where(around, -2.0, low), np.where(around, -1.0, high)
    outer = ad.special.log_ndtr(tail_high)
    ratio = ad.special.log_ndtr(tail_low) - outer
    return np.where(around, np.log(middle), outer + ad.special.log1m_exp(ratio))

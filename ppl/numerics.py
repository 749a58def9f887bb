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

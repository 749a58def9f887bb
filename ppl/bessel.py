"""Scaled logarithms of modified Bessel functions over the whole range of double precision.

The operations of `ad.special` serve between; next to 0 and far out leading terms are exact.
"""

from typing import Any

import numpy as np

import ad
from ppl.numerics import HALF_LOG_2PI, LOG_2, LOG_PI

_NEAR, _FAR = 1e-20, 1e8


def log_ive(order: Any, x: Any) -> Any:
    """Compute log(I_order(x) exp(-x)) for order > -1 and x > 0.

    Parameters
    ----------
    order, x : array, shape (...)

    Returns
    -------
    array, shape (...)
    """
    near, far = x < _NEAR, x > _FAR * (1.0 + order * order)
    small, large = np.where(near, x, 1.0), np.where(far, x, 1.0)
    usual = np.where(near | far, 1.0, x)
    # DLMF 10.30.1, which for order 0 is 0 at 0 too
    series = ad.special.xlogy(order, small) - order * LOG_2 - ad.special.gammaln(order + 1.0)
    limit = -0.5 * np.log(large) - HALF_LOG_2PI + _hankel(order, -large)
    middle = ad.special.log_iv(order, usual) - usual
    return np.where(near, series, np.where(far, limit, middle))


def log_k1e(x: Any) -> Any:
    """Compute log(K_1(x) exp(x)) for x > 0.

    Parameters
    ----------
    x : array, shape (...)

    Returns
    -------
    array, shape (...)
    """
    near, far = x < _NEAR, x > _FAR
    small, large = np.where(near, x, 1.0), np.where(far, x, 1.0)
    usual = np.where(near | far, 1.0, x)
    limit = 0.5 * (LOG_PI - LOG_2 - np.log(large)) + _hankel(1.0, large)
    middle = ad.special.log_kv(1.0, usual) + usual
    return np.where(near, -np.log(small), np.where(far, limit, middle))


def _hankel(order: Any, x: Any) -> Any:
    """Log of the first terms of Hankel's expansion, DLMF 10.40.1 (for -x) and 10.40.2."""
    mu = 4.0 * order * order
    first = (mu - 1.0) / (8.0 * x)
    return np.log1p(first + 0.5 * first * ((mu - 9.0) / (8.0 * x)))

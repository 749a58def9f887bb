"""Logarithms of tail probabilities that several laws share, also where these underflow.

They take arrays or traced values alike, and never evaluate a branch where it would give NaN.
"""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.numerics import expm1_ratio

_LEVELS = 40
# With a density of the gamma law below exp(-600) the incomplete gamma functions may underflow.
_DEEP = -600.0


def log_rare(log_rate: Any) -> Any:
    """Compute log(1 - exp(-r)) from log r, also where r underflows.

    Parameters
    ----------
    log_rate : array, shape (...)

    Returns
    -------
    array, shape (...)
    """
    rare = log_rate < 0.0
    small = np.where(rare, log_rate, -1.0)
    large = np.exp(np.where(rare, 1.0, log_rate))
    return np.where(rare, small + np.log(expm1_ratio(-np.exp(small))), np.log1p(-np.exp(-large)))


def log_difference(larger: Any, smaller: Any) -> Any:
    """Compute log(exp(larger) - exp(smaller)) for larger >= smaller; -inf where they are equal.

    Parameters
    ----------
    larger, smaller : array, shape (...)
        Logarithms; `smaller` may be -inf.

    Returns
    -------
    array, shape (...)
    """
    # Equal ones, and two of -inf, would give NaN and infinite slopes.
    none = ~(larger > smaller)
    gap = np.where(none, -1.0, np.where(none, 0.0, smaller) - np.where(none, 1.0, larger))
    return np.where(none, -np.inf, larger + ad.special.log1m_exp(gap))


def log_gammaincc(a: Any, x: Any) -> Any:
    """Compute the log of the regularised upper incomplete gamma function Q(a, x), x >= 0.

    Parameters
    ----------
    a, x : array, shape (...)

    Returns
    -------
    array, shape (...)

    Notes
    -----
    Where Q may underflow, Legendre's continued fraction (DLMF 8.9.2) with 40 levels. The absolute
    error is a few units in the last place of a log a.
    """
    deep = (x > a) & (_log_gamma_density(a, x) < _DEEP)
    far_x, far_a = np.where(deep, x, 2.0), np.where(deep, a, 1.0)
    level: Any = 0.0
    for k in range(_LEVELS, 0, -1):
        level = k * (k - far_a) / (far_x + (2.0 * k + 1.0) - far_a - level)
    far = _log_gamma_density(far_a, far_x) + np.log(far_x / (far_x + 1.0 - far_a - level))
    return np.where(deep, far, _log_gamma_parts(np.where(deep, 1.0, a), np.where(deep, 1.0, x))[1])


def log_gammainc(a: Any, x: Any) -> Any:
    """Compute the log of the regularised lower incomplete gamma function P(a, x), x >= 0.

    Parameters
    ----------
    a, x : array, shape (...)

    Returns
    -------
    array, shape (...)

    Notes
    -----
    Where P may underflow, the continued fraction DLMF 8.9.1 with 40 levels. Where P is next to 1,
    the logarithm of 1 - Q.
    """
    deep = (x < a) & (x > 0.0) & (_log_gamma_density(a, x) < _DEEP)
    far_x, far_a = np.where(deep, x, 0.5), np.where(deep, a, 1.0)
    level: Any = 0.0
    for k in range(_LEVELS, 0, -1):
        up = k * far_x / (far_a + 2.0 * k - level)
        level = (far_a + (k - 1.0)) * far_x / (far_a + (2.0 * k - 1.0) + up)
    far = _log_gamma_density(far_a, far_x) + np.log(far_x / (far_a - level))
    return np.where(deep, far, _log_gamma_parts(np.where(deep, 1.0, a), np.where(deep, 1.0, x))[0])


def _log_gamma_parts(a: Any, x: Any) -> tuple[Any, Any]:
    """Compute the logarithms of P and Q, each from the smaller one of the two."""
    special = importlib.import_module("scipy.special")
    right = x > a
    lower = special.gammainc(a, np.where(right, a, x))
    upper = special.gammaincc(a, np.where(right, x, a))
    log_lower = np.where(right, np.log1p(-upper), np.log(lower))
    return log_lower, np.where(right, np.log(upper), np.log1p(-lower))


def _log_gamma_density(a: Any, x: Any) -> Any:
    return ad.special.xlogy(a - 1.0, x) - x - ad.special.gammaln(a)


def log_sum(terms: Any) -> Any:
    """Compute the log of the sum of exponentials over the last axis.

    Parameters
    ----------
    terms : array, shape (..., n)
        Some or all may be -inf; such terms have derivative 0.

    Returns
    -------
    array, shape (...)
    """
    nothing = np.all(terms == -np.inf, axis=-1)
    safe = np.where(nothing[..., None], 0.0, terms)
    return np.where(nothing, -np.inf, ad.special.logsumexp(safe, axis=-1))

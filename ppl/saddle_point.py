"""Loader's forms of the Poisson and binomial probabilities, for counts of any size.

Loader (2000), "Fast and accurate computation of binomial probabilities": Stirling's formula is
divided out of the factorials, and what is left is a deviance, in which no large terms cancel. The
laws of counts, gamma and beta laws are these two up to small factors, also for counts that are not
integers (`ppl.large_counts` says where they are used).
"""

from typing import Any

import numpy as np

import ad
from ppl.numerics import HALF_LOG_2PI, stirling_rest

_SERIES_FROM = 32.0


def log_pair(a: Any, b: Any) -> Any:
    """Compute log(a b / (a + b)): Gamma(a + b) / (Gamma(a) Gamma(b)) over that of a + 1, b + 1."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.log(low) - np.log1p(low / high)


def log_poisson(x: Any, mean: Any, gap: Any = None) -> Any:
    """Compute log(mean^x exp(-mean) / Gamma(x + 1)) for x >= 0 and mean > 0.

    Parameters
    ----------
    x, mean : array, shape (...)
    gap : array, shape (...), optional
        x - mean, where it is known to more digits than their difference has. The derivative in a
        traced x needs them: of a count next to its mean it is about gap / mean.

    Returns
    -------
    array, shape (...)
        In nats, to about 1e-15 relative to the largest of 1, itself, and log x.
    """
    small = x < 1.0
    if not ad.is_traced(small) and not np.any(small):
        return -_deviance(x, mean, gap) - information(x)
    few, low = np.where(small, x, 0.0), np.where(small, mean, 1.0)
    direct = ad.special.xlogy(few, low) - low - ad.special.gammaln(few + 1.0)
    many, high = np.where(small, 1.0, x), np.where(small, 1.0, mean)
    return np.where(small, direct, -_deviance(many, high, gap) - information(many))


def _deviance(x: Any, mean: Any, gap: Any) -> Any:
    if gap is None or not ad.is_traced(x):
        return ad.special.kl_div(x, mean)
    near = np.abs(gap) < 0.5 * mean
    ratio = np.where(near, 1.0 + gap / mean, x / mean)
    return mean * ad.special.kl_div(ratio, 1.0)


def log_binomial(x: Any, y: Any, p: Any, q: Any) -> Any:
    """Compute log(Gamma(x + y + 1) / (Gamma(x + 1) Gamma(y + 1)) p^x q^y), x, y >= 0.

    Parameters
    ----------
    x, y : array, shape (...)
        Counts, not necessarily integers, not both 0.
    p, q : array, shape (...)
        Positive with sum 1, each with all its digits.

    Returns
    -------
    array, shape (...)
        In nats, to about 1e-15 relative to the largest of 1, itself, and log x + log y.
    """
    n, gap = np.maximum(x + y, 1.0), x * q - y * p  # of two independent counts, given their sum
    return log_poisson(x, n * p, gap) + log_poisson(y, n * q, -gap) + information(n)


def log_multinomial(counts: Any, probs: Any) -> Any:
    """Compute log(Gamma(n + 1) times the product of p^x / Gamma(x + 1)), n the sum of the x.

    Parameters
    ----------
    counts : array, shape (..., k)
        Nonnegative, not necessarily integers, not all 0.
    probs : array, shape (..., k)
        Nonnegative with sum 1, each with all its digits; positive where the count is.

    Returns
    -------
    array, shape (...)
        In nats, to about 1e-15 relative to the largest of 1, itself, and the logarithms of counts.
    """
    total = np.sum(counts, axis=-1)
    return information(total) + np.sum(log_poisson(counts, total[..., None] * probs), axis=-1)


def information(count: Any) -> Any:
    """Compute what a count > 0 adds to -log of a probability, but for its deviance, in nats.

    Parameters
    ----------
    count : array, shape (...)

    Returns
    -------
    array, shape (...)
    """
    return stirling_error(count) + HALF_LOG_2PI + 0.5 * np.log(count)


def stirling_error(x: Any) -> Any:
    """Compute log Gamma(x + 1) less Stirling's (x + 1/2) log x - x + log(2 pi) / 2, x > 0.

    Parameters
    ----------
    x : array, shape (...)

    Returns
    -------
    array, shape (...)
        To about 1e-14, for tiny x relative to its size.
    """
    far = x >= _SERIES_FROM
    near = np.where(far, 1.0, x)
    direct = ad.special.gammaln(near + 1.0) - (near + 0.5) * np.log(near) + near - HALF_LOG_2PI
    return np.where(far, stirling_rest(np.where(far, x, _SERIES_FROM)), direct)

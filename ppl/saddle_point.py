"""Loader's forms of the Poisson and binomial probabilities, for plain numbers of any size.

Loader (2000), "Fast and accurate computation of binomial probabilities": Stirling's formula is
divided out of the factorials, and what is left is a deviance, in which no large terms cancel. The
laws of counts, gamma and beta laws are these two up to small factors, also for counts that are not
integers.

Traced values keep the laws' own formulas. Sums over data collapse to sufficient statistics in
those, and the deviance, which does not split into a term of the data times one of the parameters,
would undo that; beside it the derivatives of those formulas do not cancel.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import ad
from ppl.numerics import HALF_LOG_2PI, stirling_rest

# Below it no term of a factorial is large enough to lose digits that count.
_LARGE = 64.0
# Means outside these have lost digits by underflow or overflow; there terms do not cancel.
_TINY, _HUGE = 1e-150, 1e150
_SERIES_FROM = 32.0
_CLOSE = 0.1


def large(size: Any, *means: Any) -> Any:
    """Where counts of such a size lose digits in the usual formulas, and their means have theirs.

    Parameters
    ----------
    size : array, shape (...)
    *means : array, shape (...)

    Returns
    -------
    array of bool, shape (...)
    """
    used = (size >= _LARGE) & (size < _HUGE)
    for mean in means:
        used = used & (mean > _TINY) & (mean < _HUGE)
    return used


def refine_poisson(usual: Any, count: Any, mean: Any, factor: Callable[[], Any] = float) -> Any:
    """Replace plain log probabilities of large counts by `log_poisson` plus `factor`.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for traced values and small counts.
    count, mean : array, shape (...)
        As for `log_poisson`.
    factor : callable, optional
        What is added to that, in nats; 0 by default.

    Returns
    -------
    array, shape (...)
    """
    if ad.is_traced(usual):
        return usual
    used = large(count, mean)
    if not np.any(used):
        return usual
    exact = log_poisson(np.where(used, count, 1.0), np.where(used, mean, 1.0)) + factor()
    return np.where(used, exact, usual)[()]


def refine_binomial(
    usual: Any, counts: tuple[Any, Any], probs: tuple[Any, Any], factor: Callable[[], Any] = float
) -> Any:
    """Replace plain log probabilities of large counts by `log_binomial` plus `factor`.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for traced values and few trials.
    counts, probs : pair of array, shape (...)
        As for `log_binomial`.
    factor : callable, optional
        What is added to that, in nats; 0 by default.

    Returns
    -------
    array, shape (...)
    """
    if ad.is_traced(usual):
        return usual
    (x, y), (p, q) = counts, probs
    used = large(x + y, p, q)
    for count in counts:
        used = used & ((count > _TINY) | (count == 0.0))
    if not np.any(used):
        return usual
    x, y, p, q = (np.where(used, argument, 0.5) for argument in (x, y, p, q))
    return np.where(used, log_binomial(x, y, p, q) + factor(), usual)[()]


def refine_ratio(
    usual: Any, first: tuple[Any, Any], second: tuple[Any, Any], factor: Callable[[], Any] = float
) -> Any:
    """Replace plain log probabilities by those of two binomial counts given their sum.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for traced values and few trials.
    first, second : pair of array, shape (...)
        Counts of both outcomes in either part, nonnegative, not necessarily integers.
    factor : callable, optional
        What is added, in nats; 0 by default.

    Returns
    -------
    array, shape (...)

    Notes
    -----
    The ratio does not depend on the probability; at the share of the whole its denominator has no
    deviance.
    """
    if ad.is_traced(usual):
        return usual
    x, y = first[0] + second[0], first[1] + second[1]
    total = x + y
    used = large(total) & (np.minimum(x, y) > _TINY * total)
    for pair in (first, second):
        used = used & (pair[0] + pair[1] > 0.0)
        for count in pair:
            used = used & ((count > _TINY) | (count == 0.0))
    if not np.any(used):
        return usual
    a, b, c, d = (np.where(used, count, 1.0) for count in (*first, *second))
    n = a + b + c + d
    p, q = (a + c) / n, (b + d) / n
    parts = log_binomial(a, b, p, q) + log_binomial(c, d, p, q)
    return np.where(used, parts - log_binomial(a + c, b + d, p, q) + factor(), usual)[()]


def refine_multinomial(
    usual: Any, counts: Any, probs: Any, factor: Callable[[], Any] = float
) -> Any:
    """Replace plain log probabilities of large counts by `log_multinomial` plus `factor`.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for traced values and few trials.
    counts, probs : array, shape (..., k)
        As for `log_multinomial`.
    factor : callable, optional
        What is added to that, in nats; 0 by default.

    Returns
    -------
    array, shape (...)
    """
    if ad.is_traced(usual):
        return usual
    used = _many(counts) & np.all((probs > _TINY) | (counts == 0.0), axis=-1)
    if not np.any(used):
        return usual
    counts = np.where(used[..., None], counts, 1.0)
    return np.where(used, log_multinomial(counts, probs) + factor(), usual)[()]


def refine_table(usual: Any, first: Any, second: Any, factor: Callable[[], Any] = float) -> Any:
    """`refine_ratio` of any number of outcomes, those along the last axis of `first` and `second`.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for traced values and few trials.
    first, second : array, shape (..., k)
        Counts of the outcomes in either part, nonnegative, not necessarily integers.
    factor : callable, optional
        What is added, in nats; 0 by default.

    Returns
    -------
    array, shape (...)
    """
    if ad.is_traced(usual):
        return usual
    both = first + second
    used = _many(both) & (np.sum(first, axis=-1) > 0.0) & (np.sum(second, axis=-1) > 0.0)
    if not np.any(used):
        return usual
    first, second = (np.where(used[..., None], counts, 1.0) for counts in (first, second))
    both = first + second
    probs = both / np.sum(both, axis=-1, keepdims=True)
    parts = log_multinomial(first, probs) + log_multinomial(second, probs)
    return np.where(used, parts - log_multinomial(both, probs) + factor(), usual)[()]


def _many(counts: Any) -> Any:
    """Where counts along the last axis have a sum that is large, and each one its digits."""
    total = np.sum(counts, axis=-1)
    whole = np.all((counts > _TINY) | (counts == 0.0), axis=-1)
    return whole & large(total)


def log_pair(a: Any, b: Any) -> Any:
    """Compute log(a b / (a + b)): Gamma(a + b) / (Gamma(a) Gamma(b)) over that of a + 1, b + 1."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.log(low) - np.log1p(low / high)


def log_poisson(x: Any, mean: Any) -> Any:
    """Compute log(mean^x exp(-mean) / Gamma(x + 1)) for plain x, mean > 0.

    Parameters
    ----------
    x, mean : array, shape (...)

    Returns
    -------
    array, shape (...)
        In nats, to about 1e-15 relative to the largest of 1, itself, and log x.
    """
    return -deviance(x, mean) - information(x)


def log_binomial(x: Any, y: Any, p: Any, q: Any) -> Any:
    """Compute log(Gamma(x + y + 1) / (Gamma(x + 1) Gamma(y + 1)) p^x q^y), plain x, y >= 0.

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
    n, swapped = x + y, x > y
    x, y = np.where(swapped, y, x), np.where(swapped, x, y)
    p, q = np.where(swapped, q, p), np.where(swapped, p, q)
    # Of one outcome only its probability counts, by whichever of the two has the digits.
    edge = y * np.where(q < 0.5, np.log(q), np.log1p(-p))
    zero = x == 0.0
    x = np.where(zero, 1.0, x)
    rest = stirling_error(n) - stirling_error(x) - stirling_error(y)
    spread = 0.5 * np.log(n / y) - 0.5 * np.log(x) - HALF_LOG_2PI
    return np.where(zero, edge, rest + spread - deviance(x, n * p) - deviance(y, n * q))


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
    some, mean = np.where(counts > 0.0, counts, 1.0), total[..., None] * probs
    each = deviance(some, np.where(counts > 0.0, mean, 1.0)) + information(some)
    return information(total) - np.sum(np.where(counts > 0.0, each, mean), axis=-1)


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


def deviance(x: Any, mean: Any) -> Any:
    """Compute x log(x / mean) + mean - x for plain x, mean > 0, to its last digits.

    Parameters
    ----------
    x, mean : array, shape (...)

    Returns
    -------
    array, shape (...)

    Notes
    -----
    Where the two are close, by the series of the logarithm in (x - mean) / (x + mean), whose first
    term joins the difference: Loader (2000), section 4.
    """
    gap = x - mean
    share = gap / (x + mean)
    near = np.abs(share) < _CLOSE
    v = np.where(near, share, 0.0)
    square = v * v
    series: Any = 0.0
    for k in range(8, 0, -1):  # the first term left out is v^18 / 19, 5e-20 of the sum
        series = square * (1.0 / (2 * k + 1) + series)
    direct = x * np.log(np.where(near, 1.0, x / mean)) - gap
    return np.where(near, gap * v + 2.0 * x * v * series, direct)


def stirling_error(x: Any) -> Any:
    """Compute log Gamma(x + 1) less Stirling's (x + 1/2) log x - x + log(2 pi) / 2, plain x > 0.

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

"""Where laws leave their usual formulas for Loader's forms (`ppl.saddle_point`): large counts.

Traces of laws whose plain counts are all below 2^19 keep the laws' own formulas: sums over data
collapse to sufficient statistics in those, and the deviance takes four times as long in a
regression. (With one mean for all, or one for each group, its sums collapse too.) A law none of
whose counts is plain, as a gamma law whose concentration is learnt, keeps its formula at any size.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import ad
from ppl.saddle_point import information, log_binomial, log_multinomial, log_poisson

# Below it no term of a factorial is large enough to lose digits that count.
_LARGE = 64.0
# In traces the usual formulas serve longer, since they are faster and their sums collapse: the
# error of k log k is 2e-9 here.
_LARGE_IN_TRACES = 2.0**19
# Means outside these have lost digits by underflow or overflow; there terms do not cancel.
_TINY, _HUGE = 1e-150, 1e150


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


def stays(usual: Any, *counts: Any) -> bool:
    """Whether a traced law keeps its usual formula, as no plain count is 2^19 or more.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula; a plain one never stays for this reason.
    *counts : array

    Returns
    -------
    bool
    """
    plain = (count for count in counts if not ad.is_traced(count))
    return ad.is_traced(usual) and all(
        np.max(count, initial=0.0) < _LARGE_IN_TRACES for count in plain
    )


def _nowhere(used: Any) -> bool:
    return not ad.is_traced(used) and not np.any(used)


def refine_poisson(usual: Any, count: Any, mean: Any, factor: Callable[[], Any] = float) -> Any:
    """Replace log probabilities of large counts by `log_poisson` plus `factor`.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for small counts (`stays`).
    count, mean : array, shape (...)
        As for `log_poisson`.
    factor : callable, optional
        What is added to that, in nats; 0 by default.

    Returns
    -------
    array, shape (...)
    """
    if stays(usual, count):
        return usual
    used = large(count, mean)
    if _nowhere(used):
        return usual
    exact = log_poisson(_given(count), np.where(used, mean, 1.0)) + factor()
    return _replaced(used, exact, usual)


def refine_binomial(
    usual: Any, counts: tuple[Any, Any], probs: tuple[Any, Any], factor: Callable[[], Any] = float
) -> Any:
    """Replace log probabilities of large counts by `log_binomial` plus `factor`.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for few trials (`stays`).
    counts, probs : pair of array, shape (...)
        As for `log_binomial`.
    factor : callable, optional
        What is added to that, in nats; 0 by default.

    Returns
    -------
    array, shape (...)
    """
    if stays(usual, *counts):
        return usual
    (x, y), (p, q) = counts, probs
    used = large(x + y, p, q)
    for count in counts:
        used = used & _has_digits(count)
    if _nowhere(used):
        return usual
    x, y, p, q = _given(x), _given(y), np.where(used, p, 0.5), np.where(used, q, 0.5)
    return _replaced(used, log_binomial(x, y, p, q) + factor(), usual)


def refine_ratio(
    usual: Any, first: tuple[Any, Any], second: tuple[Any, Any], factor: Callable[[], Any] = float
) -> Any:
    """Replace log probabilities by those of two binomial counts given their sum.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for few trials (`stays`).
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
    if stays(usual, *first, *second):
        return usual
    x, y = first[0] + second[0], first[1] + second[1]
    total = x + y
    used = large(total) & (np.minimum(x, y) > _TINY * total)
    for pair in (first, second):
        used = used & (pair[0] + pair[1] > 0.0)
        for count in pair:
            used = used & _has_digits(count)
    if _nowhere(used):
        return usual
    a, b, c, d = (_given(np.where(used, count, 1.0)) for count in (*first, *second))
    m, n = a + b, c + d
    p, q = (a + c) / (m + n), (b + d) / (m + n)
    gap = (a * d - b * c) / (m + n)  # of the counts from their means, but for the sign
    parts = log_poisson(a, m * p, gap) + log_poisson(b, m * q, -gap) + information(m)
    parts = parts + log_poisson(c, n * p, -gap) + log_poisson(d, n * q, gap) + information(n)
    whole = information(m + n) - information(a + c) - information(b + d)
    return _replaced(used, parts - whole + factor(), usual)


def refine_multinomial(
    usual: Any, counts: Any, probs: Any, factor: Callable[[], Any] = float
) -> Any:
    """Replace log probabilities of large counts by `log_multinomial` plus `factor`.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for few trials (`stays`).
    counts, probs : array, shape (..., k)
        As for `log_multinomial`.
    factor : callable, optional
        What is added to that, in nats; 0 by default.

    Returns
    -------
    array, shape (...)
    """
    if stays(usual, counts):
        return usual
    used = _many(counts) & np.all((probs > _TINY) | (counts == 0.0), axis=-1)
    if _nowhere(used):
        return usual
    counts, probs = _given(counts), np.where(used[..., None], probs, 1.0)
    return _replaced(used, log_multinomial(counts, probs) + factor(), usual)


def refine_table(usual: Any, first: Any, second: Any, factor: Callable[[], Any] = float) -> Any:
    """`refine_ratio` of any number of outcomes, those along the last axis of `first` and `second`.

    Parameters
    ----------
    usual : array, shape (...)
        By the usual formula, which is kept for few trials (`stays`).
    first, second : array, shape (..., k)
        Counts of the outcomes in either part, nonnegative, not necessarily integers.
    factor : callable, optional
        What is added, in nats; 0 by default.

    Returns
    -------
    array, shape (...)
    """
    if stays(usual, first, second):
        return usual
    both = first + second
    used = _many(both) & (np.sum(first, axis=-1) > 0.0) & (np.sum(second, axis=-1) > 0.0)
    if _nowhere(used):
        return usual
    first, second = (np.where(used[..., None], counts, 1.0) for counts in (first, second))
    both = first + second
    m, n, total = (np.sum(counts, axis=-1, keepdims=True) for counts in (first, second, both))
    probs = both / total
    gap = (first * n - second * m) / total  # as in `refine_ratio`
    each = log_poisson(first, m * probs, gap) + log_poisson(second, n * probs, -gap)
    each = each + information(both)
    whole = information(m) + information(n) - information(total)
    return _replaced(used, np.sum(each, axis=-1) + whole[..., 0] + factor(), usual)


def _replaced(used: Any, exact: Any, usual: Any) -> Any:
    result = np.where(used, exact, usual)
    return result if ad.is_traced(result) else result[()]


def _many(counts: Any) -> Any:
    """Where counts along the last axis have a sum that is large, and each one its digits."""
    total = np.sum(counts, axis=-1)
    return np.all(_has_digits(counts), axis=-1) & large(total)


def _has_digits(count: Any) -> Any:
    return ((count > _TINY) & (count < _HUGE)) | (count == 0.0)


def _given(count: Any) -> Any:
    """Counts with those of no use replaced, by themselves alone: what is known stays a constant."""
    return np.where(_has_digits(count), count, 1.0)

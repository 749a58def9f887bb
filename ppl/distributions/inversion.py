"""Quantiles of laws whose distribution function has no inverse in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def quantile(cdf: Callable[[Any], Any], q: Any, low: Any, high: Any) -> Any:
    """Find the smallest double with a `cdf` of at least `q`, by bisection.

    Parameters
    ----------
    cdf : callable of an array
        A distribution function, continuous or with steps.
    q : array, shape (...)
        Probabilities from 0 to 1.
    low, high : array, shape (...)
        Ends of the support; `high` is the answer for q = 1.

    Returns
    -------
    array, shape (...)

    Notes
    -----
    The order of doubles is that of their bit patterns read as integers (up to sign), so 64 halvings
    find the answer exactly, whatever its size; for a step function it is the place of the step.
    """
    shape = np.broadcast_shapes(np.shape(q), np.shape(cdf(low)), np.shape(low), np.shape(high))
    q = np.broadcast_to(q, shape)
    top = np.broadcast_to(high, shape)
    left, right = _rank(np.broadcast_to(low, shape)), _rank(top)
    for _ in range(65):
        # The mean of two integers, without overflow.
        middle = (left >> 1) + (right >> 1) + (left & right & 1)
        enough = cdf(_double(middle)) >= q
        right = np.where(enough, middle, right)
        left = np.where(enough, left, np.minimum(middle + 1, right))
    return np.where(q == 1.0, top, _double(right))


def _rank(x: Any) -> Any:
    bits = np.ascontiguousarray(x, dtype=np.float64).view(np.int64).reshape(np.shape(x))
    return np.where(bits < 0, np.iinfo(np.int64).min - bits, bits)


def _double(rank: Any) -> Any:
    bits = np.where(rank < 0, np.iinfo(np.int64).min - rank, rank)
    return np.ascontiguousarray(bits).view(np.float64).reshape(np.shape(rank))

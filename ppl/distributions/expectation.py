"""Expectations under a law of numbers without closed form: by quadrature, or by summation."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl import quadrature

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.distributions.base import Distribution

    # Of values and their log densities, both (n,) + batch_shape.
    Function = Callable[[Any, Any], Any]

# Quantiles between which a density is smooth enough for one rule.
_LEVELS = np.array([1e-9, 1e-4, 0.02, 0.2, 0.5, 0.8, 0.98, 1 - 1e-4, 1 - 1e-9])
_LEAST, _MOST = 2.0**-60, 1.0 - 2.0**-53
# Up to so many values are summed; of more the first are, and the others are an integral.
_SUMMED, _FIRST = 20_000, 2_000


def expectation(
    law: Distribution, function: Function, low: Any = -np.inf, high: Any = np.inf
) -> Any:
    """Compute the expectation of a function of the value and its log density.

    Parameters
    ----------
    law : Distribution
        Of numbers, with plain parameters, `log_prob` and `icdf`.
    function : callable
        Smooth, of values and log densities.
    low, high : array, shape batch_shape
        What lies outside counts nothing; of laws with a density only.

    Returns
    -------
    array, shape batch_shape
        To about 1e-12 of the expectation of the function's size; infinite, or NaN, where that is
        infinite.
    """
    with np.errstate(all="ignore"):
        if law.discrete:
            return _sum(law, function)
        return _integral(law, _parts(law, function), _cuts(law, low, high))


def atom(function: Function, value: Any, log_prob: Any) -> Any:
    """Compute the part that a value with a probability has in an expectation."""
    with np.errstate(all="ignore"):
        part = np.exp(log_prob) * function(value, log_prob)
        return np.where(log_prob == -np.inf, 0.0, part)


def _parts(law: Distribution, function: Function) -> Callable[[Any], tuple[Any, Any]]:
    """Values of the function, 0 where the density is, and log densities."""

    def parts(x: Any) -> tuple[Any, Any]:
        log_prob = law.log_prob_inside(x)
        return np.where(log_prob == -np.inf, 0.0, function(x, log_prob)), log_prob

    return parts


def _products(parts: Callable[[Any], tuple[Any, Any]], x: Any) -> Any:
    value, log_prob = parts(x)
    return value * np.exp(log_prob)


def _cuts(law: Distribution, low: Any, high: Any) -> Any:
    """Ends, quantiles, and where the density is not smooth: in order, on the first axis."""
    shape = law.batch_shape
    levels = _LEVELS.reshape((-1,) + (1,) * len(shape))
    ends = law.support.lowest(), law.support.clip(np.inf)
    inner = [*np.broadcast_to(law.icdf(levels), (_LEVELS.size, *shape)), *law.kinks()]
    low, high = np.maximum(low, ends[0]), np.minimum(high, ends[1])
    inner = [np.minimum(np.maximum(cut, low), high) for cut in inner]
    return np.sort(np.stack([np.broadcast_to(c, shape) for c in (low, *inner, high)]), axis=0)


def _integral(law: Distribution, parts: Callable[[Any], tuple[Any, Any]], cuts: Any) -> Any:
    total = np.zeros(law.batch_shape)
    for a, b in pairwise(cuts):
        finite = np.isfinite(a) & np.isfinite(b) & (a < b)
        if np.any(finite):
            start, end = np.where(finite, a, 0.0), np.where(finite, b, 0.0)
            part = quadrature.between(lambda x: _products(parts, x), start, end)
            total = total + np.where(finite, part, 0.0)
    spread = cuts[-3] - cuts[2]
    size = np.where(spread > 0.0, spread, 1.0)
    left, right = cuts[0] == -np.inf, cuts[-1] == np.inf
    for end, open_, length in ((cuts[1], left, -0.1 * size), (cuts[-2], right, 0.1 * size)):
        if np.any(open_):
            part = quadrature.beyond(parts, np.where(open_, end, 0.0), length)
            total = total + np.where(open_, part, 0.0)
    return total


def _sum(law: Distribution, function: Function) -> Any:
    parts, shape = _parts(law, function), law.batch_shape
    step = np.broadcast_to(getattr(law.support, "step", 1.0), shape)
    low = np.broadcast_to(law.support.lowest(), shape)
    high = np.broadcast_to(law.support.clip(np.inf), shape)
    first = np.broadcast_to(law.icdf(np.full(shape, _LEAST)), shape)
    last = np.broadcast_to(law.icdf(np.full(shape, _MOST)), shape)
    margin = 0.25 * (last - first) + 50.0 * step
    first, last = np.maximum(low, first - margin // step * step), np.minimum(high, last + margin)
    size = float(np.max((last - first) / step, initial=0.0)) + 1.0
    count = int(size) if size <= _SUMMED else _FIRST
    index = np.arange(float(count)).reshape((-1,) + (1,) * len(shape))
    x = first + step * index
    total = np.sum(np.where(x <= high, _products(parts, np.minimum(x, high)), 0.0), axis=0)
    if size <= _SUMMED:
        return total
    start = np.minimum(first + step * (count - 0.5), high + 0.5 * step)
    cuts = _cuts(law, start, high + 0.5 * step)
    cuts[0], cuts[-1] = start, high + 0.5 * step
    return total + _integral(law, parts, np.sort(np.maximum(cuts, start), axis=0)) / step

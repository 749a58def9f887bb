"""Integrals by the double exponential rule, over nodes on a new first axis.

Takahasi and Mori (1974), "Double exponential formulas for numerical integration". The rule takes
functions that are smooth inside the interval, also those that are infinite at its ends; nodes are
smooth functions of the ends, so traced ends and integrands have derivatives.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

import ad

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, Any]

# Between ends the weights fall below 1e-18 of the largest at 3.4; on a half line the farthest node
# is 1e50 lengths away.
_STEP = 1.0 / 40.0
_FINITE = 3.4
_FAR = 5.0


def _steps(limit: float, dims: int) -> Array:
    t = np.arange(-round(limit / _STEP), round(limit / _STEP) + 1.0) * _STEP
    return t.reshape((-1,) + (1,) * dims)


def between(function: Callable[[Any], Any], low: Any, high: Any) -> Any:
    """Integrate from `low` to `high`.

    Parameters
    ----------
    function : callable
        Of an array (n,) + shape of nodes; returns values of that shape.
    low, high : array, shape (...)
        Finite, of one shape; nothing is between equal ends.

    Returns
    -------
    array, shape (...)
    """
    t = _steps(_FINITE, np.ndim(low))
    grown = 0.5 * math.pi * np.sinh(t)
    # Share of the way from the nearer end, of which no digits are lost.
    near = np.exp(-np.abs(grown)) / (2.0 * np.cosh(grown))
    weight = 0.25 * math.pi * np.cosh(t) / np.cosh(grown) ** 2 * _STEP
    width = high - low
    x = np.where(t < 0.0, low + width * near, high - width * near)
    inside = (x > low) & (x < high)
    value = function(np.where(inside, x, low + 0.5 * width))
    return np.sum(np.where(inside, value * weight, 0.0), axis=0) * width


def beyond(function: Callable[[Any], tuple[Any, Any]], end: Any, length: Any) -> Any:
    """Integrate from `end` to infinity, to plus or minus as the sign of `length` says.

    Parameters
    ----------
    function : callable
        Of an array (n,) + shape of nodes; returns plain values of that shape and the logarithms of
        their weights, with which they are multiplied: weights may underflow.
    end : array, shape (...)
    length : array, shape (...)
        Distance over which the function changes; not 0.

    Returns
    -------
    array, shape (...)
        The integral over all of the half line; infinite where the function falls too slowly.

    Notes
    -----
    Beyond the last node the function is taken for a power, whose integral is known.
    """
    t = _steps(_FAR, np.ndim(end))
    grown = 0.5 * math.pi * np.sinh(t)
    value, log_weight = function(end + np.exp(grown) * length)
    with np.errstate(all="ignore"):
        # An overflow where the weight underflows is nothing.
        value = np.where(np.isinf(value) & (log_weight < -700.0), 0.0, value)
        logs = np.log(np.abs(value)) + log_weight + np.log(np.abs(length)) + grown
        logs = np.where(logs > -np.inf, logs, -np.inf)  # nothing, whatever its sign
        terms = np.sign(value) * np.exp(logs)
        falls = (logs[-2] - logs[-1]) / float(np.ravel(grown[-1] - grown[-2])[0])
        rest = np.where(falls > 1e-9, terms[-1] / falls, np.sign(value[-1]) * np.inf)
    rest = np.where(logs[-1] < -700.0, 0.0, rest)
    rate = 0.5 * math.pi * np.cosh(t)
    terms = terms * (rate * _STEP)
    # Where the sum ends it is corrected after Euler and Maclaurin (DLMF 2.10.1).
    change = _STEP * np.where(logs[-1] < -700.0, 0.0, np.tanh(_FAR) - falls * rate[-1])
    total = np.sum(terms, axis=0) - terms[-1] * (0.5 + change / 12.0 - change**3 / 720.0)
    return np.where(np.isfinite(rest), total + rest, rest)


_BLOCK = 1024  # values; each takes some hundred nodes, and ten arrays of them


def in_blocks(integrals: Callable[[Any, Any], tuple[Any, ...]]) -> Callable[[Any, Any], Any]:
    """Let a method of a law that integrates for each value do so for some of many at a time.

    A million plain values would take as many gigabytes as there are nodes in hundreds. Traced ones,
    and those of one law each, are left together.
    """

    @functools.wraps(integrals)
    def blocked(law: Any, value: Any) -> Any:
        if (
            not isinstance(value, np.ndarray)
            or value.size <= _BLOCK
            or value.ndim <= len(law.batch_shape)
            or any(ad.is_traced(getattr(law, name)) for name in law.parameters)
        ):
            return integrals(law, value)
        rows = max(_BLOCK * len(value) // value.size, 1)
        parts = [integrals(law, value[k : k + rows]) for k in range(0, len(value), rows)]
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))

    return blocked

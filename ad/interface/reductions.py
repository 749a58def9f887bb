"""NumPy's reductions, and cumulative sums, on traced arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad import special
from ad.op import TABLE, Value, reshape
from ad.ops.reduction import cumsum, kept_dims, max_op, min_op, product, sum_op


def _reduction(op: Any) -> Callable[..., Value]:
    def rule(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Value:
        axes = special.normal_axes(axis, a.ndim)
        total = op(a, axis=axes)
        return kept_dims(total, a.shape, axes) if keepdims else total

    return rule


_sum, _max, _min, _prod = map(_reduction, (sum_op, max_op, min_op, product))


def _mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Value:
    total = _sum(a, axis, keepdims=keepdims)
    return total / (a.size / total.size) if total.size else total


def _average(a: Any, axis: Any, weights: Any) -> Value:
    if weights is None:
        return _mean(a, axis)
    if np.shape(weights) != np.shape(a):  # one weight for each place along the axis
        along = [1] * np.ndim(a)
        along[axis] = -1
        weights = np.reshape(weights, along)
    weights = weights * np.ones(np.shape(a))
    return np.sum(a * weights, axis=axis) / np.sum(weights, axis=axis)


def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> Value:
    deviations = a - _mean(a, axis, keepdims=True)
    total = _sum(TABLE["square"](deviations), axis, keepdims=keepdims)
    return total / (a.size / total.size - ddof)


def _any(a: Any, axis: Any = None, keepdims: bool = False) -> Value:
    return _max(TABLE["where"](a, 1.0, 0.0), axis, keepdims=keepdims) > 0.5


def _all(a: Any, axis: Any = None, keepdims: bool = False) -> Value:
    return _min(TABLE["where"](a, 1.0, 0.0), axis, keepdims=keepdims) > 0.5


def _cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Value:
    if axis is None:
        return cumsum(reshape(a, (a.size,)), axis=0)
    return cumsum(a, axis=special.normal_axes(axis, a.ndim)[0])


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": _sum,
    "prod": _prod,
    "max": _max,
    "amax": _max,
    "min": _min,
    "amin": _min,
    "mean": _mean,
    "average": lambda a, axis=None, weights=None: _average(a, axis, weights),
    "var": _var,
    "std": lambda *args, **kwargs: TABLE["sqrt"](_var(*args, **kwargs)),
    "any": _any,
    "all": _all,
    "cumsum": _cumsum,
}

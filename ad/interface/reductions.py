"""NumPy's reductions on traced arrays."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.direct import one_row
from ad.interface.common import last, no_out, numbers, unlast
from ad.op import TABLE, Value, expand, reshape
from ad.ops.reduction import kept_dims, max_op, min_op, product, sum_op
from ad.special import normal_axes


def _over(op: Any, a: Value, axis: Any, keepdims: bool) -> Value:
    axes = normal_axes(axis, a.ndim)
    total = op(a, axis=axes)
    return kept_dims(total, a.shape, axes) if keepdims else total


def _masked(a: Value, where: Any, otherwise: float) -> Value:
    """`a` where a mask holds, spread to the shape of both."""
    if where is True:
        return a
    return TABLE["where"](where if hasattr(where, "shape") else np.asarray(where), a, otherwise)


@one_row(lambda a, axis=None: (sum_op, (a,), {"axis": normal_axes(axis, a.ndim)}))
def _sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = 0.0,
    where: Any = True,
) -> Value:
    if out is not None:
        no_out("sum", out)
    if where is not True:
        a = _masked(a, where, 0.0)
    axes = normal_axes(axis, a.ndim)
    total = sum_op(a, axis=axes)
    if keepdims:
        total = kept_dims(total, a.shape, axes)
    return total if type(initial) is float and initial == 0.0 else total + initial


def _prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = 1.0,
    where: Any = True,
) -> Value:
    no_out("prod", out)
    total = _over(product, _masked(a, where, 1.0), axis, keepdims)
    return total if type(initial) is float and initial == 1.0 else total * initial


def _extreme(name: str) -> Callable[..., Value]:
    op, worst = (max_op, -np.inf) if name == "max" else (min_op, np.inf)
    pair = TABLE["maximum" if name == "max" else "minimum"]

    @one_row(
        lambda a, axis=None: (op, (a,), {"axis": normal_axes(axis, a.ndim)}) if a.size else None
    )
    def rule(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Value:
        no_out(name, out)
        if where is not True and initial is None:
            raise ValueError(
                f"reduction operation '{name}imum' does not have an identity, so to use a where "
                "mask one has to specify 'initial'"
            )
        a = _masked(a, where, worst)
        axes = normal_axes(axis, a.ndim)
        if initial is not None and not a.size:
            shape = tuple(size for i, size in enumerate(a.shape) if i not in axes)
            result = expand(*_spread(initial, shape))
            return kept_dims(result, a.shape, axes) if keepdims else result
        result = _over(op, a, axis, keepdims)
        return result if initial is None else pair(result, initial)

    return rule


def _spread(value: Any, shape: tuple[int, ...]) -> tuple[Value, tuple[int, ...]]:
    return numbers(value)[0], shape


_max, _min = _extreme("max"), _extreme("min")


def _count(a: Value, axis: Any, where: Any) -> Any:
    """How many elements a reduction takes, with its axes as 1: data, unless the mask is traced."""
    axes = normal_axes(axis, a.ndim)
    if where is True:
        shape = a.shape
        return float(
            math.prod(shape) if len(axes) == len(shape) else math.prod([shape[i] for i in axes])
        )
    ones = TABLE["where"](where, 1.0, 0.0) * np.ones(a.shape)
    return np.sum(ones, axis=axes, keepdims=True)


def _mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    where: Any = True,
) -> Value:
    no_out("mean", out)
    if where is True:
        axes = normal_axes(axis, a.ndim)
        total = sum_op(a, axis=axes)
        if keepdims:
            total = kept_dims(total, a.shape, axes)
        return total / _count(a, axis, where) if total.size else total
    total = _sum(a, axis, keepdims=True, where=where)
    mean = total / _count(a, axis, where) if total.size else total
    return mean if keepdims else _without(mean, a, axis)


def _without(value: Value, a: Value, axis: Any) -> Value:
    """`value` without the axes of size 1 that a reduction of `a` kept."""
    axes = normal_axes(axis, a.ndim)
    return reshape(value, tuple(n for i, n in enumerate(value.shape) if i not in axes))


def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Value:
    no_out("var", out)
    center = _mean(a, axis, keepdims=True, where=where) if mean is None else mean
    total = _sum(TABLE["square"](a - center), axis, keepdims=True, where=where)
    count = _count(a, axis, where) - (ddof if correction is None else correction)
    variance = total / (np.maximum(count, 0.0) if where is not True else max(count, 0.0))
    return variance if keepdims else _without(variance, a, axis)


def root(total: Value) -> Value:
    """Square root of a sum of squares, with derivative 0 at 0."""
    where, zero = TABLE["where"], TABLE["equal"](total, 0.0)
    return where(zero, 0.0, TABLE["sqrt"](where(zero, 1.0, total)))


def _any(
    a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, where: Any = True
) -> Value:
    no_out("any", out)
    chosen = _masked(TABLE["where"](a, 1.0, 0.0), where, 0.0)
    return np.greater(_max(chosen, axis, keepdims=keepdims, initial=0.0), 0.5)


def _all(
    a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, where: Any = True
) -> Value:
    no_out("all", out)
    chosen = _masked(TABLE["where"](a, 1.0, 0.0), where, 1.0)
    return np.greater(_min(chosen, axis, keepdims=keepdims, initial=1.0), 0.5)


def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Value:
    return _sum(TABLE["where"](np.not_equal(a, 0.0), 1.0, 0.0), axis, keepdims=keepdims)


def _ptp(a: Value, axis: Any = None, out: Any = None, keepdims: bool = False) -> Value:
    no_out("ptp", out)
    return _max(a, axis, keepdims=keepdims) - _min(a, axis, keepdims=keepdims)


# ---- positions of extremes -----------------------------------------------------------------------


def _argextreme(name: str) -> Callable[..., Value]:
    op = max_op if name == "argmax" else min_op

    def rule(a: Value, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Value:
        no_out(name, out)
        x = reshape(a, (a.size,)) if axis is None else last(a, axis)
        x = numbers(x)[0]
        size, final = x.shape[-1], x.ndim - 1
        if not size:
            raise ValueError(f"attempt to get {name} of an empty sequence")
        best = op(x, axis=(final,))
        hit = np.equal(x, reshape(best, (*best.shape, 1))) | np.isnan(x)
        places = min_op(TABLE["where"](hit, np.arange(float(size)), float(size)), axis=(final,))
        if not keepdims:
            return places
        if axis is None:
            return reshape(places, (1,) * a.ndim)
        return unlast(reshape(places, (*places.shape, 1)), axis)

    return rule


def _std(*args: Any, **kwargs: Any) -> Value:
    return root(_var(*args, **kwargs))


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": _sum,
    "prod": _prod,
    "max": _max,
    "amax": _max,
    "min": _min,
    "amin": _min,
    "mean": _mean,
    "var": _var,
    "std": _std,
    "any": _any,
    "all": _all,
    "count_nonzero": _count_nonzero,
    "ptp": _ptp,
    "argmax": _argextreme("argmax"),
    "argmin": _argextreme("argmin"),
}

"""NumPy's functions that pick, put together or select elements by position."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import TraceError
from ad.indexing import by_gather
from ad.interface.common import along_axis, last, no_out, normal_axis, numbers, unlast
from ad.interface.joining import concatenate
from ad.interface.ordering import picked_along
from ad.op import TABLE, Value, expand, reshape
from ad.ops.shape import gather
from ad.traced import is_traced

_take, _take_along = by_gather(np.take), by_gather(np.take_along_axis)


def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Value:
    """Elements along an axis; traced positions outside it give nan, as none can be an error."""
    no_out("take", out)
    if not is_traced(indices):
        return _take(a, indices, axis=axis, mode=mode)
    (x,) = numbers(a)
    if axis is None:
        x, axis = reshape(x, (x.size,)), 0
    axis = normal_axis(axis, x.ndim)
    size = x.shape[axis]
    if mode == "wrap":
        indices = np.remainder(indices, float(size))
    elif mode == "clip":
        indices = np.clip(indices, 0.0, size - 1.0)
    found = picked_along(last(x, axis), indices)
    lead = range(x.ndim - 1, found.ndim)
    return np.moveaxis(found, list(lead), [axis + i for i in range(len(lead))])


def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Value:
    """Elements at positions of the same shape but for the axis."""
    if not is_traced(indices):
        return _take_along(arr, indices, axis=axis)
    (x,) = numbers(arr)
    if axis is None:
        x, axis = reshape(x, (x.size,)), 0
    if x.ndim != indices.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    x, places = last(x, axis), last(indices, axis)
    lead = np.broadcast_shapes(x.shape[:-1], places.shape[:-1])
    x = expand(x, (*lead, x.shape[-1]))
    places = expand(places, (*lead, places.shape[-1]))
    places = TABLE["where"](np.less(places, 0.0), places + x.shape[-1], places)
    return unlast(TABLE["along"](x, places, missing=np.nan), axis)


def known(name: str, value: Any, what: str) -> Any:
    """Data: what decides shapes must not be traced."""
    if is_traced(value):
        raise TraceError(
            f"np.{name}: {what} must be data, got a traced value ({user_line()}). The shape of "
            "the result would depend on it: select with np.where."
        )
    return value


def _compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Value:
    no_out("compress", out)
    known("compress", condition, "condition")
    return by_gather(lambda places: np.compress(condition, places, axis=axis))(a)


def _extract(condition: Any, arr: Any) -> Value:
    known("extract", condition, "condition")
    return by_gather(lambda places: np.extract(condition, places))(arr)


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Value:
    """By NumPy on positions: those of `arr`, then those of `values`."""
    known("insert", obj, "obj")
    arr, values = numbers(arr, values)
    first = np.arange(arr.size).reshape(arr.shape)
    second = arr.size + np.arange(values.size).reshape(values.shape)
    table = np.insert(first, obj, second, axis=axis)
    return gather(concatenate([np.ravel(arr), np.ravel(values)]), table)


def _fold(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Value:
    """A function of vectors applied along an axis, one after another."""
    x = last(arr, axis)
    lead = x.shape[:-1]
    results = [func1d(x[(*place, slice(None))], *args, **kwargs) for place in np.ndindex(lead)]
    if not results:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    whole = np.stack([numbers(result)[0] for result in results])
    inner = whole.shape[1:]
    whole = reshape(whole, (*lead, *inner))
    axis, count = normal_axis(axis, np.ndim(arr)), len(inner)
    return np.moveaxis(
        whole, [len(lead) + i for i in range(count)], [axis + i for i in range(count)]
    )


def _over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Value:
    for axis in np.atleast_1d(axes):
        result = func(a, int(axis))
        a = np.expand_dims(result, int(axis)) if result.ndim < a.ndim else result
    return a


def _isin(
    element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, **_: Any
) -> Value:
    element, tests = numbers(element, test_elements)
    tests = reshape(tests, (tests.size,))
    if not tests.size:
        return np.full(element.shape, invert)
    found = np.any(np.equal(reshape(element, (*element.shape, 1)), tests), axis=-1)
    return ~found if invert else found


def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Value:
    x = np.asarray(known("bincount", x, "x"))
    (weights,) = numbers(weights)
    if x.ndim != 1 or x.shape != weights.shape:
        raise ValueError("The weights and list don't have the same length.")
    if x.dtype.kind not in "iub" or (x.size and x.min() < 0):
        raise ValueError("x must hold integers that are not negative")
    size = max(int(minlength), int(x.max()) + 1 if x.size else 0)
    return TABLE["scatter_add"](weights, x, shape=(size,))


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Value:
    flat = np.ravel(ary)
    parts = [flat[1:] - flat[:-1]]
    if to_begin is not None:
        parts.insert(0, np.ravel(to_begin))
    if to_end is not None:
        parts.append(np.ravel(to_end))
    return concatenate(parts) if len(parts) > 1 else parts[0]


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Value:
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    if n == 0:
        return a
    (a,) = numbers(a)
    axis = normal_axis(axis, a.ndim)
    one = tuple(1 if i == axis else size for i, size in enumerate(a.shape))

    def filled(value: Any) -> Any:
        (value,) = numbers(value)
        return value if value.ndim else np.broadcast_to(value, one)

    before = [] if prepend is None else [filled(prepend)]
    after = [] if append is None else [filled(append)]
    if before or after:
        a = concatenate([*before, a, *after], axis)
    for _ in range(n):
        a = along_axis(a, axis, slice(1, None)) - along_axis(a, axis, slice(None, -1))
    return a


INDEXING: dict[str, Callable[..., Any]] = {
    "take": take,
    "take_along_axis": take_along_axis,
    "compress": _compress,
    "extract": _extract,
    "insert": _insert,
    "delete": by_gather(np.delete),
    "apply_along_axis": _fold,
    "apply_over_axes": _over_axes,
    "isin": _isin,
    "bincount": _bincount,
    "diff": _diff,
    "ediff1d": _ediff1d,
    "diag_indices_from": lambda arr: np.diag_indices_from(np.empty(arr.shape, np.int8)),
    "tril_indices_from": lambda arr, k=0: np.tril_indices_from(np.empty(arr.shape, np.int8), k),
    "triu_indices_from": lambda arr, k=0: np.triu_indices_from(np.empty(arr.shape, np.int8), k),
}

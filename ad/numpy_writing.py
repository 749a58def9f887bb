"""NumPy's functions that write into arrays or make arrays to write into, on traced arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad import callsite
from ad.building import nested
from ad.errors import TraceError
from ad.inplace import assign, constant_array, has_traced
from ad.op import TABLE, expand
from ad.tape import innermost
from ad.traced import Traced, is_traced
from ad.views import is_view_of

if TYPE_CHECKING:
    from collections.abc import Callable

INSTEAD = (
    "Make the array that traced values are put into with np.zeros(n, like=x) or np.zeros_like(x), "
    "where x is traced, or with ad.array; np.broadcast_to(x, shape) repeats one."
)


def target(who: str, out: Any) -> Traced:
    """An array to write into, which must be traced."""
    if isinstance(out, tuple) and len(out) == 1:
        out = out[0]
    if not isinstance(out, Traced):
        raise TraceError(
            f"{who}: a plain array must be filled with numbers, got a value being traced "
            f"({callsite.user_line()}). Write a = a + x for a += x. {INSTEAD}"
        )
    return out


def write(who: str, out: Any, value: Any, where: Any = True) -> Any:
    """Put a result into `out`, whose shape it must have, where a condition holds."""
    out = target(who, out)
    if where is not True:
        value = TABLE["where"](np.broadcast_to(where, out.shape), value, out)
    if np.shape(value) != out.shape:
        raise ValueError(
            f"{who}: out must have the shape of the result, got {out.shape} for {np.shape(value)} "
            f"({callsite.user_line()})."
        )
    assign(out, ..., value)
    return out


# ---- functions that write --------------------------------------------------------------------


def _copyto(dst: Any, src: Any, *_: Any, where: Any = True, **__: Any) -> None:
    who = "np.copyto, np.full_like"
    dst = target(who, dst)
    if where is True:
        assign(dst, ..., src)
    else:
        src = src if is_traced(src) else np.asarray(src)
        write(who, dst, np.where(where, src, dst))


def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    positions = np.asarray(ind)
    if mode != "raise":
        size = np.size(a)
        positions = positions % size if mode == "wrap" else np.clip(positions, 0, size - 1)
    values = v if is_traced(v) else np.asarray(v)
    flat = target("np.put", a).reshape(-1)
    if not is_view_of(flat, a):
        raise TraceError(
            f"np.put: the array must be contiguous, got a transposed or strided view "
            f"({callsite.user_line()}). Assign with x[index] = ..."
        )
    assign(flat, positions.reshape(-1), np.resize(values, positions.size))


def _putmask(a: Any, mask: Any, values: Any) -> None:
    repeated = np.resize(values, np.shape(a)) if np.size(values) != 1 else values
    write("np.putmask", a, np.where(mask, repeated, a))


def _place(arr: Any, mask: Any, vals: Any) -> None:
    chosen = np.asarray(mask, dtype=bool)
    assign(target("np.place", arr), chosen, np.resize(vals, int(chosen.sum())))


def _put_along_axis(arr: Any, indices: Any, values: Any, axis: Any = -1) -> None:
    arr, positions = target("np.put_along_axis", arr), np.asarray(indices)
    if axis is None:
        _put(arr, positions, values)
        return
    axis = range(arr.ndim)[axis]
    grids = np.ogrid[tuple(slice(size) for size in arr.shape)]
    assign(arr, tuple(positions if k == axis else grid for k, grid in enumerate(grids)), values)


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    mask = np.zeros(np.shape(a), dtype=bool)
    np.fill_diagonal(mask, True, wrap)
    count = int(mask.sum())
    assign(target("np.fill_diagonal", a), mask, np.resize(val, count) if np.ndim(val) else val)


WRITING: dict[str, Callable[..., Any]] = {
    "copyto": _copyto,
    "put": _put,
    "putmask": _putmask,
    "place": _place,
    "put_along_axis": _put_along_axis,
    "fill_diagonal": _fill_diagonal,
}


def at(who: str, ufunc: Any, a: Any, indices: Any, *operands: Any) -> None:
    """``ufunc.at``: each occurrence of a position counts."""
    a = target(who, a)
    positions = np.arange(a.size).reshape(a.shape)[indices]
    shape = np.shape(positions)
    wide = [expand(b, shape) if is_traced(b) else np.broadcast_to(b, shape) for b in operands]
    flat = np.ravel(positions)
    if ufunc is np.add or ufunc is np.subtract:
        value = wide[0] if is_traced(wide[0]) else np.asarray(wide[0], dtype=float)
        total = TABLE["scatter_add"](value, positions, shape=a.shape)
        assign(a, ..., ufunc(a, total))
        return
    # In rounds: first occurrences, second ones, ...
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], flat[order])
    turn = np.empty(len(flat), np.int64)
    turn[order] = np.arange(len(flat)) - starts
    for which in range(int(turn.max(initial=-1)) + 1):
        chosen = np.flatnonzero(turn == which)
        index = np.unravel_index(flat[chosen], a.shape)
        own = [np.ravel(b)[chosen] for b in wide]
        a[index] = ufunc(a[index], *own)


def reduceat(ufunc: Any, a: Any, indices: Any, axis: int = 0) -> Any:
    """``ufunc.reduceat``: reductions of stretches along an axis."""
    starts = [int(start) for start in np.asarray(indices)]
    axis %= a.ndim
    size = a.shape[axis]
    moved = np.moveaxis(a, axis, 0)
    parts = []
    for place, start in enumerate(starts):
        if not 0 <= start < size:
            raise IndexError(
                f"np.{ufunc.__name__}.reduceat: indices must be in [0, {size}), got {start} "
                f"({callsite.user_line()})."
            )
        stop = starts[place + 1] if place + 1 < len(starts) else size
        stretch = moved[start : max(stop, start + 1)]
        parts.append(ufunc.reduce(stretch, axis=0) if stop > start + 1 else stretch[0])
    return np.moveaxis(np.stack(parts), 0, axis)


ASSOCIATIVE = (
    "multiply",
    "maximum",
    "minimum",
    "logaddexp",
    "logical_and",
    "logical_or",
    "fmax",
    "fmin",
)


def accumulate(ufunc: Any, a: Any, axis: int = 0) -> Any:
    """``ufunc.accumulate`` of an associative one, by doubling (Hillis and Steele, 1986)."""
    moved = np.moveaxis(a, axis, 0)
    done = 1
    while done < moved.shape[0]:
        moved = np.concatenate([moved[:done], ufunc(moved[:-done], moved[done:])])
        done *= 2
    return np.moveaxis(moved, 0, axis)


# ---- arrays to write into ----------------------------------------------------------------------


def assignable(value: Any) -> Any:
    """A plain array of numbers or truths as one that traced values may be put into."""
    tape = innermost()
    if tape is None or value.dtype.kind not in "fb":
        return value
    return constant_array(tape, value.astype(np.float64) if value.dtype.kind == "f" else value)


def _made(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: assignable(function(*args, **kwargs))


def _full(shape: Any, fill_value: Any, dtype: Any = None, *_: Any, **__: Any) -> Any:
    if not is_traced(fill_value):
        return assignable(np.full(shape, fill_value, dtype))
    return expand(fill_value, np.empty(shape, np.int8).shape).frozen()


def _array(object: Any, dtype: Any = None, **_: Any) -> Any:  # noqa: A002 - NumPy's name
    """``np.array(..., like=x)``: of nested lists of numbers and traced values."""
    made = object if is_traced(object) else nested(object) if has_traced(object) else None
    if made is None or not is_traced(made):
        return assignable(np.array(object, dtype=dtype))
    return made.frozen() if dtype is None else made.astype(dtype)


def _asarray(a: Any, dtype: Any = None, **_: Any) -> Any:
    return a if is_traced(a) and dtype in (None, float, a.dtype) else _array(a, dtype)


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    """``zeros_like`` and the like: the shape of an array, given or asked for."""

    def rule(a: Any, dtype: Any = None, *_: Any, shape: Any = None, **__: Any) -> Any:
        wanted = np.shape(a) if shape is None else shape
        return assignable(function(wanted, dtype or _dtype_of(a)))

    return rule


def _full_like(
    a: Any, fill_value: Any, dtype: Any = None, *_: Any, shape: Any = None, **__: Any
) -> Any:
    wanted = np.shape(a) if shape is None else shape
    return _full(wanted, fill_value, dtype or _dtype_of(a))


def _dtype_of(a: Any) -> Any:
    return a.dtype if is_traced(a) else np.asarray(a).dtype


MAKING: dict[str, Callable[..., Any]] = {
    # Nothing may depend on what was in memory.
    "empty": _made(np.zeros),
    "zeros": _made(np.zeros),
    "ones": _made(np.ones),
    "arange": _made(np.arange),
    "eye": _made(np.eye),
    "identity": _made(np.identity),
    "tri": _made(np.tri),
    "full": _full,
    "array": _array,
    "asarray": _asarray,
    "asanyarray": _asarray,
    "ascontiguousarray": _asarray,
    "asfortranarray": _asarray,
    "empty_like": _like(np.zeros),
    "zeros_like": _like(np.zeros),
    "ones_like": _like(np.ones),
    "full_like": _full_like,
}

__all__ = [
    "ASSOCIATIVE",
    "MAKING",
    "WRITING",
    "accumulate",
    "assignable",
    "at",
    "reduceat",
    "write",
]

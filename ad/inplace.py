"""Assignment to traced arrays, and arrays made to be assigned to."""

from __future__ import annotations

from typing import Any

import numpy as np

from ad import callsite
from ad.canvas import Canvas
from ad.errors import ShapeError, TraceError
from ad.lazy import stand_in
from ad.op import TABLE, Shape, Value, expand, reshape
from ad.tape import Tape, innermost
from ad.traced import Traced, is_traced
from ad.views import View, Written, fresh_grid, grid_of, is_sure, position, unsure_error, view_of


def assign(x: Traced, index: Any, value: Any) -> None:
    """``x[index] = value``."""
    _check_here(x)
    if type(x) is Traced and x.shape == ():
        raise TraceError(
            f"ad: a number must not be assigned to, got x[{index!r}] = ... for a traced x of "
            f"shape () ({callsite.user_line()}). Give the name another value: x = ..."
        )
    if _is_traced_index(index):
        _assign_where(x, index, value)
        return
    if type(x) is Written:
        place = position(index, x.canvas.shape)
        if place is not None:
            x.canvas.write(place, _fitted(x.canvas.dtype, value))
            return
    if isinstance(x, View) and not x.sure:
        raise unsure_error()
    root = x.root if isinstance(x, View) else x
    canvas = _canvas_of(root)
    grid = grid_of(x)
    if not grid.flags.writeable:
        raise ValueError(f"assignment destination is read-only ({callsite.user_line()})")
    try:
        target = grid[index]
    except IndexError as error:
        raise IndexError(f"ad: {error} ({callsite.user_line()}).") from None
    shape = target.shape if isinstance(target, np.ndarray) else None
    fitted = _fitted(canvas.dtype, value, shape)
    canvas.write(int(target) if np.ndim(target) == 0 else np.array(target), fitted)


def replace(x: Traced, value: Any, who: str) -> Traced:
    """``x op= y``, whose result is `value`; a number is only given another name."""
    if type(x) is Traced and x.shape == ():
        return value  # type: ignore[no-any-return]
    if value.shape != x.shape:
        raise ShapeError(
            f"{who}: the result must fit into the array, got shape {value.shape} for {x.shape} "
            f"({callsite.user_line()})."
        )
    if x.dtype.kind != value.dtype.kind:
        raise TraceError(
            f"{who}: the result must have the array's type, got {value.dtype} for {x.dtype} "
            f"({callsite.user_line()}). Make the array with dtype=float."
        )
    _check_here(x)
    if type(x) is Traced and value.tape is x.tape:
        x.ref, x.known = value.ref, value.known
    else:
        assign(x, ..., value)
    return x


def _check_here(x: Traced) -> None:
    if x.tape is not innermost():
        raise TraceError(
            f"ad: an array of an outer function must not be assigned to inside a derivative, a "
            f"loop's body or a branch ({callsite.user_line()}). Make a copy there with x.copy(), "
            "and return it."
        )


def _canvas_of(root: Traced) -> Canvas:
    if type(root) is Traced:
        canvas = Canvas(root.frozen(), root.shape, root.dtype)
        canvas.grid = fresh_grid(stand_in(root.known))
        canvas.sure = is_sure(root)
        root.canvas = canvas
        root.__class__ = Written
        return canvas
    found: Canvas = root.canvas
    return found


def _fitted(dtype: np.dtype[Any], value: Any, shape: Shape | None = None) -> Value:
    """A value for elements of a type and shape; for one element, which takes a number, if None."""
    if isinstance(value, list | tuple):
        from ad.building import nested  # noqa: PLC0415 - which is written over indexing

        value = nested(value) if has_traced(value) else np.asarray(value)
    if isinstance(value, Traced):
        value = value.frozen()
        kind = value.dtype.kind
        if dtype.kind not in "fb" and dtype.kind != kind:
            raise TraceError(
                f"ad: traced values must be assigned to an array of float, got one of {dtype} "
                f"({callsite.user_line()}). Make it with dtype=float."
            )
        if kind != dtype.kind:
            value = (
                TABLE["where"](value, 1.0, 0.0)
                if dtype.kind == "f"
                else TABLE["not_equal"](value, 0.0)
            )
    else:
        value = np.asarray(value)
        if value.dtype.kind not in "fiubc":
            raise TraceError(
                f"ad: what is assigned must be numbers, got an array of {value.dtype} "
                f"({callsite.user_line()}). Build arrays of traced values with ad.array."
            )
        value = value.astype(dtype)
    own = value.shape
    if own == (shape or ()):
        return value
    if shape is None:
        raise ShapeError(
            f"ad: an element must be given a number, got an array of shape {own} "
            f"({callsite.user_line()})."
        )
    while len(own) > len(shape) and own[0] == 1:
        own = own[1:]
    try:
        fits = np.broadcast_shapes(own, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"ad: what is assigned must fit, got shape {value.shape} for elements of shape "
            f"{shape} ({callsite.user_line()})."
        )
    if not is_traced(value):
        return np.broadcast_to(value.reshape(own), shape).copy()
    return expand(reshape(value, own), shape)


def has_traced(values: Any) -> bool:
    """Whether nested lists hold a traced value."""
    if isinstance(values, list | tuple):
        return any(has_traced(value) for value in values)
    return is_traced(values)


def _is_traced_index(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, Traced) for part in parts)


def _assign_where(x: Traced, index: Any, value: Any) -> None:
    """``x[condition] = number``, where the condition is traced."""
    fits = isinstance(index, Traced) and index.dtype == np.bool_ and np.size(value) == 1
    if not fits or index.shape != x.shape[: index.ndim]:
        raise TraceError(
            "ad: positions must be known while tracing; with a traced condition of the array's "
            f"shape one number may be assigned, got {np.shape(value)} at a traced index "
            f"({callsite.user_line()}). Use x[...] = np.where(condition, values, x)."
        )
    condition = index.reshape(index.shape + (1,) * (x.ndim - index.ndim))
    number = value if np.shape(value) == () else np.reshape(value, ())
    assign(x, ..., np.where(condition, number, x))


def constant_array(tape: Tape, value: Any) -> Traced:
    """A plain array as one that traced values may be put into."""
    made: Written = object.__new__(Written)
    made.tape = tape
    made.canvas = Canvas(value, value.shape, value.dtype)
    made.canvas.grid = fresh_grid(value)
    if value.shape != ():
        return made
    whole = constant_array(tape, value.reshape(1))
    return view_of(whole, lambda x: x.reshape(()), lambda: None)  # type: ignore[no-any-return]


__all__ = ["assign", "constant_array", "has_traced", "replace"]

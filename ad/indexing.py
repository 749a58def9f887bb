"""Indexing a traced array: every index becomes a view or a gather.

Basic indices (integers, slices, None, Ellipsis) are affine: NumPy itself applies them to a stand-in
of one byte with the right shape and strides, and what comes back tells offset and strides. Other
indices (arrays of positions, masks) are applied to the array of flat positions, which gives the
table of a gather.
"""

import math
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ad import callsite
from ad.errors import TraceError
from ad.inplace import constant_array
from ad.op import TABLE, Shape, Value
from ad.ops.ordering import along
from ad.ops.shape import c_strides, gather, view
from ad.traced import Looked, Traced
from ad.views import View, Written, grid_of, view_of


def getitem(x: Traced, index: Any) -> Any:
    """`x[index]`."""
    parts = index if isinstance(index, tuple) else (index,)
    if isinstance(index, Traced) and x.ndim and index.dtype != np.bool_:
        return _at_positions(x, index)
    if any(isinstance(part, Traced) for part in parts):
        raise TraceError(
            f"ad: an index must be known while tracing, got a traced value "
            f"({callsite.user_line()}). Index with data, or select with np.where."
        )
    basic = all(_is_basic(part) for part in parts)
    root = x.root if isinstance(x, View) and x.sure else x
    if isinstance(root, Written):
        return _of_written(x, root, index, basic)
    if basic:
        # With an Ellipsis NumPy gives a view even where one element is meant.
        whole = parts if any(part is Ellipsis for part in parts) else (*parts, ...)
        looked = any(isinstance(part, np.integer) for part in parts)
        rule = by_view(lambda stand_in: stand_in[whole], Looked if looked else int)
        return view_of(x, lambda array: array[parts], lambda: rule(x))
    if len(parts) > 1:
        x.tape.turned = True  # NumPy lays the result out as it likes
    if len(parts) == 1 and x.ndim == 1:
        table = np.asarray(parts[0])
        if table.dtype.kind in "iu" and table.size and table.min() >= 0:
            if table.max() >= x.size:
                position = int(np.argmax(table))
                raise IndexError(
                    f"ad: index must be below {x.size}, got {table.max()} at "
                    f"{np.unravel_index(position, table.shape)} ({callsite.user_line()})."
                )
            # The user's own array is the table, so two vectors indexed by it share one.
            return gather(x, table)
    if len(parts) == 1 and x.ndim == 2:
        rows = np.asarray(parts[0])
        if rows.dtype.kind in "iu" and rows.ndim == 1 and rows.size and rows.min() >= 0:
            table = np.arange(x.size).reshape(x.shape)[rows]
            _remember(table, rows)
            return gather(x, table)
    return by_gather(lambda positions: positions[index])(x)


def part_of(x: Traced, index: slice, frame: FrameType) -> View | None:
    """`x[index]` of a vector that was never assigned to, by the short way; None if there is none.

    Loops over time series take a slice in each step.
    """
    tape = x.tape
    start, stop, step = index.indices(len(x.known))
    count = len(range(start, stop, step))
    if count < 2 or count == len(x.known) or type(x) is not Traced or tape.tagging is not None:
        return None
    params = {"shape": (count,), "offset": start, "strides": (step,)}
    value = x.known[index]
    found = Traced(tape, tape.add(TABLE["view"], (x.ref,), params, value, frame), value)
    return View(x, lambda array: array[index], np.empty(len(x.known), np.int8)[index], found)


def _at_positions(x: Traced, index: Traced) -> Any:
    """`x[index]` where the positions are computed: nan where they are outside the axis."""
    if x.ndim == 1:
        flat = index.reshape(-1)
        return along(x, flat, missing=np.nan).reshape(index.shape)
    # Row i of the rest, for each i: one reading along the first axis for each column.
    flat = index.reshape(-1)
    columns = x.reshape(x.shape[0], -1).T
    everywhere = np.broadcast_to(flat, (columns.shape[0], flat.size))
    rows = along(columns, everywhere, missing=np.nan).T
    return rows.reshape(*index.shape, *x.shape[1:])


def _of_written(x: Traced, root: Written, index: Any, basic: bool) -> Any:
    """`x[index]` where `x` is, or is part of, an array that was assigned to."""
    try:
        positions = grid_of(x)[index]
    except IndexError as error:
        raise IndexError(f"ad: {error} ({callsite.user_line()}).") from None
    if not isinstance(positions, np.ndarray):
        parts = index if isinstance(index, tuple) else (index,)
        looked = any(isinstance(part, np.integer) for part in parts)
        return root.canvas.element(int(positions), Looked if looked else int)
    if basic:
        return view_of(x, lambda array: array[index], lambda: None)
    if isinstance(index, tuple):
        x.tape.turned = True
    found = root.canvas.read(positions)
    if isinstance(found, Traced):
        return found.frozen()  # not the value on the canvas, which must not change
    return constant_array(root.tape, found)


# Tables that pick whole rows of a matrix, and which: their making is part of the program, so that
# no pass has to find it in their values.
_row_tables: dict[int, tuple[weakref.ref[Any], Any]] = {}


def _remember(table: Any, rows: Any) -> None:
    key = id(table)
    _row_tables[key] = weakref.ref(table, lambda _: _row_tables.pop(key, None)), rows


def rows_of(table: Any) -> Any:
    """Which rows of a matrix a table picks, where indexing by them made it; else None."""
    known = _row_tables.get(id(table))
    return None if known is None or known[0]() is not table else known[1]


def _is_basic(part: Any) -> bool:
    return part is None or part is Ellipsis or isinstance(part, slice | int | np.integer)


def by_view(function: Callable[..., Any], kind: type[int] = int) -> Callable[..., Any]:
    """Rule of a function whose result is a view in NumPy: transpose, squeeze, flip, diagonal..."""

    def rule(x: Value, *args: Any, **kwargs: Any) -> Value:
        stand_in = as_strided(np.zeros(1, np.int8), x.shape, c_strides(x.shape), writeable=False)
        result = function(stand_in, *args, **kwargs)
        if isinstance(result, np.generic):  # np.flip of one number gives a copy, not a view
            return x
        offset = _address(result) - _address(stand_in) if result.size else 0
        return picked(x, result.shape, kind(offset), result.strides)

    return rule


def by_gather(function: Callable[..., Any]) -> Callable[..., Any]:
    """Rule of a function that only picks elements: roll, repeat, tile, advanced indices..."""

    def rule(x: Value, *args: Any, **kwargs: Any) -> Value:
        positions = np.arange(math.prod(x.shape)).reshape(x.shape)
        return gather(x, np.asarray(function(positions, *args, **kwargs)))

    return rule


def picked(x: Value, shape: Shape, offset: int, strides: tuple[int, ...]) -> Value:
    """View of `x`, or `x` itself where the view is all of it in order."""
    strides = tuple(stride if size != 1 else 0 for size, stride in zip(shape, strides, strict=True))
    whole = tuple(
        stride if size != 1 else 0 for size, stride in zip(x.shape, c_strides(x.shape), strict=True)
    )
    if offset == 0 and shape == x.shape and strides == whole:
        return x
    return view(x, shape=shape, offset=offset, strides=strides)


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])

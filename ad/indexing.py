"""Indexing a traced array: every index becomes a view or a gather.

Basic indices (integers, slices, None, Ellipsis) are affine: NumPy itself applies them to a stand-in
of one byte with the right shape and strides, and what comes back tells offset and strides. Other
indices (arrays of positions, masks) are applied to the array of flat positions, which gives the
table of a gather.
"""

import math
import operator
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ad import callsite
from ad.errors import TraceError
from ad.inplace import constant_array
from ad.op import Shape, Value
from ad.ops.ordering import along
from ad.ops.shape import c_strides, gather, view
from ad.plain_views import SMALL, address, all_positions, one_row, part_of, value_now
from ad.tape import NO_PARAMS
from ad.traced import Looked, Traced, recorded
from ad.views import View, Written, grid_of, position, view_of

_new: Any = object.__new__


def _of_traced(self: Traced, index: Any) -> Any:
    """`Traced.__getitem__`, with short ways for what loops do with vectors."""
    known = self.known
    if type(known) is np.ndarray and known.ndim == 1 and not self.tape.marks_numbers:
        kind = type(index)
        if kind is int or isinstance(index, np.integer):
            place, size = int(index), len(known)
            if -size <= place < size:
                if place < 0:
                    place += size
                value = known[place]
                # A position looked up in data is told apart from one written down.
                offset = place if kind is int else Looked(place)
                params = {"shape": (), "offset": offset, "strides": ()}
                tape = self.tape
                frame = sys._getframe(1)  # noqa: SLF001 - the caller
                result: Traced = _new(Traced)
                result.tape, result.known = tape, value
                result.ref = tape.add(view, (self.ref,), params, value, frame)
                return result
        elif kind is slice:
            part = _slice_of(self, index, sys._getframe(1))  # noqa: SLF001 - the caller
            if part is not None:
                return part
        elif kind is np.ndarray:
            return _at_table(self, index, (index,), sys._getframe(1))  # noqa: SLF001 - the caller
    return getitem(self, index, sys._getframe(1))  # noqa: SLF001 - the caller


def _of_written(self: Written, index: Any) -> Any:
    """`Written.__getitem__`."""
    place = position(index, self.canvas.shape)
    if place is None:
        return getitem(self, index, sys._getframe(1))  # noqa: SLF001 - the caller
    return self.canvas.element(place, int if type(index) is int else Looked)


def _of_view(self: View, index: Any) -> Any:
    """`View.__getitem__`."""
    root = self.root
    if type(root) is Written:
        place = position(index, self.shape)
        if place is not None:
            kind = int if type(index) is int else Looked
            return root.canvas.element(int(self.grid[place]), kind)
    return getitem(self, index, sys._getframe(1))  # noqa: SLF001 - the caller


Traced.__getitem__ = _of_traced
Written.__getitem__ = _of_written
View.__getitem__ = _of_view


def getitem(x: Traced, index: Any, frame: FrameType) -> Any:
    """`x[index]`, which `frame` asks for."""
    parts = index if type(index) is tuple else (index,)
    basic, looked = True, False
    for part in parts:
        kind = type(part)
        if kind is int or kind is slice or part is None or part is Ellipsis:
            continue
        if kind is np.ndarray:
            basic = False
        elif isinstance(part, Traced):
            return _at_traced(x, index)
        elif isinstance(part, np.integer):
            looked = True
        elif not isinstance(part, int):
            basic = False
    if basic and not looked:
        now = value_now(x)
        if now is not None and 0 < now.known.size <= SMALL:
            return _part_of_array(x, now, parts, frame)
    if type(x) is not Traced:
        root = x.root if isinstance(x, View) and x.sure else x
        if isinstance(root, Written):
            return _read(x, root, index, basic)
    if not basic:
        return _at_table(x, index, parts, frame)
    # With an Ellipsis NumPy gives a view even where one element is meant.
    whole = parts if any(part is Ellipsis for part in parts) else (*parts, ...)
    rule = by_view(lambda stand_in: stand_in[whole], Looked if looked else int)
    return view_of(x, lambda array: array[parts], lambda: rule(x))


def _at_table(x: Traced, index: Any, parts: tuple[Any, ...], frame: FrameType) -> Traced:
    """`x[index]` by arrays of positions or of truths."""
    shape = x.shape
    if len(parts) > 1:
        x.tape.turned = True  # NumPy lays the result out as it likes
    else:
        table = np.asarray(parts[0])
        if len(shape) == 1 and table.shape == shape and table.dtype.kind == "b":
            return recorded(gather, (x, table.nonzero()[0]), NO_PARAMS, frame)
        whole = table.dtype.kind in "iu" and table.size > 0 and table.item(table.argmin()) >= 0
        if whole and len(shape) == 1:
            try:
                # The user's own array is the table, so two vectors indexed by it share one.
                return recorded(gather, (x, table), NO_PARAMS, frame)
            except IndexError:
                if table.max() < x.size:
                    raise
                position = int(np.argmax(table))
                raise IndexError(
                    f"ad: index must be below {x.size}, got {table.max()} at "
                    f"{np.unravel_index(position, table.shape)} ({callsite.user_line()})."
                ) from None
        if whole and len(shape) == 2 and table.ndim == 1:
            rows = table
            table = np.arange(x.size).reshape(shape)[rows]
            _remember(table, rows)
            return recorded(gather, (x, table), NO_PARAMS, frame)
    return recorded(gather, (x, np.asarray(_all_positions(shape)[index])), NO_PARAMS, frame)


def _at_traced(x: Traced, index: Any) -> Any:
    """`x[index]` where the index, or a part of it, is traced."""
    if isinstance(index, Traced) and x.ndim and index.dtype != np.bool_:
        return _at_positions(x, index)
    raise TraceError(
        f"ad: an index must be known while tracing, got a traced value "
        f"({callsite.user_line()}). Index with data, or select with np.where."
    )


def _part_of_array(x: Traced, now: Traced, parts: tuple[Any, ...], frame: FrameType) -> Any:
    """`x[parts]` by integers, slices, None and Ellipsis, where `x` was never assigned to."""
    known = now.known
    taken = all_positions(known.shape)[parts]
    if not isinstance(taken, np.ndarray):
        place = {"shape": (), "offset": taken.item(), "strides": ()}
        value = known[parts] if type(known) is np.ndarray else None
        return one_row(now, view, place, value, frame)
    return part_of(x, now, taken, operator.itemgetter(parts), frame)


def _all_positions(shape: Shape) -> Any:
    size = math.prod(shape)
    return all_positions(shape) if size <= SMALL else np.arange(size).reshape(shape)


def _slice_of(x: Traced, index: slice, frame: FrameType) -> View | None:
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
    found: Traced = _new(Traced)
    found.tape, found.known = tape, value
    found.ref = tape.add(view, (x.ref,), params, value, frame)
    return View(x, operator.itemgetter(index), (count,), found)


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


def _read(x: Traced, root: Written, index: Any, basic: bool) -> Any:
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


def by_view(function: Callable[..., Any], kind: type[int] = int) -> Callable[..., Any]:
    """Rule of a function whose result is a view in NumPy: transpose, squeeze, flip, diagonal..."""

    def rule(x: Value, *args: Any, **kwargs: Any) -> Value:
        stand_in = as_strided(np.zeros(1, np.int8), x.shape, c_strides(x.shape), writeable=False)
        result = function(stand_in, *args, **kwargs)
        if isinstance(result, np.generic):  # np.flip of one number gives a copy, not a view
            return x
        offset = address(result) - address(stand_in) if result.size else 0
        return picked(x, result.shape, kind(offset), result.strides)

    rule.affine = True  # type: ignore[attr-defined] # `ad.numpy_views` asks
    return rule


def by_gather(function: Callable[..., Any]) -> Callable[..., Any]:
    """Rule of a function that only picks elements: roll, repeat, tile, advanced indices..."""

    def rule(x: Value, *args: Any, **kwargs: Any) -> Value:
        return gather(x, np.asarray(function(_all_positions(x.shape), *args, **kwargs)))

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

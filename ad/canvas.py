"""What an array that is assigned to holds: for each element, the value it was given last.

Nothing is recorded when an element is written. A *canvas* notes which value lies where, in two
tables: for each element the number of the value (its *owner*), and which of its elements it is.
Reading what one assignment wrote gives that value itself, so ``x[i] = a * x[i - 1] + e[i]`` records
the recurrence of numbers that it is, each step at the cost of a step; only where several values
meet are they put together, by one row. Derivatives, batching and native code see neither reads nor
writes, only values.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ad.op import TABLE, Shape, Value, expand, reshape
from ad.traced import is_traced

if TYPE_CHECKING:
    from collections.abc import Sequence

Positions = npt.NDArray[np.int64]
Place = tuple[int, tuple[int, ...]]
MOST_PIECES = 8  # into which one value may be cut before a table is used; see also `Canvas._read`


class Canvas:
    """The elements of an array.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    stamp : object
        Another one after each write.
    grid : array
        Flat positions of the elements, in the array's memory layout.
    sure : bool
        Whether that layout is known to be NumPy's.
    """

    __slots__ = (
        *("_known", "_owner", "_place", "_values", "_whole_owner", "_whole_place"),
        *("dtype", "grid", "shape", "stamp", "sure"),
    )

    def __init__(self, value: Any, shape: Shape, dtype: np.dtype[Any]) -> None:
        size = math.prod(shape)
        self.shape, self.dtype, self.stamp = shape, dtype, object()
        # Traced values that never change, plain arrays, or None for zeros.
        self._values: list[Any] = [value]
        self._owner = np.zeros(size, np.int64)
        self._place = np.arange(size)
        # The same, but where many values were put together already, that array is the owner.
        self._whole_owner, self._whole_place = self._owner, self._place
        self._known: Value = value
        self.grid: Any = None
        self.sure = True

    def write(self, positions: Any, value: Any) -> None:
        """Put a value, traced or plain, of as many elements as there are positions."""
        number = len(self._values)
        self._values.append(value)
        which = 0 if isinstance(positions, int) else _counted(positions)
        for owner, place in self._tables():
            owner[positions], place[positions] = number, which
        self.stamp, self._known = object(), None

    def whole(self) -> Value:
        """All elements."""
        if self._known is None:
            self._known = self._read(np.arange(len(self._owner)), self.shape)
        return self._known

    def element(self, position: int, kind: type[int]) -> Value:
        """One element; `kind` says whether its position was written down or looked up."""
        value, place = self._values[self._owner[position]], int(self._place[position])
        if value is None:
            return self.dtype.type(0)
        if not is_traced(value):
            return np.asarray(value).reshape(-1)[place]
        if value.shape == ():
            return value
        return TABLE["view"](value, shape=(), offset=kind(place), strides=())

    def read(self, positions: Positions) -> Value:
        """Elements at some positions."""
        return self._read(positions.reshape(-1), positions.shape)

    def _read(self, flat: Positions, shape: Shape) -> Value:
        """Elements at flat positions; put together out of many values, they are kept for the next.

        A loop that reads ``x[:k]`` and writes ``x[k]`` in each step would put k values together
        in step k otherwise.
        """
        owner, place = self._whole_owner[flat], self._whole_place[flat]
        result = self._put_together(owner, place, shape)
        if is_traced(result) and len(np.unique(owner)) > MOST_PIECES:
            if self._whole_owner is self._owner:
                self._whole_owner, self._whole_place = self._owner.copy(), self._place.copy()
            self._whole_owner[flat], self._whole_place[flat] = len(self._values), _counted(flat)
            self._values.append(result.frozen())
        return result

    def _tables(self) -> list[tuple[Positions, Positions]]:
        """Owners and places: those of single values, and of values put together if these differ."""
        tables = [(self._owner, self._place)]
        if self._whole_owner is not self._owner:
            tables.append((self._whole_owner, self._whole_place))
        return tables

    def _put_together(self, owner: Positions, place: Positions, shape: Shape) -> Value:
        owners = np.unique(owner).tolist()
        if not owners:
            return np.zeros(shape, self.dtype)
        if len(owners) == 1 and self._values[owners[0]] is not None:
            return picked(self._values[owners[0]], place.reshape(shape))
        pieces: list[Piece] = []
        order = np.argsort(owner, kind="stable")
        edges = np.searchsorted(owner[order], owners).tolist()
        plain = np.zeros(len(owner), self.dtype)
        left = np.zeros(len(owner), np.bool_)
        for number, start, stop in zip(owners, edges, [*edges[1:], len(owner)], strict=True):
            value, where = self._values[number], order[start:stop]
            if is_traced(value):
                pieces.append(Piece(value, where, place[where]))
            elif value is not None:
                plain[where] = np.asarray(value).reshape(-1)[place[where]]
                left[where] = True
        if not pieces:
            return plain.reshape(shape)
        return _joined(pieces, plain, left, shape)


class Piece(NamedTuple):
    """Elements of a traced value, and the flat positions they go to, in order."""

    value: Any
    where: Positions
    which: Positions


def _joined(pieces: Sequence[Piece], plain: Any, left: Any, shape: Shape) -> Value:
    """Pieces, and plain numbers where there are any left, as one array."""
    parts: list[Any] = []
    places: list[Place] = []
    for piece in pieces:
        found = _placed(piece)
        if found is None:
            return _looked_up(pieces, plain, shape)
        parts += [part for part, _ in found]
        places += [place for _, place in found]
    truths = plain.dtype.kind == "b"
    if truths:
        parts = [TABLE["where"](part, 1.0, 0.0) for part in parts]
        plain = plain.astype(np.float64)
    rest = np.flatnonzero(left)
    few = _runs(rest, rest)
    if few is not None:
        for start, stop in few:
            parts.append(plain[rest[start:stop]])
            step = int(rest[start + 1] - rest[start]) if stop > start + 1 else 1
            places.append((int(rest[start]), (step,)))
    result = TABLE["assemble"](*parts, shape=shape, places=tuple(places))
    if few is None:
        result = TABLE["where"](left.reshape(shape), plain.reshape(shape), result)
    return TABLE["not_equal"](result, 0.0) if truths else result


def _placed(piece: Piece) -> list[tuple[Value, Place]] | None:
    """A piece as views at affine places; None if it is too scattered."""
    value, where, which = piece
    if value.shape == () and len(where) == 1:
        return [(value, (int(where[0]), ()))]
    if len(which) == value.size and np.array_equal(np.sort(which), np.arange(len(which))):
        target = np.empty_like(where)
        target[which] = where
        strides = _affine(target.reshape(value.shape))
        if strides is not None:
            return [(value, (int(target[0]), strides))]
    runs = _runs(where, which)
    if runs is None:
        return None
    found: list[tuple[Value, Place]] = []
    for start, stop in runs:
        run = where[start:stop]
        step = (int(run[1] - run[0]),) if len(run) > 1 else (1,)
        found.append((picked(value, which[start:stop]), (int(run[0]), step)))
    return found


def _runs(where: Positions, which: Positions) -> list[tuple[int, int]] | None:
    """Runs in which both go by equal steps; None if there are too many."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(where):
        if len(found) == MOST_PIECES:
            return None
        stop = _steady(where, which, start)
        found.append((start, stop))
        start = stop
    return found


def _steady(where: Positions, which: Positions, start: int) -> int:
    """End of the longest run from `start` in which both go by equal steps."""
    if start + 2 >= len(where):
        return len(where)
    same = (np.diff(where[start:], 2) == 0) & (np.diff(which[start:], 2) == 0)
    changes = np.flatnonzero(~same)
    return len(where) if not len(changes) else start + int(changes[0]) + 2


def _looked_up(pieces: Sequence[Piece], plain: Any, shape: Shape) -> Value:
    """All values end to end, and elements picked by a table."""
    table = np.empty(len(plain), np.int64)
    parts: list[Any] = [plain]
    places: list[Place] = [(0, (1,))]
    table[:] = np.arange(len(plain))
    end = len(plain)
    for value, where, which in pieces:
        part = TABLE["where"](value, 1.0, 0.0) if value.dtype == np.bool_ else value
        parts.append(reshape(part, (value.size,)))
        places.append((end, (1,)))
        table[where] = end + which
        end += value.size
    parts[0] = plain.astype(np.float64)
    joined = TABLE["assemble"](*parts, shape=(end,), places=tuple(places))
    result = TABLE["gather"](joined, table.reshape(shape))
    return TABLE["not_equal"](result, 0.0) if plain.dtype.kind == "b" else result


def picked(value: Any, positions: Positions) -> Value:
    """Elements of one value at flat positions, with the shape of these."""
    if not is_traced(value):
        return np.asarray(value).reshape(-1)[positions]
    shape = positions.shape
    if value.size == 1:
        return expand(reshape(value, ()), shape)
    if positions.size == value.size and np.array_equal(
        positions.reshape(-1), np.arange(value.size)
    ):
        return reshape(value, shape)
    strides = _affine(positions)
    if strides is None:
        return TABLE["gather"](value, positions.copy())
    return TABLE["view"](value, shape=shape, offset=int(positions.flat[0]), strides=strides)


def _affine(positions: Positions) -> tuple[int, ...] | None:
    """Strides of positions that are affine in the index, if they are (and there are any)."""
    if not positions.size:
        return None
    first = positions.reshape(-1)[0]
    strides = tuple(
        int(positions[(*(0,) * axis, 1, *(0,) * (positions.ndim - axis - 1))] - first)
        if size > 1
        else 0
        for axis, size in enumerate(positions.shape)
    )
    steps = [
        (np.arange(size) * stride).reshape(size, *(1,) * (positions.ndim - axis - 1))
        for axis, (size, stride) in enumerate(zip(positions.shape, strides, strict=True))
    ]
    again = np.zeros(positions.shape, np.int64) + first
    for step in steps:
        again = again + step
    return strides if np.array_equal(again, positions) else None


def _counted(positions: Any) -> Any:
    if isinstance(positions, slice):
        return np.arange(positions.stop - positions.start)
    return np.arange(positions.size).reshape(positions.shape)


__all__ = ["Canvas", "picked"]

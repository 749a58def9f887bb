"""A tape by columns: for what looks at all of its rows at once.

A long loop in Python is some hundred thousand rows. What is asked of every row is asked of arrays,
with one number for each operation, call site and shape.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ad.op import Op, Shape
    from ad.tape import Tape

    Ints = npt.NDArray[np.int64]


class Columns:
    """The rows of a tape.

    Attributes
    ----------
    rows : list of Row
    count : int
    ops, shapes : list
        Distinct operations, and shapes of values, numbered as they come.
    op, site, shape : array of int
        By row.
    params : sequence of dict
        By row.
    args : list
        Arguments of all rows, one after the other.
    first : array of int, shape (count + 1,)
        Where those of each row begin.
    ref : array of int
        By argument: the row that is read, -1 for a constant.
    """

    def __init__(self, tape: Tape) -> None:
        self.rows = rows = tape.rows
        self.count = len(rows)
        ops, args, self.params, values, sites = zip(*rows, strict=True)
        self.ops: list[Op] = list(dict.fromkeys(ops))
        self.op = _numbered(ops, self.ops)
        shapes = [getattr(value, "shape", ()) for value in values]
        self.shapes: list[Shape] = list(dict.fromkeys([(), *shapes]))
        self.shape = _numbered(shapes, self.shapes)
        self.site = np.fromiter(sites, np.int64, self.count)
        self.args = list(itertools.chain.from_iterable(args))
        self.first = np.zeros(self.count + 1, np.int64)
        np.cumsum(np.fromiter(map(len, args), np.int64, self.count), out=self.first[1:])
        refs = [arg if type(arg) is Ref else -1 for arg in self.args]
        self.ref = np.fromiter(refs, np.int64, len(refs))

    @property
    def arity(self) -> Ints:
        """By row, the number of arguments."""
        return np.diff(self.first)

    @property
    def owner(self) -> Ints:
        """By argument, the row it is an argument of."""
        return np.repeat(np.arange(self.count), self.arity)

    def numbers(self, *names: str) -> list[int]:
        """Numbers of operations, if there are any of that name."""
        return [number for number, op in enumerate(self.ops) if op.name in names]

    def refs(self, rows: Any, position: int) -> Ints:
        """What rows read by one of their arguments."""
        found: Ints = self.ref[self.first[rows] + position]
        return found

    def constants(self, rows: Any, position: int) -> list[Any]:
        """One of their arguments, where these are no rows."""
        args = self.args
        return [args[place] for place in (self.first[rows] + position).tolist()]


def _numbered(values: Sequence[Any], distinct: Sequence[Any]) -> Ints:
    """By value, its place among the distinct ones."""
    places = {value: place for place, value in enumerate(distinct)}
    return np.fromiter(map(places.__getitem__, values), np.int64, len(values))


def columns_of(tape: Tape) -> Columns:
    """A tape by columns, worked out once."""
    known: Columns | None = tape.columns
    if known is None or known.count != len(tape.rows):
        known = tape.columns = Columns(tape)
    return known


def spread(first: Any, counts: Any) -> Any:
    """Positions ``first[k], first[k] + 1, ..., first[k] + counts[k] - 1`` for all k."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(first - (ends - counts), counts)


def in_order(keys: Any) -> tuple[Any, int]:
    """Keys numbered as they come first, and how many there are."""
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    numbers = np.empty(len(first), np.int64)
    numbers[np.argsort(first)] = np.arange(len(first))
    return numbers[which], len(first)


def distinct(keys: Any) -> Any:
    """Keys, each once, in rising order."""
    ordered = np.sort(keys)  # np.unique looks them up in a table, which takes four times as long
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(keys) else ordered


MOST = 1 << 62


def together(*columns: Any) -> Any:
    """One key for each row of several columns, equal where all of them are."""
    key, size = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        low = int(column.min(initial=0))
        span = int(column.max(initial=0)) - low + 1
        if size > MOST // span:
            key, size = in_order(key)
        key, size = key * span + (column - low), size * span
    return key

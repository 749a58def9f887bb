"""Operands of rolled statements: many rows' values as one array.

The values of all instances of a unit lie in one node, its *source*, with one leading entry an
instance. What another statement reads, instance by instance, are positions in the flattened
source. If they are all of it in order, the operand is the node itself; if they are affine in the
instance, a view; else a gather through a table. Whether a table is needed is decided by how
positions came about: those that data gave (NumPy integers) always make a table, whatever their
values, so that other data need no other code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ad.op import TABLE, expand, reshape
from ad.ops.shape import c_strides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.graph import Graph, Node
    from ad.op import Shape
    from ad.rolling.listing import Listing

Positions = npt.NDArray[np.int64]


@dataclass(eq=False)
class Source:
    """Values of the rows of a vector.

    Attributes
    ----------
    node : Node
        Of shape `shape`, with a leading axis if there is a count.
    shape : tuple of int
        Of one instance.
    count : int or None
        Instances; None where all have one value.
    """

    node: Node
    shape: Shape
    count: int | None

    @property
    def step(self) -> int:
        """Elements from one instance to the next."""
        return 0 if self.count is None else math.prod(self.shape)


class Sources:
    """Where the values of rows are found, while a graph is being built."""

    def __init__(self, graph: Graph, listing: Listing) -> None:
        self.graph, self.listing = graph, listing
        self._all: list[Source] = []
        self._source = np.full(listing.count, -1)  # by row: which source, and where in it
        self._position = np.zeros(listing.count, np.int64)
        self._joined: dict[tuple[int, ...], Node] = {}
        self._tables: dict[Any, Node] = {}
        self._stacked: dict[tuple[int, ...], Node] = {}

    def put(self, rows: Sequence[int], source: Source, positions: Any = None) -> None:
        """Say where the values of rows are: in order, or at given positions of a source."""
        self._source[rows] = len(self._all)
        self._position[rows] = np.arange(len(rows)) if positions is None else positions
        self._all.append(source)

    def numbers(self, rows: Any) -> Positions:
        """Numbers of the sources that rows' values are in."""
        found: Positions = self._source[self.listing.base[rows]]
        return found

    # ---- constants ---------------------------------------------------------------------------

    def constants(self, values: Sequence[Any]) -> tuple[Node, bool]:
        """Operand of constants, and whether it has an entry for each instance."""
        first = values[0]
        if all(value is first for value in values):
            return self.graph.lift(first), False
        if type(first) in (float, int, bool) and _all_equal(values):
            return self.graph.lift(first), False
        key = tuple(map(id, values))  # the tape keeps them all
        known = self._stacked.get(key)
        if known is None:
            known = self._stacked[key] = self.graph.data(np.array(values))
        return known, True

    # ---- rows --------------------------------------------------------------------------------

    def operand(self, refs: Any) -> tuple[Node, bool]:
        """Operand of rows' values, and whether it has an entry for each instance."""
        rows, listing = np.asarray(refs), self.listing
        bases = listing.base[rows]
        own = self._source[bases]
        node, begins, steps = self._flat(own)
        starts = begins + steps * self._position[bases] + listing.start[rows]
        # One row is one place, however it was found.
        looked = len(rows) > 1 and bool(listing.looked[rows].any())
        # Tables that data gave are the same only if the program says so.
        return self._picked(node, starts, rows, tuple(rows.tolist()) if looked else None)

    def _flat(self, own: Positions) -> tuple[Node, Any, Any]:
        """One node that holds all sources; where each of `own` begins, and its steps."""
        if (own == own[0]).all():
            source = self._all[own[0]]
            return source.node, 0, source.step
        distinct, which = np.unique(own, return_inverse=True)
        sources = [self._all[number] for number in distinct.tolist()]
        steps = np.array([source.step for source in sources])
        ends = np.cumsum([source.node.size for source in sources])
        begins = np.concatenate([[0], ends[:-1]])
        key = tuple(distinct.tolist())
        known = self._joined.get(key)
        if known is None:
            parts = [reshape(source.node, (source.node.size,)) for source in sources]
            places = tuple((int(begin), (1,)) for begin in begins)
            known = TABLE["assemble"](*parts, shape=(int(ends[-1]),), places=places)
            if all(part.dtype == "b" for part in parts):
                known = TABLE["not_equal"](known, 0.0)
            self._joined[key] = known
        return known, begins[which], steps[which]

    def _picked(
        self, node: Node, starts: Positions, rows: Positions, key: Any
    ) -> tuple[Node, bool]:
        count = len(starts)
        numbers = self.listing.pattern_number[rows]
        pattern = self.listing.pattern(rows[0])
        begins = starts.reshape(-1, *(1,) * len(pattern.shape))
        if (numbers != numbers[0]).any():
            tables = np.stack([self.listing.pattern(row).table for row in rows.tolist()])
            return self._gathered(node, begins + tables, key), True
        step = 0 if count == 1 else int(starts[1] - starts[0])
        steady = key is None and bool((np.diff(starts) == step).all())
        if pattern.strides is not None and steady:
            if step == 0:
                return self._view(node, pattern.shape, int(starts[0]), pattern.strides), False
            strides = (step, *pattern.strides)
            return self._view(node, (count, *pattern.shape), int(starts[0]), strides), True
        if steady and step == 0:
            return self._gathered(node, int(starts[0]) + pattern.table, key), False
        return self._gathered(node, begins + pattern.table, key), True

    def _gathered(self, node: Node, table: Any, key: Any) -> Node:
        key = (node.index, key or (table.shape, table.tobytes()))
        known = self._tables.get(key)
        if known is None:
            known = self._tables[key] = TABLE["gather"](node, self.graph.data(table))
        return known

    def _view(self, node: Node, shape: Shape, offset: int, strides: tuple[int, ...]) -> Node:
        size = math.prod(shape)
        in_order = all(
            stride == own or length == 1
            for stride, own, length in zip(strides, c_strides(shape), shape, strict=True)
        )
        if offset == 0 and size == node.size and in_order:
            result: Node = reshape(node, shape)
            return result
        viewed: Node = TABLE["view"](node, shape=shape, offset=offset, strides=strides)
        return viewed

    def row(self, index: int) -> Node:
        """The node of one row's value."""
        return self.operand([index])[0]

    def every(self, refs: Any) -> Node:
        """Operand of rows' values, with an entry for each instance in any case."""
        node, batched = self.operand(refs)
        if batched:
            return node
        result: Node = expand(node, (len(refs), *node.shape))
        return result


def _all_equal(values: Sequence[Any]) -> bool:
    """Whether Python's numbers are one number; -0.0 is not 0.0."""
    first = values[0]
    if any(type(value) not in (float, int, bool) or value != first for value in values):
        return False
    return first != 0 or len({math.copysign(1.0, value) for value in values}) == 1


__all__ = ["Source", "Sources"]

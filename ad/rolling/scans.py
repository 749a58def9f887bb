"""Recurrences as scans: a body over carries, rows of sequences, and invariants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.batching import batch
from ad.graph import LITERAL
from ad.loops.body import fresh_graph, make_body
from ad.loops.scan import pieces, scan
from ad.op import TABLE, expand, reshape
from ad.rolling.patterns import entries, picked
from ad.rolling.sources import Source
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.graph import Node
    from ad.rolling.recurrences import Inside, Recurrence
    from ad.rolling.sources import Sources


class NoRule(Exception):  # noqa: N818 - a finding, not an error
    """An operation cannot be done for many rows at once after all."""


class BodyWriter:
    """Writes the body of a scan, and notes what it is given from outside.

    Parameters
    ----------
    sources : Sources
        Of what the body reads; its own rows are added to them.
    length : int
        Number of iterations.
    """

    def __init__(self, sources: Sources, length: int) -> None:
        self.sources, self.length = sources, length
        self.body = fresh_graph()
        # Pairs of what is given from outside and the body's input for it.
        self.carries: list[tuple[Node, Node]] = []
        self.sequences: list[tuple[Node, Node]] = []
        self.invariants: list[tuple[Node, Node]] = []
        self._known: dict[tuple[int, bool], Node] = {}

    def outside(self, outer: Node, batched: bool) -> Node:
        """The body's input for an operand from outside."""
        if outer.op is LITERAL:
            return self.body.lift(outer.value)
        known = self._known.get((outer.index, batched))
        if known is None:
            shape = outer.shape[1:] if batched else outer.shape
            known = self._known[outer.index, batched] = self.body.input(shape, outer.dtype)
            (self.sequences if batched else self.invariants).append((outer, known))
        return known

    def carry(self, outer: Node) -> Node:
        """A new carry that begins with a value from outside."""
        inner = self.body.input(outer.shape)
        self.carries.append((outer, inner))
        return inner

    def finish(
        self, updates: Sequence[Node], results: Sequence[tuple[Node, list[int], Any]]
    ) -> None:
        """Add the scan to the graph, and to the sources what others read of it.

        Parameters
        ----------
        updates : sequence of Node
            Of the carries.
        results : sequence of (Node, rows, positions)
            What is kept, whose rows these are, and in which iterations they ran.
        """
        given = (*self.carries, *self.sequences, *self.invariants)
        kept = [number(node) for node, _, _ in results]
        body = make_body([inner for _, inner in given], [*map(number, updates), *kept])
        node = scan(
            *(outer for outer, _ in given),
            body=body,
            length=self.length,
            carries=len(self.carries),
            sequences=len(self.sequences),
            reverse=False,
            core=False,
        )
        places = pieces(body, self.length, len(self.carries)).results
        for place, (inner, rows, positions) in zip(places, results, strict=True):
            value = place.of(node)
            if inner.dtype == "b":
                value = TABLE["not_equal"](value, 0.0)
            count = max(self.length, len(rows))
            shape = np.shape(self.sources.listing.rows[rows[0]].value)
            self.sources.put(rows, Source(value, shape, count), positions)


def number(node: Node) -> Node:
    """A condition as a number: results and carries are arrays of numbers."""
    return TABLE["where"](node, 1.0, 0.0) if node.dtype == "b" else node


class ScanWriter(BodyWriter):
    """Writes a recurrence of equal iterations.

    Items of several rows are arrays with a leading axis, and their operations are batched.

    Parameters
    ----------
    sources : Sources
    recurrence : Recurrence
    read : set of int
        Rows that are read from outside the recurrence.
    """

    def __init__(self, sources: Sources, recurrence: Recurrence, read: set[int]) -> None:
        super().__init__(sources, len(recurrence.slots[0]))
        self.recurrence, self.read = recurrence, read
        self.values: list[Node] = []  # of the slots, within an iteration
        self._rings: dict[Any, Node] = {}
        self._updates: dict[int, Any] = {}  # by the body's input: what it is next

    def write(self) -> None:
        """Write the body, then the scan."""
        for slot, rows in enumerate(self.recurrence.slots):
            self.values.append(self._operation(slot, rows[0].tolist()))
        updates = [self._next(inner) for _, inner in self.carries]
        results = [
            (value, rows, np.arange(len(rows)))
            for value, rows in zip(self.values, self.recurrence.vectors, strict=True)
            if not self.read.isdisjoint(rows)
        ]
        self.finish(updates, results)

    def _operation(self, slot: int, item: Sequence[int]) -> Node:
        row = self.sources.listing.rows[item[0]]
        given = [self._argument(slot, position, arg) for position, arg in enumerate(row.args)]
        nodes, flags = [node for node, _ in given], [flag for _, flag in given]
        width = len(item)
        if width == 1:
            return self.body.apply(row.op, nodes, row.params)
        if any(flags):
            result = batch(row.op, nodes, flags, row.params, width)
            if result is None:
                raise NoRule
            many: Node = result
            return many
        value = self.body.apply(row.op, nodes, row.params)
        wide: Node = expand(value, (width, *value.shape))
        return wide

    def _argument(self, slot: int, position: int, arg: Any) -> tuple[Node, bool]:
        """An argument, and whether it has an entry for each row of the item."""
        columns, rows = self.sources.listing.columns, self.recurrence.slots[slot]
        inside = self.recurrence.inside.get((slot, position))
        if inside is None:
            if isinstance(arg, Ref):
                return self._given(columns.refs(rows, position))
            node, batched = self.sources.constants(columns.constants(rows.ravel(), position))
            return self._outside(node, batched, rows.shape)
        if inside.lag == 0:
            return self._part(inside), len(inside.order) > 1
        return self._carried(inside), len(inside.order) > 1

    def _given(self, refs: Any) -> tuple[Node, bool]:
        """Rows from outside: for each iteration and row, for each row, or for all."""
        if refs.shape[1] > 1 and self._steady(refs):
            node, batched = self.sources.operand(refs[0])
            return self.outside(node, batched=False), batched
        return self._outside(*self.sources.operand(refs.ravel()), refs.shape)

    def _outside(self, node: Node, batched: bool, shape: tuple[int, int]) -> tuple[Node, bool]:
        """The body's input for an entry for each iteration and row, or for all."""
        if batched and shape[1] > 1:
            node = reshape(node, (*shape, *node.shape[1:]))
        return self.outside(node, batched), batched and shape[1] > 1

    def _steady(self, refs: Any) -> bool:
        """Whether the same is read in every iteration."""
        listing = self.sources.listing
        places = (listing.base[refs], listing.start[refs], listing.pattern_number[refs])
        return all((each == each[0]).all() for each in places)

    def _part(self, inside: Inside) -> Node:
        """What is read of the rows of an item."""
        value, alias = self.values[inside.slot], inside.alias
        if len(self.recurrence.slots[inside.slot][0]) == 1:
            one = picked(value, alias)
            count = len(inside.order)
            part: Node = one if count == 1 else expand(one, (count, *one.shape))
            return part
        size = math.prod(value.shape[1:])
        return entries(value, size * np.array(inside.order) + alias.start, alias.pattern)

    def _carried(self, inside: Inside) -> Node:
        """What rows were some iterations ago: the last of a ring of carries.

        The ring is kept of the part that is read, not of the whole rows: before the first
        iteration there is only that part.
        """
        alias = inside.alias
        what = (inside.slot, alias.start, alias.pattern.number, inside.order)
        previous: Any = inside
        for lag in range(1, inside.lag + 1):
            # In the first iteration: what is read `inside.lag - lag` iterations later.
            start = inside.initial[inside.lag - lag]
            key = (what, lag, tuple([self._place(ref) for ref in start]))
            known = self._rings.get(key)
            if known is None or (lag > 1 and self._updates[known.index] is not previous):
                many = len(start) > 1
                outer = self.sources.every(start) if many else self.sources.row(start[0])
                known = self._rings[key] = self.carry(outer)
                self._updates[known.index] = previous
            previous = known
        result: Node = previous
        return result

    def _place(self, ref: int) -> tuple[int, int, int]:
        alias = self.sources.listing.alias(ref)
        return (alias.base, alias.start, alias.pattern.number)

    def _next(self, carry: Node) -> Node:
        """What a carry is in the next iteration."""
        update = self._updates[carry.index]
        if hasattr(update, "slot"):
            return self._part(update)
        result: Node = update
        return result

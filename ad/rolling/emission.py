"""Units as nodes of a graph, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.batching import batch
from ad.graph import INPUT
from ad.rolling.branching_scans import BranchingWriter
from ad.rolling.patterns import is_alias
from ad.rolling.recurrences import Recurrence
from ad.rolling.scans import ScanWriter
from ad.rolling.segments import collected, total
from ad.rolling.sources import Source, Sources
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.graph import Graph, Node
    from ad.rolling.arrangement import Arrangement

FEWEST_PARTS = 8  # of an assembly worth looking at as a whole


class Emission:
    """Writes the nodes of an arrangement.

    Parameters
    ----------
    arrangement : Arrangement
    graph : Graph
    inputs : sequence of Node
        For the tape's input rows.
    outputs : sequence
        Rows or constants that will be asked for.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        graph: Graph,
        inputs: Sequence[Node],
        outputs: Sequence[Any],
    ) -> None:
        self.listing, self.graph = arrangement.listing, graph
        self.rows = self.listing.rows
        self.sources = Sources(graph, self.listing)
        self._nodes: dict[int, Node] = {}
        entries = iter(inputs)
        for index, row in enumerate(self.rows):
            if row.op is INPUT:
                self._put_one(index, next(entries))
        read = _read_from_outside(arrangement, outputs)
        for unit in arrangement.units:
            if isinstance(unit.recurrence, Recurrence):
                ScanWriter(self.sources, unit.recurrence, read).write()
            elif unit.recurrence is not None:
                BranchingWriter(self.sources, unit.recurrence, read).write()
            else:
                self._emit(unit.rows)

    def node(self, index: int) -> Node:
        """Node of one row's value."""
        known = self._nodes.get(index)
        if known is None:
            row = self.rows[index]
            base = int(self.listing.base[index])
            if is_alias(row.op, row.args) and base in self._nodes:
                # As if nothing had been rolled.
                args = [self.node(arg) if isinstance(arg, Ref) else arg for arg in row.args]
                known = self.graph.apply(row.op, args, row.params)
            else:
                known = self.sources.row(index)
            self._nodes[index] = known
        return known

    def _put_one(self, index: int, node: Node) -> None:
        self._nodes[index] = node
        self.sources.put([index], Source(node, node.shape, None))

    def _emit(self, rows: Sequence[int]) -> None:
        if rows[0] in self.listing.trees:
            shape = np.shape(self.rows[rows[0]].value)
            self.sources.put(rows, total(self.sources, self.listing, rows, shape))
        elif len(rows) == 1:
            self._emit_one(rows[0])
        else:
            self._emit_many(rows)

    def _emit_one(self, index: int) -> None:
        row = self.rows[index]
        if row.op.name == "assemble" and len(row.args) >= FEWEST_PARTS:
            node = collected(self.sources, row)
        else:
            args = [self.node(arg) if isinstance(arg, Ref) else arg for arg in row.args]
            node = self.graph.apply(row.op, args, row.params)
        self._put_one(index, node)

    def _emit_many(self, rows: Sequence[int]) -> None:
        first = self.rows[rows[0]]
        columns = self.listing.columns
        operands = [
            self.sources.operand(columns.refs(rows, position))
            if isinstance(arg, Ref)
            else self.sources.constants(columns.constants(rows, position))
            for position, arg in enumerate(first.args)
        ]
        nodes, flags = [node for node, _ in operands], [flag for _, flag in operands]
        shape = np.shape(first.value)
        if not any(flags):
            node = self.graph.apply(first.op, nodes, first.params)
            self.sources.put(rows, Source(node, shape, None))
            return
        many = batch(first.op, nodes, flags, first.params, len(rows))
        if many is None:
            for row in rows:
                self._emit_one(row)
            return
        self.sources.put(rows, Source(many, shape, len(rows)))


def _read_from_outside(arrangement: Arrangement, outputs: Sequence[Any]) -> set[int]:
    """Rows of recurrences that are read by others."""
    listing = arrangement.listing
    if all(unit.recurrence is None for unit in arrangement.units):
        return set()
    unit_of = np.full(listing.count, -1)  # of rows of recurrences
    for number, unit in enumerate(arrangement.units):
        if unit.recurrence is not None:
            unit_of[unit.rows] = number
    own, read = unit_of[listing.readers], unit_of[listing.bases]
    found = set(listing.bases[(read >= 0) & (read != own)].tolist())
    return found | {int(listing.base[out]) for out in outputs if isinstance(out, Ref)}

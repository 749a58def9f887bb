"""Recurrences with branches as scans: all variants are computed, one is selected."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.lazy import Lazy
from ad.loops.body import zeros
from ad.op import TABLE
from ad.rolling.patterns import picked
from ad.rolling.scans import BodyWriter, number
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.graph import Node
    from ad.rolling.branching import Branching, Variable
    from ad.rolling.sources import Sources


class BranchingWriter(BodyWriter):
    """Writes a recurrence of several variants.

    All variants are computed in every iteration, and what the one that ran has written is selected.
    The others read, in place of what is carried, what they read where they ran first when the tape
    was recorded: a branch may be undefined where another one runs, and the derivative of a
    discarded nan would still be nan.

    Parameters
    ----------
    sources : Sources
    found : Branching
    read : set of int
        Rows that are read from outside the recurrence.
    """

    def __init__(self, sources: Sources, found: Branching, read: set[int]) -> None:
        super().__init__(sources, found.length)
        self.found, self.read = found, read
        self._carry: dict[int, Node] = {}  # by variable
        self._ran: dict[int, Node] = {}  # by variant
        self._harmless: dict[tuple[int, int], Node] = {}  # by variant and variable

    def write(self) -> None:
        """Write the body, then the scan."""
        listing, found = self.sources.listing, self.found
        values: list[list[Node]] = []
        for variable in found.variables:
            self._carry[id(variable)] = self.carry(self._initial(variable))
        for variant, slots in enumerate(found.slots):
            own: list[Node] = []
            for place, rows in enumerate(slots):
                row = listing.rows[rows[0]]
                args = [
                    self._argument((variant, place, k), own, arg) for k, arg in enumerate(row.args)
                ]
                own.append(self.body.apply(row.op, args, row.params))
            values.append(own)
        updates = [self._next(variable, values) for variable in found.variables]
        results = [
            (self._selected(variant, values[variant][place]), rows, np.array(found.active[variant]))
            for variant, slots in enumerate(found.slots)
            for place, rows in enumerate(slots)
            if not self.read.isdisjoint(rows)
        ]
        self.finish(updates, results)

    def _initial(self, variable: Variable) -> Node:
        if variable.initial is None:  # written before it is read
            return zeros(self.sources.graph, variable.alias.pattern.shape)
        return self.sources.row(variable.initial)

    def _next(self, variable: Variable, values: Sequence[Sequence[Node]]) -> Node:
        """What a variable is after an iteration: what its variant has written, or what it was."""
        result = self._carry[id(variable)]
        for variant, place in variable.writers.items():
            written = number(picked(values[variant][place], variable.alias))
            result = self._chosen(variant, written, result)
        return result

    def _selected(self, variant: int, value: Node) -> Node:
        """A result where its variant ran, and 0 elsewhere."""
        selected = self._chosen(variant, number(value), self.body.literal(0.0))
        return TABLE["not_equal"](selected, 0.0) if value.dtype == "b" else selected

    def _chosen(self, variant: int, value: Node, other: Node) -> Node:
        """`value` where a variant runs, else `other`."""
        if len(self.found.active[variant]) == self.length:
            return value
        chosen: Node = TABLE["where"](self._runs(variant), value, other)
        return chosen

    def _read(self, variant: int, place: int, position: int) -> Node:
        """A variable where the variant runs, and something harmless elsewhere."""
        variable = self.found.carried[variant, place, position]
        current = self._carry[id(variable)]
        if len(self.found.active[variant]) == self.length:
            return current
        harmless = self._harmless.get((variant, id(variable)))
        if harmless is None:
            row = self.found.slots[variant][place][0]
            value = self.sources.listing.rows[self.sources.listing.rows[row].args[position]].value
            array = np.array(value.force() if type(value) is Lazy else value, dtype=float)
            harmless = self.outside(self.sources.graph.data(array), batched=False)
            self._harmless[variant, id(variable)] = harmless
        chosen: Node = TABLE["where"](self._runs(variant), current, harmless)
        return chosen

    def _runs(self, variant: int) -> Node:
        """Whether a variant runs in this iteration."""
        known = self._ran.get(variant)
        if known is None:
            mask = np.zeros(self.length, np.bool_)
            mask[self.found.active[variant]] = True
            known = self._ran[variant] = self.outside(self.sources.graph.data(mask), batched=True)
        return known

    def _argument(self, key: tuple[int, int, int], own: Sequence[Node], arg: Any) -> Node:
        variant, place, position = key
        if key in self.found.local:
            slot, alias = self.found.local[key]
            return picked(own[slot], alias)
        if key in self.found.carried:
            return self._read(variant, place, position)
        # From outside: where the variant does not run, what it read when it did before.
        rows, active = self.found.slots[variant][place], self.found.active[variant]
        column = [self.sources.listing.rows[row].args[position] for row in rows]
        filled = [column[max(bisect_right(active, turn) - 1, 0)] for turn in range(self.length)]
        if isinstance(arg, Ref):
            return self.outside(*self.sources.operand(filled))
        return self.outside(*self.sources.constants(filled))

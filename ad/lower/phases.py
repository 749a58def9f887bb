"""Phases of a loop: mathematics called for a tile of elements, arithmetic in passes between.

A called function of one vector costs a call, and all registers, for every four elements. Called for
a tile it runs at the speed of a loop of its own. So a loop with such functions works in tiles that
stay in the first-level cache: a pass over the tile leaves the functions' arguments, they are
called, and the next pass reads what they gave. Values that a later pass needs are kept in the
tile's buffers too, unless they are found again in an operation or two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ad import vectormath
from ad.lower.emitter import LANES

if TYPE_CHECKING:
    from collections.abc import Callable

    from ad.graph import Node

# Fewer rows are not worth the passes.
LEAST_ROWS = 16
# Elements of a tile, and the most bytes of all its buffers together.
MOST_ELEMENTS, LEAST_ELEMENTS, BUFFER_BYTES = 256, 64, 24_576
# An expression of so many cheap operations is computed again rather than kept.
CHEAP_OPERATIONS = 2
COSTLY = frozenset(("divide", "sqrt", "where", "power"))

Value = tuple[int, int]  # a node's index, a column


def function_of(node: Node) -> str | None:
    """The function of vector mathematics that a node is, if it is simply one."""
    name = getattr(node.op.native, "function", None)
    return name if name in vectormath.NAMES else None


class Call(NamedTuple):
    """A function called for a tile; its result takes the place of its first argument."""

    name: str
    node: Node
    column: int


class Phases:
    """In which pass over a tile everything is done.

    Parameters
    ----------
    operands : callable
        Of a node and a column: the values that computing them reads, if they are computed in the
        same loop.
    roots : list of lists of (Node, int)
        For each thing the loop leaves, the values it is made of.
    loads : callable
        Of a node: how many loads from scattered places computing it takes.
    limit : int or None
        Elements of a tile, where they are given.

    Attributes
    ----------
    count : int
        Number of passes.
    calls : list of lists of Call
        By pass, what is called after it.
    kept : list of lists of (Node, int)
        By pass, values it leaves for later ones.
    place : list of int
        By root, the pass it is done in.
    buffers : dict
        Buffer of each value that goes through one.
    """

    def __init__(
        self,
        operands: Callable[[Node, int], list[tuple[Node, int]]],
        roots: list[list[tuple[Node, int]]],
        loads: Callable[[Node], int],
        limit: int | None = None,
    ) -> None:
        self._operands, self._loads = operands, loads
        self._phase: dict[Value, int] = {}
        self._order: list[tuple[Node, int]] = []
        for values in roots:
            for node, column in values:
                self._visit(node, column)
        self.place = [max((self._after(*value) for value in values), default=0) for values in roots]
        self.count = 1 + max(self.place, default=0)
        self.calls: list[list[Call]] = [[] for _ in range(self.count)]
        for node, column in self._order:
            name = function_of(node)
            phase = self._phase[node.index, column]
            if name is not None and phase + 1 < self.count:
                self.calls[phase].append(Call(name, node, column))
        self.kept: list[list[tuple[Node, int]]] = [[] for _ in range(self.count)]
        self._last: dict[tuple[int, ...], int] = {}
        self._cost: dict[Value, int] = {}
        self._keep(roots)
        self.buffers = self._assign()
        self.buffer_count = 1 + max(self.buffers.values(), default=-1)
        self.elements = limit or self._elements()

    def is_loaded(self, node: Node, column: int, phase: int) -> bool:
        """Whether a pass reads a value from its buffer."""
        value = (node.index, column)
        return value in self.buffers and phase > self._phase.get(value, phase)

    # ---- where -------------------------------------------------------------------------------

    def _visit(self, node: Node, column: int) -> None:
        stack = [(node, column, False)]
        while stack:
            node, column, done = stack.pop()
            value = (node.index, column)
            if value in self._phase:
                continue
            needed = self._operands(node, column)
            if not done:
                stack.append((node, column, True))
                stack += [(*operand, False) for operand in needed]
                continue
            self._phase[value] = max((self._after(*operand) for operand in needed), default=0)
            self._order.append((node, column))

    def _after(self, node: Node, column: int) -> int:
        """First pass that can use a value."""
        return self._phase[node.index, column] + (function_of(node) is not None)

    # ---- what is kept ------------------------------------------------------------------------

    def _keep(self, roots: list[list[tuple[Node, int]]]) -> None:
        """Find, from the last pass to the first, what each must find in buffers."""
        if self.count == 1:
            return
        for phase in range(self.count - 1, -1, -1):
            here = [values for values, at in zip(roots, self.place, strict=True) if at == phase]
            wanted = [value for values in here for value in values]
            for call in self.calls[phase]:
                wanted += self._operands(call.node, call.column)
            wanted += self.kept[phase]
            self._need(wanted, phase)

    def _need(self, wanted: list[tuple[Node, int]], phase: int) -> None:
        """What a pass computes: walk down to what earlier passes leave."""
        seen: set[Value] = set()
        stack = list(wanted)
        while stack:
            node, column = stack.pop()
            value = (node.index, column)
            if value in seen:
                continue
            seen.add(value)
            made = self._phase[value]
            if function_of(node) is not None and made < phase:
                self._last[value] = max(self._last.get(value, 0), phase)
            elif made < phase and self._again(node, column) > CHEAP_OPERATIONS:
                if value not in self._last:
                    self.kept[made].append((node, column))
                self._last[value] = max(self._last.get(value, 0), phase)
            else:
                stack += self._operands(node, column)

    def _again(self, node: Node, column: int) -> int:
        """Operations of finding a value again from memory and the functions' results."""
        value = (node.index, column)
        known = self._cost.get(value)
        if known is not None:
            return known
        if function_of(node) is not None:
            cost = 0
        else:
            own = 1 + CHEAP_OPERATIONS * (
                self._loads(node) > 0
                or node.op.kind != "elementwise"
                or node.op.name in COSTLY
                or getattr(node.op.native, "function", None) is not None
            )
            parts = self._operands(node, column)
            cost = own + sum(self._again(*part) for part in parts[:4]) + max(len(parts) - 4, 0)
        self._cost[value] = cost
        return cost

    # ---- buffers -----------------------------------------------------------------------------

    def _assign(self) -> dict[tuple[int, ...], int]:
        """A buffer for each value, free again after the last pass that reads it."""
        buffers: dict[tuple[int, ...], int] = {}
        free: list[int] = []
        ending: dict[int, list[int]] = {}
        count = 0
        for phase in range(self.count):
            free += ending.pop(phase - 1, [])
            made = [(call.node.index, call.column) for call in self.calls[phase]]
            made += [(node.index, column) for node, column in self.kept[phase]]
            # The other arguments of functions of several are read once.
            more = [
                (call.node.index, call.column, position)
                for call in self.calls[phase]
                for position in range(1, len(call.node.inputs))
            ]
            for value in (*made, *more):
                if free:
                    buffers[value] = free.pop()
                else:
                    buffers[value], count = count, count + 1
                ending.setdefault(self._last.get(value, phase), []).append(buffers[value])
        return buffers

    def _elements(self) -> int:
        elements = MOST_ELEMENTS
        while elements > LEAST_ELEMENTS and self._bytes(elements) > BUFFER_BYTES:
            elements //= 2
        return elements

    def _bytes(self, elements: int) -> int:
        return 8 * elements * (self.buffer_count + 1)


def whole_vectors(size: int) -> int:
    """`size`, in whole vectors."""
    return -(-size // LANES) * LANES

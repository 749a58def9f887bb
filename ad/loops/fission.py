"""Loop fission: what a scan computes that is not part of a recurrence becomes vector operations.

The body's values are grouped by what depends on what, around the loop too (a carry depends on its
update one step before). A value that is in no cycle is computed for all steps at once; a carry that
only adds something up is a cumulative sum; what is left, a cycle, becomes a scan of its own that
holds nothing else. Derivatives of scans pass through here as well, so of a backward sweep only the
recurrence of the cotangents stays sequential.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, NamedTuple

from ad.batching import batch
from ad.graph import DATA, LITERAL, Graph, Node, reachable
from ad.loops.body import Body, copied, fresh_graph, make_body
from ad.loops.cycles import components
from ad.loops.pieces import joined
from ad.loops.scan import pieces, scan
from ad.op import TABLE, expand, reshape
from ad.ops.reduction import flip, section

if TYPE_CHECKING:
    from collections.abc import Sequence


class Steps(NamedTuple):
    """A value of the body seen from outside: for all steps (a row each), or the same for all."""

    value: Node
    rows: bool


def split(
    *args: Node,
    body: Body,
    length: int,
    carries: int,
    sequences: int,
    reverse: bool,
    core: bool,
) -> Node | None:
    """The scan in pieces: an assembly of vector operations and of scans of its cycles."""
    if core or length == 0:
        return None
    return _Fission(args, body, length, carries, sequences, reverse).result()


class _Fission:
    """One scan being taken apart."""

    def __init__(  # noqa: PLR0917 - as above
        self,
        args: Sequence[Node],
        body: Body,
        length: int,
        carries: int,
        sequences: int,
        reverse: bool,
    ) -> None:
        self.graph: Graph = args[0].graph
        self.body, self.length, self.reverse = body, length, reverse
        self.carries = body.inputs[:carries]
        self.starts = {c.index: start for c, start in zip(self.carries, args, strict=False)}
        self.updates = dict(
            zip((c.index for c in self.carries), body.outputs[:carries], strict=True)
        )
        self.known: dict[int, Steps] = {}
        self.finals: dict[int, Node] = {}  # by the carry's index
        for place, node in enumerate(body.inputs[carries:], carries):
            self.known[node.index] = self._given(args[place], rows=place < carries + sequences)
        self.nodes = _distinct([*body.inputs, *reachable(body.outputs)])
        self.read_by: dict[int, set[int]] = {}
        for node in self.nodes:
            for argument in node.inputs:
                self.read_by.setdefault(argument.index, set()).add(node.index)

    def _given(self, value: Node, rows: bool) -> Steps:
        """An argument; rows that repeat one value are that value."""
        if rows and value.op.name == "broadcast_to":
            source = value.inputs[0]
            if len(source.shape) < len(value.shape) or source.shape[0] == 1 != self.length:
                own = source.shape[1:] if len(source.shape) == len(value.shape) else source.shape
                return Steps(expand(reshape(source, own), value.shape[1:]), False)
        return Steps(value, rows)

    # ---- the cycles, in order ------------------------------------------------------------------

    def result(self) -> Node:
        """Everything, laid out as the scan's result is."""
        by_index = {node.index: node for node in self.nodes}
        edges = {node.index: [argument.index for argument in node.inputs] for node in self.nodes}
        for carry, update in self.updates.items():
            edges[carry] = [update.index]
        for group in components(edges):
            if len(group) > 1 or group[0] in edges[group[0]]:
                self._cycle([by_index[index] for index in sorted(group)])
            elif group[0] not in self.known:
                self._single(by_index[group[0]])
        return self._assembled()

    def _single(self, node: Node) -> None:
        """A value that is in no cycle."""
        if node.op is LITERAL:
            self.known[node.index] = Steps(self.graph.literal(node.value), False)
        elif node.op is DATA:
            self.known[node.index] = Steps(self.graph.data(node.value), False)
        elif node.index in self.updates:
            self._lag(node)
        else:
            arguments = [self.known[argument.index] for argument in node.inputs]
            values = [each.value for each in arguments]
            flags = [each.rows for each in arguments]
            if not any(flags):
                self.known[node.index] = Steps(node.op(*values, **node.params), False)
                return
            value = batch(node.op, values, flags, node.params, self.length)
            if value is None:
                self._scan([node], [])
            else:
                self.known[node.index] = Steps(value, True)

    def _lag(self, carry: Node) -> None:
        """A carry that does not depend on itself: the update of the step before."""
        self._carried(carry, self._rows(self.known[self.updates[carry.index].index]))

    def _carried(self, carry: Node, after: Node) -> None:
        """History and final value of a carry, from its values after each step."""
        start, last = self.starts[carry.index], 0 if self.reverse else self.length - 1
        first = reshape(start, (1, *start.shape))
        others = section(after, 0, 1, self.length) if self.reverse else None
        if others is None:
            others = section(after, 0, 0, self.length - 1)
        parts = [others, first] if self.reverse else [first, others]
        self.known[carry.index] = Steps(joined(parts), True)
        self.finals[carry.index] = reshape(section(after, 0, last, last + 1), start.shape)

    def _cycle(self, group: list[Node]) -> None:
        own = [node for node in group if node.index in self.updates]
        if len(group) == 1:  # carried along as it is
            self.known[own[0].index] = Steps(self.starts[own[0].index], False)
            self.finals[own[0].index] = self.starts[own[0].index]
            return
        added = self._addends(group, own)
        if added is None:
            self._scan([node for node in group if node.index not in self.updates], own)
        else:
            self._sum(own[0], added)

    # ---- sums ----------------------------------------------------------------------------------

    def _addends(self, group: list[Node], own: list[Node]) -> list[tuple[Node, bool]] | None:
        """What a carry adds up, and whether it is subtracted; None where the cycle does more."""
        if len(own) != 1:
            return None
        inside = {node.index for node in group}
        node, added = self.updates[own[0].index], []
        while node is not own[0]:
            if node.op.name not in ("add", "subtract"):
                return None
            left, right = node.inputs
            if left.index in inside and right.index not in inside:
                added.append((right, node.op.name == "subtract"))
                node = left
            elif right.index in inside and left.index not in inside and node.op.name == "add":
                added.append((left, False))
                node = right
            else:
                return None
            if node is not own[0] and self._is_shown(node, inside):
                return None
        return added if len(added) == len(group) - 1 else None

    def _sum(self, carry: Node, added: list[tuple[Node, bool]]) -> None:
        start, update = self.starts[carry.index], self.updates[carry.index]
        terms = [
            -term if minus else term
            for term, minus in ((self._aligned(node, carry), minus) for node, minus in added)
        ]
        value = functools.reduce(operator.add, reversed(terms))
        backwards = flip(value, 0) if self.reverse else value
        running = TABLE["cumsum"](backwards, axis=0)
        running = flip(running, 0) if self.reverse else running
        after = running + start
        self._carried(carry, after)
        self.known[update.index] = Steps(after, True)
        # The total itself is an ordinary sum, which is all that is left where nobody looks between.
        self.finals[carry.index] = start + TABLE["sum"](value, axis=(0,))

    def _aligned(self, node: Node, carry: Node) -> Node:
        """A value's rows, in the shape of the carry."""
        rows = self._rows(self.known[node.index])
        missing = len(carry.shape) + 1 - len(rows.shape)
        shape = (self.length, *(1,) * missing, *rows.shape[1:])
        result: Node = expand(reshape(rows, shape), (self.length, *carry.shape))
        return result

    # ---- what stays a loop -----------------------------------------------------------------------

    def _scan(self, group: list[Node], own: list[Node]) -> None:
        """A scan of one cycle: `own` carries and the other values of `group`."""
        inside = {node.index for node in (*group, *own)}
        group += self._pieces_read(inside)
        graph = fresh_graph()
        known = {carry.index: graph.input(carry.shape) for carry in own}
        rows: list[Node] = []
        fixed: list[Node] = []
        for node in self._operands(group, inside):
            given = self.known[node.index]
            if given.value.op is LITERAL:
                known[node.index] = graph.literal(given.value.value)
            elif given.value.op is not DATA or not self._is_table(node, inside):
                (rows if given.rows else fixed).append(node)
        for node in (*rows, *fixed):
            known[node.index] = graph.input(node.shape, node.dtype)
        updates = [self.updates[carry.index] for carry in own]
        shown = [node for node in group if self._is_shown(node, inside)]
        inputs = [known[node.index] for node in (*own, *rows, *fixed)]
        body = make_body(inputs, copied(graph, [*updates, *shown], known))
        node = scan(
            *(self.starts[carry.index] for carry in own),
            *(self.known[each.index].value for each in (*rows, *fixed)),
            body=body,
            length=self.length,
            carries=len(own),
            sequences=len(rows),
            reverse=self.reverse,
            core=True,
        )
        where = pieces(body, self.length, len(own))
        for carry, final, history in zip(own, where.finals, where.histories, strict=True):
            self.finals[carry.index] = final.of(node)
            self.known[carry.index] = Steps(history.of(node), True)
        for value, result in zip(shown, where.results, strict=True):
            self.known[value.index] = Steps(result.of(node), True)

    def _pieces_read(self, inside: set[int]) -> list[Node]:
        """Parts of the cycle's values that are all that is read of them outside; now inside."""
        more: list[Node] = []
        for node in self.nodes:
            source = node.inputs[0] if node.op.name == "view" else None
            if source is None or source.index not in inside or node.index in inside:
                continue
            whole = any(source is output for output in self.body.outputs)
            if node.size < source.size and not whole and source.index not in self.updates:
                more.append(node)
        inside.update(node.index for node in more)
        return more

    def _operands(self, group: list[Node], inside: set[int]) -> list[Node]:
        found = {a.index: a for node in group for a in node.inputs if a.index not in inside}
        return [found[index] for index in sorted(found)]

    def _is_table(self, node: Node, inside: set[int]) -> bool:
        return node.op is DATA and bool(self.read_by[node.index] & inside)

    def _is_shown(self, node: Node, inside: set[int]) -> bool:
        """Whether a value is read outside its cycle."""
        readers = self.read_by.get(node.index, set())
        return bool(readers - inside) or any(node is output for output in self.body.outputs)

    # ---- the whole -------------------------------------------------------------------------------

    def _rows(self, steps: Steps) -> Node:
        """A row for every step."""
        if steps.rows:
            return steps.value
        shape = (self.length, *steps.value.shape)
        result: Node = TABLE["broadcast_to"](steps.value, shape=shape)
        return result

    def _assembled(self) -> Node:
        parts = [self.finals[carry.index] for carry in self.carries]
        parts += [self._rows(self.known[carry.index]) for carry in self.carries]
        results = self.body.outputs[len(self.carries) :]
        parts += [self._rows(self.known[output.index]) for output in results]
        whole: Node = joined([reshape(part, (part.size,)) for part in parts])
        return whole


def _distinct(nodes: Sequence[Node]) -> list[Node]:
    """Nodes in topological order, each once."""
    by_index = {node.index: node for node in nodes}
    return [by_index[index] for index in sorted(by_index)]

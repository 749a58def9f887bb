"""Scans as native loops.

A small body is written out: its carries live in registers, each step reads its rows and stores what
somebody reads of histories and results. A larger one is a function of its own, called every step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ad.access import resolve
from ad.graph import LITERAL, Node
from ad.loops.scan import Pieces, pieces
from ad.lower.bodies import BodyCall, copy, in_memory
from ad.lower.emitter import Emitter, Operand
from ad.lower.kernels import operand
from ad.lower.lanes import Home, LaneEmitter, rows_of
from ad.lower.unrolled import MOST_OPERATIONS, Elements, cost, elements, unroll
from ad.ops.shape import c_strides

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ad.loops.pieces import Piece
    from ad.lower.program import Program
    from ad.schedule import Schedule


def pieces_read(schedule: Schedule, node: Node, where: Sequence[Piece]) -> list[bool]:
    """Which pieces of a packed result somebody reads."""
    spans = []
    readers = [r for r in schedule.nodes if any(argument is node for argument in r.inputs)]
    for reader in readers:
        if reader.op.name != "view" or reader.params["strides"] != c_strides(reader.shape):
            return [True] * len(where)
        spans.append((reader.params["offset"], reader.params["offset"] + reader.size))
    if node.index in schedule.outputs:
        return [True] * len(where)
    return [
        any(start < piece.offset + piece.size and end > piece.offset for start, end in spans)
        for piece in where
    ]


def scan_code(program: Program, node: Node) -> None:
    """Write the loop that computes a scan into its buffer."""
    body, length = node.params["body"], node.params["length"]
    work = cost(body.outputs, body.inputs)
    where = pieces(body, length, node.params["carries"])
    if length == 0:
        function = program.function
        b = LaneEmitter(function.lines, function.fresh, program.externals, {})
        given = node.inputs[: len(where.finals)]
        starts = [list(scalars(program, start, b).flat) for start in given]
        _store_finals(program, node, where, starts)
        return
    kept = pieces_read(program.schedule, node, (*where.histories, *where.results))
    if work is None or work > MOST_OPERATIONS:
        _called(program, node, where, kept)
    else:
        _Unrolled(program, node, where, kept).write()


class _Unrolled:
    """A scan whose body is written out."""

    def __init__(self, program: Program, node: Node, where: Pieces, kept: Sequence[bool]) -> None:
        self.program, self.node, self.where, self.kept = program, node, where, kept
        self.body, self.length = node.params["body"], node.params["length"]
        self.carries, self.sequences = node.params["carries"], node.params["sequences"]
        self.homes: dict[str, Home] = {}

    def write(self) -> None:
        """The loop, and after it the final carries."""
        program, function, node = self.program, self.program.function, self.node
        last = self.carries + self.sequences
        outside = self._emitter()
        starts = [scalars(program, argument, outside) for argument in node.inputs[: self.carries]]
        rows = [operand(program, argument)[0] for argument in node.inputs[self.carries : last]]
        fixed = {
            own.index: scalars(program, argument, outside)
            for own, argument in zip(self.body.inputs[last:], node.inputs[last:], strict=True)
        }
        with function.loop(self.length, 1) as frame:
            b, t = self._emitter(), frame.counter
            if node.params["reverse"]:
                t = b.write(f"sub nuw nsw i64 {self.length - 1}, {t}")
            known = dict(fixed)
            for own, pointer in zip(self.body.inputs[self.carries : last], rows, strict=True):
                start = _row(b, pointer, t, own.size)
                known[own.index] = _loaded(b, start, own)
            written, found = len(b.lines), dict(known)
            state = [_State(own, function.fresh) for own in self.body.inputs[: self.carries]]
            outputs = self._body(b, state, found)
            if any(own.scattered(b, after) for own, after in zip(state, outputs, strict=False)):
                del b.lines[written:]  # what comes out lane by lane is carried so
                outputs = self._body(b, state, known)
            self._keep(b, t, [*(own.values for own in state), *outputs[self.carries :]])
            after = [[b.number(value) for value in np.ravel(o)] for o in outputs[: self.carries]]
            for own, first, following in zip(state, starts, after, strict=True):
                frame.phis += own.phis(outside, list(np.ravel(first)), b, following)
        _store_finals(program, node, self.where, after)

    def _emitter(self) -> LaneEmitter:
        function, externals = self.program.function, self.program.externals
        return LaneEmitter(function.lines, function.fresh, externals, self.homes)

    def _body(
        self, b: LaneEmitter, state: Sequence[_State], known: dict[int, Elements]
    ) -> list[Elements]:
        for own in state:
            known[own.node.index] = own.begin(b)
        return unroll(b, self.body.outputs, known)

    def _keep(self, b: LaneEmitter, t: str, values: Sequence[Elements]) -> None:
        """Store a row of each history and result that is read."""
        buffer = self.program.buffer(self.node)
        pieces_of = (*self.where.histories, *self.where.results)
        for value, piece, keep in zip(values, pieces_of, self.kept, strict=True):
            if not keep:
                continue
            size = int(np.size(value))
            base = b.write(f"mul i64 {t}, {size}") if size != 1 else t
            flat = [b.number(one) for one in np.ravel(value)]
            for where in rows_of(np.shape(value)):
                at = b.write(f"add i64 {base}, {piece.offset + where.start}")
                place = b.write(f"getelementptr double, ptr {buffer}, i64 {at}")
                b.stored(flat[where], place)


class _State:
    """A carry in registers: vectors of neighbours, or scalars where they come out one by one."""

    def __init__(self, node: Node, fresh: Callable[[], str]) -> None:
        self.node, self._fresh = node, fresh
        self._groups = [(where, where.stop - where.start > 1) for where in rows_of(node.shape)]
        self._names: list[str] = []
        self.values: Elements = None

    def begin(self, b: LaneEmitter) -> Elements:
        """Its elements at the start of a step."""
        lanes: list[Operand] = []
        self._names = []
        for where, together in self._groups:
            names = [self._fresh() for _ in range(1 if together else where.stop - where.start)]
            self._names += names
            if together:
                lanes += b.spread(Operand(names[0]), where.stop - where.start)
            else:
                lanes += map(Operand, names)
        self.values = elements(self.node.shape, lanes.__getitem__)
        return self.values

    def scattered(self, b: LaneEmitter, after: Elements) -> bool:
        """Whether what it becomes does not lie in vectors; it is scalars from now on."""
        flat = list(np.ravel(after))
        kept = [together and not b.effort(flat[where]) for where, together in self._groups]
        changed = kept != [together for _, together in self._groups]
        self._groups = [(where, keep) for (where, _), keep in zip(self._groups, kept, strict=True)]
        return changed

    def phis(
        self,
        outside: LaneEmitter,
        first: Sequence[Operand],
        inside: LaneEmitter,
        following: Sequence[Operand],
    ) -> list[tuple[str, str, str, str]]:
        """Carried values, from those before the loop and those after a step."""
        found, names = [], iter(self._names)
        for where, together in self._groups:
            if together:
                ends = (outside.gathered(first[where]).text, inside.gathered(following[where]).text)
                found.append((next(names), outside.wide.number_type, *ends))
            else:
                pairs = zip(first[where], following[where], strict=True)
                found += [(next(names), "double", one.text, other.text) for one, other in pairs]
        return found


def _row(b: Emitter, pointer: str, t: str, size: int) -> str:
    """Where a row of a sequence begins."""
    base = b.write(f"mul i64 {t}, {size}") if size != 1 else t
    return b.write(f"getelementptr double, ptr {pointer}, i64 {base}")


def _loaded(b: LaneEmitter, start: str, node: Node) -> Elements:
    """Elements of an array in memory."""
    lanes: list[Operand] = []
    for where in rows_of(node.shape):
        place = start
        if where.start:
            place = b.write(f"getelementptr double, ptr {start}, i64 {where.start}")
        if where.stop - where.start > 1:
            lanes += b.loaded(place, where.stop - where.start)
        else:
            lanes.append(Operand(b.write(f"load double, ptr {place}, align 8")))
    return elements(node.shape, lanes.__getitem__)


def scalars(program: Program, node: Node, b: LaneEmitter) -> Elements:
    """Every element of an argument, as numbers."""
    access = resolve(node, node.shape)
    if node.size == 1 or access.source.op is LITERAL:
        one = b.number(program.load(access))
        return elements(node.shape, lambda _: one)
    return _loaded(b, operand(program, node)[0], node)


def _store_finals(
    program: Program, node: Node, where: Pieces, after: Sequence[Sequence[Operand]]
) -> None:
    for piece, values in zip(where.finals, after, strict=True):
        for position, value in enumerate(values):
            program.store(node, piece.offset + position, value)


def _called(program: Program, node: Node, where: Pieces, kept: Sequence[bool]) -> None:
    """A scan whose body is a function: carries lie in memory and are replaced after each call."""
    body, length, function = node.params["body"], node.params["length"], program.function
    carries, last = len(where.finals), len(where.finals) + node.params["sequences"]
    call = BodyCall(program, body, [True] * carries + list(kept[carries:]))
    state = [function.address("%ws", program.reserve(piece.size)) for piece in where.finals]
    b = program.emitter
    for place, (start, own) in enumerate(zip(node.inputs, state, strict=False)):
        copy(program, own, in_memory(program, start), start.size)
        call.point(b, place, own)
    for place, argument in enumerate(node.inputs[last:], last):
        call.give(b, place, argument)
    rows = [in_memory(program, argument) for argument in node.inputs[carries:last]]
    buffer = program.buffer(node)
    with function.loop(length, 1) as frame:
        b, t = program.emitter, frame.counter
        if node.params["reverse"]:
            t = b.write(f"sub nuw nsw i64 {length - 1}, {t}")

        def row(pointer: str, size: int, offset: int = 0) -> str:
            at = b.write(f"mul i64 {t}, {size}")
            at = b.write(f"add i64 {at}, {offset}")
            return b.write(f"getelementptr double, ptr {pointer}, i64 {at}")

        for place, (pointer, own) in enumerate(zip(rows, body.inputs[carries:], strict=False)):
            call.point(b, carries + place, row(pointer, own.size))
        for own, piece, keep in zip(state, where.histories, kept, strict=False):
            if keep:
                size = piece.size // length
                copy(program, row(buffer, size, piece.offset), own, size)
        call.call(b)
        for place, (piece, keep) in enumerate(
            zip(where.results, kept[carries:], strict=True), carries
        ):
            if keep:
                size = piece.size // length
                copy(program, row(buffer, size, piece.offset), call.out(place), size)
        for place, (own, piece) in enumerate(zip(state, where.finals, strict=True)):
            copy(program, own, call.out(place), piece.size)
    for own, piece in zip(state, where.finals, strict=True):
        target = function.address("%ws", program.offset(node) + 8 * piece.offset)
        copy(program, target, own, piece.size)

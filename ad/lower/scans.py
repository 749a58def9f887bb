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
from ad.lower.unrolled import MOST_OPERATIONS, Elements, cost, elements, unroll
from ad.ops.shape import c_strides

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        starts = [list(scalars(program, start).flat) for start in node.inputs[: len(where.finals)]]
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

    def write(self) -> None:
        """The loop, and after it the final carries."""
        program, function, node = self.program, self.program.function, self.node
        last = self.carries + self.sequences
        starts = [scalars(program, argument) for argument in node.inputs[: self.carries]]
        rows = [operand(program, argument)[0] for argument in node.inputs[self.carries : last]]
        known = {
            own.index: scalars(program, argument)
            for own, argument in zip(self.body.inputs[last:], node.inputs[last:], strict=True)
        }
        with function.loop(self.length, 1) as frame:
            b = Emitter(function.lines, function.fresh, program.externals)
            t = frame.counter
            if node.params["reverse"]:
                t = b.write(f"sub nuw nsw i64 {self.length - 1}, {t}")
            state = [
                elements(own.shape, lambda _: Operand(function.fresh()))
                for own in self.body.inputs[: self.carries]
            ]
            known |= zip_known(self.body.inputs, state)
            for own, pointer in zip(self.body.inputs[self.carries : last], rows, strict=True):
                known[own.index] = self._row(b, pointer, t, own)
            outputs = unroll(b, self.body.outputs, known)
            self._keep(b, t, [*state, *outputs[self.carries :]])
            after = [[b.number(value) for value in np.ravel(o)] for o in outputs[: self.carries]]
            for own, start, following in zip(state, starts, after, strict=True):
                for name, first, value in zip(
                    np.ravel(own), np.ravel(start), following, strict=True
                ):
                    frame.phis.append((name.text, "double", first.text, value.text))
        _store_finals(program, node, self.where, after)

    def _row(self, b: Emitter, pointer: str, t: str, own: Node) -> Elements:
        """One row of a sequence."""
        base = b.write(f"mul i64 {t}, {own.size}") if own.size != 1 else t
        start = b.write(f"getelementptr double, ptr {pointer}, i64 {base}")

        def load(position: int) -> Operand:
            place = (
                b.write(f"getelementptr double, ptr {start}, i64 {position}") if position else start
            )
            return Operand(b.write(f"load double, ptr {place}, align 8"))

        return elements(own.shape, load)

    def _keep(self, b: Emitter, t: str, values: Sequence[Elements]) -> None:
        """Store a row of each history and result that is read."""
        buffer = self.program.buffer(self.node)
        pieces_of = (*self.where.histories, *self.where.results)
        for value, piece, keep in zip(values, pieces_of, self.kept, strict=True):
            if not keep:
                continue
            size = int(np.size(value))
            base = b.write(f"mul i64 {t}, {size}") if size != 1 else t
            for position, one in enumerate(np.ravel(value)):
                at = b.write(f"add i64 {base}, {piece.offset + position}")
                place = b.write(f"getelementptr double, ptr {buffer}, i64 {at}")
                b.lines.append(f"  store double {b.number(one).text}, ptr {place}, align 8")


def zip_known(inputs: Sequence[Node], state: Sequence[Elements]) -> dict[int, Elements]:
    """Operands of the first inputs, by index."""
    return {own.index: value for own, value in zip(inputs, state, strict=False)}


def scalars(program: Program, node: Node) -> Elements:
    """Every element of an argument, as numbers."""
    b = program.emitter
    if node.size == 1:
        one = b.number(program.load(resolve(node, node.shape)))
        return elements(node.shape, lambda _: one)
    access = resolve(node, node.shape)
    if access.source.op is LITERAL:
        one = b.number(program.load(access))
        return elements(node.shape, lambda _: one)
    pointer, _ = operand(program, node)

    def load(position: int) -> Operand:
        place = b.write(f"getelementptr double, ptr {pointer}, i64 {position}")
        return Operand(b.write(f"load double, ptr {place}, align 8"))

    return elements(node.shape, load)


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

"""Functions of loops and branches: a program that finds its inputs through a table of pointers.

The caller keeps the table in its workspace: first the addresses of the inputs, which it may move
along from step to step, then the tables of positions the body reads. Outputs are written one after
another, so inputs may be overwritten with them once the call is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.access import resolve
from ad.graph import LITERAL, Node
from ad.loops.body import rewritten
from ad.lower.kernels import operand
from ad.lower.layout import DOUBLE, Slot
from ad.lower.program import Code, Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.loops.body import Body
    from ad.lower.emitter import Emitter


class BodyProgram(Program):
    """Program of a body; its text becomes part of the module of the program that calls it."""

    exported = False

    def __init__(self, inputs: Sequence[Node], outputs: Sequence[Node], caller: Program) -> None:
        root = caller.root
        self.name = f"body{len(root.bodies)}"
        root.bodies.append("")  # the name is taken
        self._place = len(root.bodies) - 1
        self._inputs = {node.index: place for place, node in enumerate(inputs)}
        super().__init__(inputs[0] if inputs else outputs[0], outputs, without=caller.without)
        self.root, self.externals, self.library = root, root.externals, root.library

    def _part(self, number: int) -> str:
        return f"{self.name}_part{number}"

    def _lay_out_input(self) -> None:
        """Nothing: inputs lie with the caller."""

    def _take_input(self) -> None:
        """Nothing, as above."""

    def write(self) -> Code:
        """Its functions go to the root's module."""
        self.root.bodies[self._place] = self.definitions()
        return self.code("")

    def buffer(self, node: Node) -> str:
        """Pointer to a node's elements."""
        place = self._inputs.get(node.index)
        return super().buffer(node) if place is None else self.function.slot(place)

    def has_buffer(self, node: Node) -> bool:
        """Whether a node's elements lie in memory."""
        return node.index in self._inputs or super().has_buffer(node)

    def place(self, slot: Slot) -> int:
        """Place in the table, behind the inputs."""
        return len(self._inputs) + super().place(slot)


class BodyCall:
    """A body as a function, and the memory it is called with.

    Outputs that are not `kept` are not computed.
    """

    def __init__(self, program: Program, body: Body, kept: Sequence[bool] = ()) -> None:
        inputs, every = rewritten(body, program.outputs[0].graph.laws)
        kept = kept or [True] * len(every)
        outputs = [node for node, keep in zip(every, kept, strict=True) if keep]
        nested = BodyProgram(inputs, outputs, program)
        code = nested.write()
        self.program, self.name = program, nested.name
        self._workspace = program.reserve(code.workspace_bytes // DOUBLE)
        self._table = program.reserve(len(body.inputs) + len(code.slots))
        self._offsets, total = [], 0
        for node, keep in zip(every, kept, strict=True):
            self._offsets.append(total)
            total += node.size if keep else 0
        self._out = program.reserve(total)
        for place, slot in enumerate(code.slots, len(body.inputs)):
            pointer = program.function.slot(program.place(slot))
            self.point(program.emitter, place, pointer)

    def point(self, b: Emitter, place: int, pointer: str) -> None:
        """Say where an input lies."""
        entry = self.program.function.address("%ws", self._table + DOUBLE * place)
        b.lines.append(f"  store ptr {pointer}, ptr {entry}, align 8")

    def give(self, b: Emitter, place: int, node: Node) -> None:
        """Have an input read a node of the calling program."""
        self.point(b, place, in_memory(self.program, node))

    def memory(self) -> list[str]:
        """Pointers to its outputs, its table and its workspace."""
        address = self.program.function.address
        return [address("%ws", at) for at in (self._out, self._table, self._workspace)]

    def call(self, b: Emitter) -> None:
        """Run it."""
        out, table, workspace = self.memory()
        b.write(
            f"call i32 @{self.name}(ptr null, ptr {out}, ptr null, ptr {table}, ptr {workspace})"
        )

    def text(self, tag: str) -> str:
        """The call in a function that is given `memory` as arguments named after `tag`."""
        return f"call i32 @{self.name}(ptr null, ptr %o{tag}, ptr null, ptr %t{tag}, ptr %w{tag})"

    def out(self, which: int) -> str:
        """Where an output is written."""
        return self.program.function.address("%ws", self._out + DOUBLE * self._offsets[which])


def in_memory(program: Program, node: Node) -> str:
    """Pointer to a node's elements, which are put into memory where they are not."""
    if node.size != 1 or (program.has_buffer(node) and node.op is not LITERAL):
        return operand(program, node)[0]
    place = program.function.address("%ws", program.reserve(1))
    b = program.emitter
    value = b.number(program.load(resolve(node, node.shape)))
    b.lines.append(f"  store double {value.text}, ptr {place}, align 8")
    return place


def copy(program: Program, target: str, source: str, size: int) -> None:
    """Copy doubles between places that do not overlap."""
    b = program.emitter
    if size == 1:
        value = b.write(f"load double, ptr {source}, align 8")
        b.lines.append(f"  store double {value}, ptr {target}, align 8")
    elif size:
        program.externals.add("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
        b.lines.append(
            f"  call void @llvm.memcpy.p0.p0.i64(ptr align 8 {target}, ptr align 8 {source}, "
            f"i64 {size * DOUBLE}, i1 false)"
        )

"""A scheduled graph as LLVM IR text.

The text depends on structure and shapes only. Data, tables of positions and the workspace come in
by pointer (`ad.lower.layout`), so one piece of code serves all data of the same shapes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ad.access import Access, resolve
from ad.graph import LITERAL, Node
from ad.lower.emitter import Emitter, Operand, bits
from ad.lower.function import Function
from ad.lower.kernels import kernel_call, operand
from ad.lower.layout import ALIGNMENT, DOUBLE, HEADER_WORDS, Layout, Slot
from ad.lower.loops import LoopWriter
from ad.stages import Stage, is_alias, is_picked

# Straight-line code is cut into functions of about this many lines: code generation is worse than
# linear in a function's length.
FUNCTION_LINES = 1500


@dataclass(frozen=True)
class Code:
    """A program's text and what it needs at run time."""

    text: str
    slots: tuple[Slot, ...]
    workspace_bytes: int
    library: frozenset[str]

    @property
    def lines(self) -> int:
        """Length of the text."""
        return self.text.count("\n")

    @property
    def declared(self) -> list[str]:
        """Functions the text calls and does not define."""
        return re.findall(r"^declare .*@(\w+)\(", self.text, re.MULTILINE)


class Program(Layout):
    """Writes the function of a density, or of any outputs.

    Parameters
    ----------
    input_node : Node
        The flat argument vector.
    outputs : sequence of Node
        Values written one after another to `out`.
    gradient : Node or None
        Vector written to `grad`; with it the one output is a log density, and the status says
        whether it is finite.
    guards : sequence of (Node, bool)
        Conditions, with the answers for which this code is right.
    without : tuple of str
        Passes that are switched off (`ad.passes`).
    """

    name, exported = "wengert_main", True

    def __init__(
        self,
        input_node: Node,
        outputs: Sequence[Node],
        gradient: Node | None = None,
        guards: Sequence[tuple[Node, bool]] = (),
        without: tuple[str, ...] = (),
    ) -> None:
        super().__init__(input_node, outputs, gradient, guards, without)
        self.externals: set[str] = set()
        self.library: set[str] = set()
        self.bodies: list[str] = []  # functions of loops and branches
        self.root: Program = self  # whose module the functions of bodies go to
        self._functions = [Function(self._part(0))]
        self._emitter: Emitter | None = None
        self.stage = 0
        self._scalars: dict[int, tuple[Function, Operand]] = {}
        self._spilled: dict[int, int] = {}
        self._loaded: dict[tuple[int, str], Operand] = {}

    def operand(self, node: Node) -> str:
        """Pointer to the elements of a kernel's contiguous operand."""
        return operand(self, node)[0]

    # ---- scalars -----------------------------------------------------------------------------

    @property
    def function(self) -> Function:
        """The function being written."""
        return self._functions[-1]

    @property
    def emitter(self) -> Emitter:
        """Emitter of scalar code at the current place."""
        function = self.function
        if self._emitter is None or self._emitter.lines is not function.lines:
            self._emitter = Emitter(function.lines, function.fresh, self.externals)
        return self._emitter

    def scalar(self, node: Node) -> Operand:
        """Value of a node of one element."""
        if node.op is LITERAL:
            if node.dtype == "b":
                return self.emitter.condition(bool(node.value))
            return self.emitter.constant(float(node.value))
        known = self._scalars.get(node.index)
        if known is not None:
            home, operand = known
            return operand if home is self.function else self._from_memory(node, home, operand)
        if is_alias(node):
            return self.scalar(node.inputs[0])
        if is_picked(node):
            return self.load(resolve(node, node.shape))
        return self.load(Access(node, "splat"))

    def load(self, access: Access) -> Operand:
        """First element that an access finds, as a scalar."""
        source = access.source
        if source.size == 1 and (source.op is LITERAL or source.index in self._scalars):
            return self.scalar(source)
        if is_alias(source):
            return self.scalar(source.inputs[0])
        if source.size == 1 and is_picked(source) and not self.has_buffer(source):
            return self.load(resolve(source, source.shape))
        b = self.emitter
        base, offset = self.buffer(source), str(access.offset)
        if access.kind == "table":
            table = self.function.slot(self.slot(access.table, "positions"))
            position = b.write(f"load i32, ptr {table}, align 4")
            wide = b.write(f"zext i32 {position} to i64")
            offset = b.write(f"add i64 {wide}, {access.offset}")
        place = b.write(f"getelementptr double, ptr {base}, i64 {offset}")
        return Operand(b.write(f"load double, ptr {place}, align 8"))

    def define(self, node: Node, operand: Operand) -> None:
        """Record the value of a scalar node; store it where kernels or outputs read memory."""
        self._scalars[node.index] = (self.function, operand)
        if node.index in self.schedule.stored:
            self.store(node, 0, operand)

    def store(self, node: Node, position: int, operand: Operand) -> None:
        """Write a scalar to an element of a node's buffer."""
        b = self.emitter
        place = b.write(f"getelementptr double, ptr {self.buffer(node)}, i64 {position}")
        self.function.lines.append(f"  store double {b.number(operand).text}, ptr {place}, align 8")

    def _from_memory(self, node: Node, home: Function, operand: Operand) -> Operand:
        """A scalar that another function computed: it leaves it in the workspace."""
        key = (node.index, self.function.name)
        if key not in self._loaded:
            if node.index not in self._spilled:
                self._spilled[node.index] = self._top
                self._top += DOUBLE
                kind = "i1" if operand.kind == "b" else "double"
                place = home.address("%ws", self._spilled[node.index])
                home.spills.append(f"  store {kind} {operand.text}, ptr {place}, align 8")
            kind = "i1" if operand.kind == "b" else "double"
            place = self.function.address("%ws", self._spilled[node.index])
            # At the entry, so it is there whichever block asks for it.
            name = f"%s{node.index}"
            self.function.entry.append(f"  {name} = load {kind}, ptr {place}, align 8")
            self._loaded[key] = Operand(name, operand.kind)
        return self._loaded[key]

    # ---- the whole ---------------------------------------------------------------------------

    def write(self) -> Code:
        """The module's text."""
        own = self.definitions()
        text = "\n".join([*sorted(self.externals), "", *self.bodies, own, ""])
        return self.code(text)

    def definitions(self) -> str:
        """The program's functions."""
        self._start()
        for stage in self.schedule.stages:
            self._write_stage(stage)
        self._cut(force=True)
        main = self._main()
        return "\n\n".join([*(f.text() for f in self._functions[:-1]), main, ""])

    def code(self, text: str) -> Code:
        """What the module of this text needs at run time."""
        self._top = -(-self._top // ALIGNMENT) * ALIGNMENT
        return Code(text, tuple(self._slot_list), self._top, frozenset(self.library))

    def _take_input(self) -> None:
        """Copy the argument to where vectors may read beyond its end."""
        target = self.function.address("%ws", self._offsets[self.input.index])
        size = self.input.size * DOUBLE
        self.function.lines.append(
            f"  call void @llvm.memcpy.p0.p0.i64(ptr align 64 {target}, ptr align 8 %x, "
            f"i64 {size}, i1 false)"
        )

    def _start(self) -> None:
        copy = "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"
        self.externals.add(copy)
        self._take_input()

    def _clear(self, node: Node) -> None:
        """Fill a node's buffer with zeros."""
        self.externals.add("declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)")
        self.function.lines.append(
            f"  call void @llvm.memset.p0.i64(ptr align 8 {self.buffer(node)}, i8 0, "
            f"i64 {node.size * DOUBLE}, i1 false)"
        )

    def _write_stage(self, stage: Stage) -> None:
        self.stage = stage.time
        for node in self._cleared.get(stage.time, ()):
            self._clear(node)
        # In topological order: a scalar may read an assembly of scalars of the same stage.
        work = [(node.index, node, -1) for node in stage.scalars]
        work += [(assembly.index, assembly, which) for assembly, which in stage.parts]
        for _, node, which in sorted(work, key=lambda item: (item[0], item[2])):
            self._cut()
            if which >= 0:
                part = node.inputs[which]
                value = self.load(resolve(part, part.shape))
                self.store(node, node.params["places"][which][0], value)
            elif is_alias(node):
                self.define(node, self.scalar(node.inputs[0]))
            elif is_picked(node):  # one element that a kernel wants in memory
                self.define(node, self.load(resolve(node, node.shape)))
            else:
                arguments = [self.load(resolve(a, a.shape)) for a in node.inputs]
                self.define(node, node.op.native(self.emitter, *arguments, **node.params))
        for loop in stage.loops.values():
            self._cut()
            LoopWriter(self, loop).write()
        for node in stage.kernels:
            self.library.add(kernel_call(self, node))

    def _cut(self, force: bool = False) -> None:
        """Begin a new function where the current one is long enough."""
        if force or len(self.function.lines) > FUNCTION_LINES:
            self._functions.append(Function(self._part(len(self._functions))))

    def _part(self, number: int) -> str:
        return f"part{number}"

    def _main(self) -> str:
        """The exported function: the parts in order, the outputs, the status."""
        arguments = "ptr %x, ptr %out, ptr %grad, ptr %data, ptr %ws"
        self._functions[-1] = Function(self.name, exported=self.exported)
        main = self.function
        main.lines = [f"  call void @{f.name}({arguments})" for f in self._functions[:-1]]
        position = 0
        for node in self.outputs:
            self._copy_out(node, "%out", position)
            position += node.size
        if self.gradient is not None and self.gradient is not self._straight:
            self._copy_out(self.gradient, "%grad", 0)
        self._write_status(main)
        self._late_loads(main)
        return main.text("i32")

    def _late_loads(self, main: Function) -> None:
        """Loads of scalars must follow the calls that compute them."""
        late = [line for line in main.entry if line.lstrip().startswith("%s")]
        main.entry = [line for line in main.entry if not line.lstrip().startswith("%s")]
        calls = len(self._functions) - 1
        main.lines[calls:calls] = late

    def _copy_out(self, node: Node, target: str, position: int) -> None:
        if node.size == 1:
            b = self.emitter
            value = b.number(self.load(resolve(node, node.shape)))
            place = self.function.address(target, position * DOUBLE)
            self.function.lines.append(f"  store double {value.text}, ptr {place}, align 8")
        elif node.size:
            place = self.function.address(target, position * DOUBLE)
            self.function.lines.append(
                f"  call void @llvm.memcpy.p0.p0.i64(ptr align 8 {place}, "
                f"ptr align 8 {self.buffer(node)}, i64 {node.size * DOUBLE}, i1 false)"
            )

    def _write_status(self, main: Function) -> None:
        b = self.emitter
        status = "0"
        if self.gradient is not None:
            value = b.number(self.load(resolve(self.outputs[0], ())))
            infinity = bits(float("inf"))
            size = b.write(f"call double @llvm.fabs.f64(double {value.text})")
            self.externals.add("declare double @llvm.fabs.f64(double)")
            finite = b.write(f"fcmp olt double {size}, {infinity}")
            outside = b.write(f"fcmp oeq double {value.text}, {bits(-np.inf)}")
            trouble = b.write(f"select i1 {outside}, i32 1, i32 3")
            status = b.write(f"select i1 {finite}, i32 0, i32 {trouble}")
        missed: list[str] = []
        for index, (node, taken) in enumerate(self.guards):
            answer = b.truth(self.load(resolve(node, ())))
            word = b.write(f"zext i1 {answer.text} to i64")
            place = main.address("%ws", (HEADER_WORDS + index) * DOUBLE)
            main.lines.append(f"  store i64 {word}, ptr {place}, align 8")
            missed.append(b.write(f"icmp ne i1 {answer.text}, {str(taken).lower()}"))
        if missed:
            some = missed[0]
            for other in missed[1:]:
                some = b.write(f"or i1 {some}, {other}")
            status = b.write(f"select i1 {some}, i32 2, i32 {status}")
            count = main.address("%ws", DOUBLE)
            main.lines.append(f"  store i64 {len(missed)}, ptr {count}, align 8")
        main.lines.append(f"  ret i32 {status}")

"""A scheduled graph as LLVM IR text.

The text depends on structure and shapes only. Data, tables of positions and the workspace come in
by pointer, so one piece of code serves all data of the same shapes, and its text is its cache key.

Memory: every buffer is padded to whole vectors, so a loop runs in whole vectors; what counts beyond
the end (sums, scatters, stores into a neighbour's place) is masked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ad import memory
from ad.access import Access, resolve
from ad.graph import DATA, LITERAL, Node
from ad.lower.emitter import LANES, Emitter, Operand, bits
from ad.lower.function import Function
from ad.lower.kernels import kernel_call, operand
from ad.lower.loops import LoopWriter
from ad.lower.phases import MOST_ELEMENTS
from ad.schedule import TILE, Schedule, Stage, is_alias, is_picked
from ad.tiling import fuse_products

DOUBLE = 8
ALIGNMENT = 64
# Straight-line code is cut into functions of about this many lines: code generation is worse than
# linear in a function's length.
FUNCTION_LINES = 1500
# Scatters with sums for each lane: at most so many places (16 kB), at least so many elements.
MOST_PRIVATE, LEAST_PRIVATE = 512, 64
HEADER_WORDS = 2  # path, number of guards; then one word per guard


def is_filled(node: Node) -> bool:
    """Whether the parts of an assembly, which lie at disjoint places, are all of it."""
    return sum(part.size for part in node.inputs) == node.size


def padded(size: int) -> int:
    """Bytes of a buffer of `size` doubles, in whole cache lines.

    A vector that begins at the last element of a slice may end three elements behind the buffer.
    """
    return -(-(size + LANES - 1) * DOUBLE // ALIGNMENT) * ALIGNMENT


@dataclass(frozen=True)
class Slot:
    """What a place of the data table points to.

    `layout` is `values` (doubles in order), `positions` (int32) or `tiles` (a matrix in tiles of
    rows, for loops that work in tiles). `values/5` and `positions/5` are tables of five columns,
    column by column. What is `fixed` follows from the structure; the others are data.
    """

    array: Any
    layout: str
    fixed: bool


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


class Program:
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
        self.input, self.outputs, self.gradient, self.guards = input_node, outputs, gradient, guards
        wanted = [*outputs, *([gradient] if gradient is not None else [])]
        self.schedule = Schedule([*wanted, *(node for node, _ in guards)], without)
        if "fuse-products" not in without:
            fuse_products(self.schedule)
        self.externals: set[str] = set()
        self.library: set[str] = set()
        self.bodies: list[str] = []  # functions of loops and branches
        self.root: Program = self  # whose module the functions of bodies go to
        self._slots: dict[Any, int] = {}
        self._slot_list: list[Slot] = []
        self._offsets: dict[int, int] = {}
        # Of sums that each lane has its own of: a vector for each.
        self.partial_sums: dict[int, int] = {}
        self._tile_buffers: list[int] = []
        self._scratch: tuple[int, int] | None = None  # offset and size
        self.without = without
        self._lay_out()
        self._functions = [Function(self._part(0))]
        self._emitter: Emitter | None = None
        self.stage = 0
        self._scalars: dict[int, tuple[Function, Operand]] = {}
        self._spilled: dict[int, int] = {}
        self._loaded: dict[tuple[int, str], Operand] = {}

    # ---- memory ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._top = -(-(HEADER_WORDS + len(self.guards)) * DOUBLE // ALIGNMENT) * ALIGNMENT
        self._lay_out_input()
        stored, used = self.schedule.stored, memory.lifetimes(self.schedule)
        self._straight = self._writes_straight()
        sizes = {
            index: padded(TILE if index in self.schedule.local else node.size)
            for index, node in stored.items()
            if node is not self._straight
        }
        buffers = [(index, used.get(index, (0, 0)), size) for index, size in sizes.items()]
        reuse = "reuse-buffers" not in self.without
        self._offsets.update(memory.place(buffers, self._reserve_bytes, reuse))
        # Assemblies that are not filled by their parts, and scatters, start from zeros.
        self._cleared: dict[int, list[Node]] = {}
        for index, node in stored.items():
            scatter = node.op.kind == "scatter" and not self._is_private(node)
            if scatter or (node.op.kind == "assemble" and not is_filled(node)):
                self._cleared.setdefault(used.get(index, (0, 0))[0], []).append(node)
        for stage in self.schedule.stages:
            for loop in stage.loops.values():
                private = [node for node in loop.scatters if self._is_private(node)]
                for node in (*loop.transposed, *private):
                    self.partial_sums[node.index] = self.reserve(LANES * node.size)

    def _lay_out_input(self) -> None:
        self._offsets[self.input.index] = self.reserve(self.input.size)

    def _is_private(self, node: Node) -> bool:
        """Whether each lane has sums of its own for a scatter.

        Neighbours that add to one place, as in data sorted by group, would wait for each other.
        """
        size, elements = node.size, node.inputs[0].size
        few = size <= MOST_PRIVATE and elements >= max(LEAST_PRIVATE, 16 * size)
        return few and "private-sums" not in self.without

    def _writes_straight(self) -> Node | None:
        """The gradient, where its parts can be written to their places in the result at once."""
        node = self.gradient
        if node is None or node.op.kind not in ("assemble", "scatter") or node.size == 1:
            return None
        read = [other.inputs for other in self.schedule.nodes]
        elsewhere = any(argument is node for inputs in read for argument in inputs)
        return None if elsewhere or any(node is output for output in self.outputs) else node

    def reserve(self, size: int) -> int:
        """Place in the workspace of a buffer of `size` doubles."""
        return self._reserve_bytes(padded(size))

    def _reserve_bytes(self, size: int) -> int:
        offset = self._top
        self._top += size
        return offset

    def scratch(self, size: int) -> str:
        """Pointer to memory of `size` doubles for one kernel, while it runs."""
        if self._scratch is None or self._scratch[1] < size:
            self._scratch = (self.reserve(size), size)
        return self.function.address("%ws", self._scratch[0])

    def tile_buffer(self, number: int) -> str:
        """Pointer to memory of one tile, which any loop may use while it runs."""
        while number >= len(self._tile_buffers):
            self._tile_buffers.append(self.reserve(MOST_ELEMENTS))
        return self.function.address("%ws", self._tile_buffers[number])

    def buffer(self, node: Node) -> str:
        """Pointer to a node's elements."""
        if node.op is DATA:
            return self.function.slot(self.slot(node, "values"))
        if node is self._straight:
            return "%grad"
        return self.function.address("%ws", self._offsets[node.index])

    def offset(self, node: Node) -> int:
        """Where a stored node lies in the workspace, in bytes."""
        return self._offsets[node.index]

    def has_buffer(self, node: Node) -> bool:
        """Whether a node's elements lie in memory."""
        return node.op is DATA or node.index in self._offsets or node is self._straight

    def operand(self, node: Node) -> str:
        """Pointer to the elements of a kernel's contiguous operand."""
        return operand(self, node)[0]

    def slot(self, source: Any, layout: str) -> int:
        """Place in the data table of a data node or a static table."""
        if isinstance(source, Node):
            return self.place(Slot(source.value, layout, fixed=False))
        return self.place(Slot(source, layout, fixed=True))

    def place(self, slot: Slot) -> int:
        """Place in the data table of a slot's content.

        Data are one by their memory: by what is in them, equal data would have other code.
        """
        key = (slot.array.tobytes() if slot.fixed else id(slot.array), slot.layout)
        if key not in self._slots:
            self._slots[key] = len(self._slot_list)
            self._slot_list.append(slot)
        return self._slots[key]

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

"""Vectors of a loop's values: read from memory, or computed where they are wanted.

A vector holds four neighbouring rows of one column of a node's space (`ad.access.Space`); in a flat
space there is one column. What does not change from vector to vector is written before the loop.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ad.access import Access
from ad.graph import DATA, LITERAL, Node
from ad.lower.emitter import LANES, Emitter, Operand
from ad.lower.positions import Positions
from ad.lower.reductions import combined
from ad.stages import is_picked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ad.lower.phases import Phases
    from ad.lower.program import Program
    from ad.stages import Loop

VECTOR = f"<{LANES} x double>"
MASK = f"<{LANES} x i1>"
LANE_NUMBERS = "<" + ", ".join(f"i64 {lane}" for lane in range(LANES)) + ">"


class Values(Positions):
    """Values of one loop, at the place where its body is being written.

    Attributes
    ----------
    counter : str
        The row of a vector's first element.
    local : str
        The same, within a tile.
    column : str or None
        The column, in a loop over columns.
    before : list of list of str
        Lines that run before the loops around the body, outermost first.
    masked : bool
        Whether the vector being written may be the last.
    phases : Phases or None
        How the body is cut into passes over a tile.
    phase : int
        The pass being written.
    """

    def __init__(self, program: Program, work: Loop) -> None:
        self.program, self.schedule, self.work = program, program.schedule, work
        self.function = program.function
        self.size = work.size
        self.before = [self.function.lines]
        self.column: str | None = None
        self.counter = self.local = "0"
        self.mask: str | None = None
        self.masked = True
        self.phases: Phases | None = None
        self.phase = 0
        self._known: dict[Any, Operand] = {}
        self._fixed: list[dict[Any, Operand]] = [{}, {}]  # before the outer loop; inside it

    def begin(self) -> None:
        """Start a body: nothing is known but what is fixed."""
        self.b = Emitter(self.function.lines, self.function.fresh, self.program.externals, LANES)
        self._known = {}
        self.mask = self._mask()

    def begin_column(self, column: str) -> None:
        """Start the next column of a loop over columns."""
        self.column = column
        self.before[1:] = [self.function.lines]
        self._fixed[1] = {}

    # ---- before the loop ---------------------------------------------------------------------

    @contextmanager
    def _outside(self, level: int) -> Iterator[Emitter]:
        """Write before the outermost loop (0), or before the loop inside it (1)."""
        inside, self.function.lines = self.function.lines, self.before[level]
        yield Emitter(self.function.lines, self.function.fresh, self.program.externals, LANES)
        self.function.lines = inside

    def _splat(self, access: Access) -> Operand:
        """One element in all lanes."""
        level = 1 if access.across else 0
        key = (access.source.index, access.offset, access.across)
        known = self._fixed[level].get(key)
        if known is None:
            with self._outside(level) as b:
                scalar = self._scalar(access)
                kind = "double" if scalar.kind == "f" else "i1"
                known = self._fixed[level][key] = Operand(b.splat(scalar.text, kind), scalar.kind)
        return known

    def _scalar(self, access: Access) -> Operand:
        if not access.across:
            return self.program.load(access)
        b, base = self.program.emitter, self.program.buffer(access.source)
        start = self._start(access.offset, access.across)
        place = b.write(f"getelementptr double, ptr {base}, i64 {start}")
        return Operand(b.write(f"load double, ptr {place}, align 8"))

    def _start(self, offset: int, across: int) -> str:
        """Position of the first row, in a loop over columns."""
        key = ("start", offset, across)
        known = self._fixed[1].get(key)
        if known is None:
            with self._outside(1) as b:
                start = b.write(f"mul i64 {self.column}, {across}")
                if offset:
                    start = b.write(f"add i64 {start}, {offset}")
                known = self._fixed[1][key] = Operand(start)
        return known.text

    def _mask(self) -> str | None:
        """Which lanes of the last vector count; None where all do."""
        if self.size % LANES == 0 or not self.masked:
            return None
        b = self.b
        wide = b.splat(self.counter, "i64")
        lanes = b.write(f"add <{LANES} x i64> {wide}, {LANE_NUMBERS}")
        limit = "<" + ", ".join([f"i64 {self.size}"] * LANES) + ">"
        return b.write(f"icmp ult <{LANES} x i64> {lanes}, {limit}")

    # ---- values ------------------------------------------------------------------------------

    def of(self, node: Node, column: int = 0) -> Operand:
        """Vector of a node's elements, from memory or computed, at its own positions."""
        return self.read(self.schedule.whole(node), column)

    def number(self, node: Node, column: int = 0) -> Operand:
        """The same, as numbers."""
        return self.b.number(self.of(node, column))

    def columns(self, node: Node) -> range:
        """Columns that are written out."""
        space = self.schedule.spaces.of(node)
        return range(space.columns if space.unrolled else 1)

    def computed_here(self, node: Node) -> bool:
        """Whether a value is made in this loop rather than read from an earlier one's buffer."""
        if self.schedule.in_memory(node) or node.size == 1:
            return False
        if is_picked(node):
            return any(node is own for own in self.work.stores)
        return self.schedule.time(node) == self.program.stage

    def element(self, node: Node, column: int) -> Operand:
        """Vector of a node's elements, computed here."""
        key = ("value", node.index, column)
        if key not in self._known:
            if self.phases is not None and self.phases.is_loaded(node, column, self.phase):
                value = Operand(self._loaded(self.tile_buffer(node, column), self.local))
            elif is_picked(node):
                value = self.of(node, column)
            elif node.op.kind == "reduction":
                value = self.across(node)
            else:
                arguments = [self.read(access, column) for access in self.schedule.reads(node)]
                value = node.op.native(self.b, *arguments, **node.params)
            self._known[key] = value
        return self._known[key]

    def across(self, node: Node) -> Operand:
        """Reduction over the columns that are written out: one number a row."""
        argument = node.inputs[0]
        values = [self.number(argument, column) for column in self.columns(argument)]
        return combined(self.b, node.op.name, values)

    def tile_buffer(self, node: Node, column: int, argument: int = 0) -> str:
        """Pointer to a value's elements of the tile, or to an argument of its function."""
        assert self.phases is not None
        key = (node.index, column, argument) if argument else (node.index, column)
        return self.program.tile_buffer(self.phases.buffers[key])

    def operands(self, node: Node, column: int) -> list[tuple[Node, int]]:
        """Values of this loop that computing a node's elements reads."""
        if node.op.kind == "reduction":
            argument = node.inputs[0]
            access = self.schedule.whole(argument)
            places = [(access, number) for number in self.columns(argument)]
        else:
            places = [(access, column) for access in self.schedule.reads(node)]
        found = [self.value_at(access, number) for access, number in places]
        return [value for value in found if value is not None]

    def value_at(self, access: Access, column: int) -> tuple[Node, int] | None:
        """The value of this loop that an access finds, if it finds one."""
        source = access.source
        if access.in_step and source.size != 1 and self.computed_here(source):
            return source, 0 if access.kind == "row" else column
        return None

    def scattered_loads(self, node: Node) -> int:
        """How many of a node's arguments are loaded from scattered places."""
        kinds = [access.kind for access in self.schedule.reads(node)]
        return kinds.count("table") + kinds.count("strided")

    def read(self, access: Access, column: int = 0) -> Operand:
        """Vector found through an access."""
        source = access.source
        if source.op is LITERAL:
            make = self.b.condition if source.dtype == "b" else self.b.constant
            return make(source.value)
        value = self.value_at(access, column)
        if value is not None:
            return self.element(*value)
        if self.column is None and access.kind != "table" and not self._turned(access):
            access = access.column(column)
        if source.size == 1:
            access = Access(source, "splat")
        if access.kind == "splat":
            return self._splat(access)
        table = None if access.table is None else self._table_slot(access)
        number = column if table is not None or access.across else 0
        # By the table's slot, not its identity: a table made on the way is soon another's memory.
        key = (source.index, *access[1:4], access.across, table, number)
        if key not in self._known:
            self._known[key] = Operand(self._load(access, number))
        return self._known[key]

    def _load(self, access: Access, column: int) -> str:
        source = access.source
        if self._turned(access):
            turned = self.function.slot(self.program.slot(source, f"values/{access.stride}"))
            return self.vector_at(turned, column * self.size)
        base = self.program.buffer(source)
        if source.index in self.schedule.local:
            return self._loaded(base, self.local)
        if access.kind in ("same", "contiguous", "row"):
            if access.across:
                return self.vector_at(self.place_in_column(base, access), 0)
            return self.vector_at(base, access.offset)
        result = "poison"
        for lane, position in enumerate(self.positions(access, column)):
            place = self.b.write(f"getelementptr double, ptr {base}, i64 {position}")
            one = self.b.write(f"load double, ptr {place}, align 8")
            result = self.b.write(f"insertelement {VECTOR} {result}, double {one}, i32 {lane}")
        return result

    def _turned(self, access: Access) -> bool:
        """Whether data are bound column by column for this access, so that rows are neighbours."""
        return (
            self.column is None and access.same and access.source.op is DATA and access.stride > 1
        )

    def _loaded(self, base: str, position: str) -> str:
        place = self.b.write(f"getelementptr double, ptr {base}, i64 {position}")
        return self.b.write(f"load {VECTOR}, ptr {place}, align 8")

    def place_in_column(self, base: str, access: Access) -> str:
        """Pointer to the first element of the column, in a loop over columns."""
        start = self._start(access.offset, access.across)
        return self.b.write(f"getelementptr double, ptr {base}, i64 {start}")

    def vector_at(self, base: str, offset: int) -> str:
        """Vector at element `offset` + counter."""
        return self.b.write(f"load {VECTOR}, ptr {self.place(base, offset)}, align 8")

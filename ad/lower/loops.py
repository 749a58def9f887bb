"""One loop of the schedule: vectors of four elements, everything of its index space at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ad.access import Access, Affine, access_through, collapsed, resolve
from ad.graph import LITERAL, Node
from ad.lower.emitter import LANES, Emitter, Operand
from ad.lower.tiles import begin_tiles, end_tiles, products, transposed
from ad.schedule import TILE, Loop, in_memory, is_picked

if TYPE_CHECKING:
    from ad.lower.program import Program

VECTOR = f"<{LANES} x double>"
MASK = f"<{LANES} x i1>"
LANE_NUMBERS = "<" + ", ".join(f"i64 {lane}" for lane in range(LANES)) + ">"

# Per reduction: the start, and how two partial results combine.
REDUCTIONS: dict[str, tuple[float, Any]] = {
    "sum": (0.0, lambda b, x, y: b.op("fadd", x, y)),
    "max": (float("-inf"), lambda b, x, y: _extreme(b, "ogt", x, y)),
    "min": (float("inf"), lambda b, x, y: _extreme(b, "olt", x, y)),
}


def _extreme(b: Emitter, predicate: str, x: Operand, y: Operand) -> Operand:
    """Larger (smaller) of two, nan if one is, as NumPy has it."""
    chosen = b.select(b.compare(predicate, x, y), x, y)
    return b.select(b.compare("uno", x, x), x, chosen)


class LoopWriter:
    """Writes one loop into the program's current function."""

    def __init__(self, program: Program, loop: Loop) -> None:
        self.program, self.work = program, loop
        self.function = program.function
        self.size = loop.size
        self._known: dict[Any, Operand] = {}

    def write(self) -> None:
        """The loop, and after it the reductions' results."""
        if self.size == 0:
            for node in self.work.reductions:
                start = self.program.emitter.constant(REDUCTIONS[node.op.name][0])
                self.program.define(node, start)
            return
        self._known.update(self._prepare())
        totals = self._tiles() if self.work.tiled else self._vectors()
        for node, total in zip(self.work.reductions, totals, strict=True):
            self.program.define(node, self._across_lanes(node.op.name, total))

    def _vectors(self) -> list[str]:
        """The loop over all elements; gives the reductions' accumulators."""
        with self.function.loop(self.size, LANES) as frame:
            self.frames, self.counter, self.local_counter = [frame], frame.counter, frame.counter
            return self._body()

    def _tiles(self) -> list[str]:
        """The loop in tiles: products with the tile's rows, its elements, products with them."""
        program, function = self.program, self.function
        begin_tiles(program, self.work)
        with function.loop(self.size, TILE) as outer:
            tile = outer.counter
            products(program, self.work, tile)
            here = Emitter(function.lines, function.fresh, program.externals)
            left = here.write(f"sub i64 {self.size}, {tile}")
            full = here.write(f"icmp ult i64 {left}, {TILE}")
            limit = here.write(f"select i1 {full}, i64 {left}, i64 {TILE}")
            with function.loop(limit, LANES) as inner:
                self.frames, self.local_counter = [outer, inner], inner.counter
                here = Emitter(function.lines, function.fresh, program.externals)
                self.counter = here.write(f"add nuw nsw i64 {tile}, {inner.counter}")
                totals = self._body()
            transposed(program, self.work, tile)
        end_tiles(program, self.work)
        return totals

    def _body(self) -> list[str]:
        """What is done for each vector of elements."""
        # The body goes to another list of lines; what is loop-invariant went before it.
        self.b = Emitter(self.function.lines, self.function.fresh, self.program.externals, LANES)
        self.mask = self._mask()
        for node in self.work.stores:
            self._store(node)
        for assembly, which in self.work.parts:
            self._place_part(assembly, which)
        for node in self.work.scatters:
            self._scatter(node)
        return [self._accumulate(node) for node in self.work.reductions]

    # ---- loop-invariant values ---------------------------------------------------------------

    def _prepare(self) -> dict[Any, Operand]:
        """Splats of all scalars the body reads, written before the loop."""
        splats: dict[Any, Operand] = {}
        seen: set[int] = set()
        roots = [*self.work.reductions, *self.work.scatters, *self.work.stores]
        accesses = [a for node in roots for a in self._reads(node)]
        accesses.extend(self._whole(assembly.inputs[which]) for assembly, which in self.work.parts)
        while accesses:
            access = accesses.pop()
            if access.kind == "splat" or access.source.size == 1:
                key = (access.source.index, access.offset)
                if key not in splats and access.source.op is not LITERAL:
                    splats[key] = self._splat(self.program.load(access))
            elif access.same and access.source.index not in seen:
                seen.add(access.source.index)
                if self._computed_here(access.source):
                    accesses.extend(self._reads(access.source))
        return splats

    def _reads(self, node: Node) -> list[Access]:
        if node.op.kind in ("reduction", "scatter"):
            return [self._whole(node.inputs[0])]
        if is_picked(node):
            return [self._whole(node)]
        return [resolve(argument, node.shape) for argument in node.inputs]

    def _whole(self, node: Node) -> Access:
        return resolve(node, node.shape)

    def _splat(self, scalar: Operand) -> Operand:
        b = Emitter(self.function.lines, self.function.fresh, self.program.externals, LANES)
        element = "double" if scalar.kind == "f" else "i1"
        return Operand(b.splat(scalar.text, element), scalar.kind)

    def _mask(self) -> str | None:
        """Which lanes of the last vector count; None where all do."""
        if self.size % LANES == 0:
            return None
        b = self.b
        wide = b.splat(self.counter, "i64")
        lanes = b.write(f"add <{LANES} x i64> {wide}, {LANE_NUMBERS}")
        limit = "<" + ", ".join([f"i64 {self.size}"] * LANES) + ">"
        return b.write(f"icmp ult <{LANES} x i64> {lanes}, {limit}")

    # ---- values ------------------------------------------------------------------------------

    def _computed_here(self, node: Node) -> bool:
        """Whether a value is made in this loop rather than read from an earlier one's buffer."""
        schedule = self.program.schedule
        if in_memory(node) or node.size == 1:
            return False
        if is_picked(node):
            return any(node is own for own in self.work.stores)
        return schedule.time(node) == self.program.stage

    def _element(self, node: Node) -> Operand:
        """Vector of a node's elements at the counter, computed here."""
        key = ("value", node.index)
        if key not in self._known:
            if is_picked(node):
                self._known[key] = self._read(self._whole(node))
            else:
                arguments = [self._read(resolve(a, node.shape)) for a in node.inputs]
                self._known[key] = node.op.native(self.b, *arguments, **node.params)
        return self._known[key]

    def _read(self, access: Access) -> Operand:
        """Vector found through an access."""
        source = access.source
        if source.op is LITERAL:
            make = self.b.condition if source.dtype == "b" else self.b.constant
            return make(source.value)
        if access.kind == "splat" or source.size == 1:
            return self._known[source.index, access.offset]
        if access.same and self._computed_here(source):
            return self._element(source)
        # By the table's slot, not its identity: a table made on the way is soon another's memory.
        table = None if access.table is None else self.program.slot(access.table, "positions")
        key = (source.index, access.kind, access.offset, access.stride, table)
        if key not in self._known:
            self._known[key] = Operand(self._load(access))
        return self._known[key]

    def _load(self, access: Access) -> str:
        b, base = self.b, self.program.buffer(access.source)
        if access.source.index in self.program.schedule.local:
            place = b.write(f"getelementptr double, ptr {base}, i64 {self.local_counter}")
            return b.write(f"load {VECTOR}, ptr {place}, align 8")
        if access.kind in ("same", "contiguous"):
            place = self._place(base, access.offset)
            return b.write(f"load {VECTOR}, ptr {place}, align 8")
        positions = self._positions(access)
        result = "poison"
        for lane, position in enumerate(positions):
            place = b.write(f"getelementptr double, ptr {base}, i64 {position}")
            one = b.write(f"load double, ptr {place}, align 8")
            result = b.write(f"insertelement {VECTOR} {result}, double {one}, i32 {lane}")
        return result

    def _place(self, base: str, offset: int) -> str:
        """Pointer to element `offset` + counter."""
        at = self.b.write(f"getelementptr double, ptr {base}, i64 {self.counter}")
        return at if offset == 0 else self.b.write(f"getelementptr double, ptr {at}, i64 {offset}")

    def _positions(self, access: Access) -> list[str]:
        """Position of each lane's element."""
        b = self.b
        if access.kind == "strided":
            # Lanes beyond the end read the last element, not what lies behind the buffer.
            positions = []
            for lane in range(LANES):
                index = b.write(f"add i64 {self.counter}, {lane}")
                if self.mask is not None:
                    inside = b.write(f"icmp ult i64 {index}, {self.size}")
                    index = b.write(f"select i1 {inside}, i64 {index}, i64 {self.size - 1}")
                scaled = b.write(f"mul i64 {index}, {access.stride}")
                positions.append(b.write(f"add i64 {scaled}, {access.offset}"))
            return positions
        return [
            b.write(f"add i64 {position}, {access.offset}") if access.offset else position
            for position in self._table(access.table)
        ]

    def _table(self, table: Any) -> list[str]:
        """Entries of a table of positions (padded with its last entry) at the counter."""
        slot = self.program.slot(table, "positions")
        key = ("table", slot)
        if key not in self._known:
            b = self.b
            pointer = self.function.slot(slot)
            at = b.write(f"getelementptr i32, ptr {pointer}, i64 {self.counter}")
            entries = b.write(f"load <{LANES} x i32>, ptr {at}, align 4")
            wide = b.write(f"zext <{LANES} x i32> {entries} to <{LANES} x i64>")
            names = [
                b.write(f"extractelement <{LANES} x i64> {wide}, i32 {lane}")
                for lane in range(LANES)
            ]
            self._known[key] = Operand(" ".join(names))
        return self._known[key].text.split(" ")

    # ---- what the loop leaves ----------------------------------------------------------------

    def _store(self, node: Node) -> None:
        """Keep a node's elements, or the tile's, whose missing rows count as zeros."""
        value, buffer = self._element(node), self.program.buffer(node)
        if node.index not in self.program.schedule.local:
            self._store_vector(buffer, value, masked=False)
            return
        b = self.b
        text = b.number(value).text
        if self.mask is not None:
            zero = b.constant(0.0).text
            text = b.write(f"select {MASK} {self.mask}, {VECTOR} {text}, {VECTOR} {zero}")
        place = b.write(f"getelementptr double, ptr {buffer}, i64 {self.local_counter}")
        b.lines.append(f"  store {VECTOR} {text}, ptr {place}, align 8")

    def _store_vector(self, pointer: str, value: Operand, masked: bool, offset: int = 0) -> None:
        b, place = self.b, self._place(pointer, offset)
        text = b.number(value).text
        if masked and self.mask is not None:
            self.program.externals.add(
                f"declare void @llvm.masked.store.v{LANES}f64.p0({VECTOR}, ptr, i32, {MASK})"
            )
            b.lines.append(
                f"  call void @llvm.masked.store.v{LANES}f64.p0({VECTOR} {text}, ptr {place}, "
                f"i32 8, {MASK} {self.mask})"
            )
        else:
            b.lines.append(f"  store {VECTOR} {text}, ptr {place}, align 8")

    def _place_part(self, assembly: Node, which: int) -> None:
        offset, strides = assembly.params["places"][which]
        part = assembly.inputs[which]
        value = self._read(self._whole(part))
        flat = collapsed(Affine(part.shape, offset, strides))
        buffer = self.program.buffer(assembly)
        if flat.strides == (1,):
            self._store_vector(buffer, value, masked=True, offset=offset)
            return
        access = access_through(assembly, flat)
        self._lanes(buffer, value, self._positions(access), add=False)

    def _scatter(self, node: Node) -> None:
        value = self._read(self._whole(node.inputs[0]))
        self._lanes(self.program.buffer(node), value, self._table(node.inputs[1]), add=True)

    def _lanes(self, buffer: str, value: Operand, positions: list[str], add: bool) -> None:
        """Store lanes one by one, or add them to what is there; later lanes see earlier ones."""
        b, text = self.b, self.b.number(value).text
        if add and self.mask is not None:
            zero = b.constant(0.0).text
            text = b.write(f"select {MASK} {self.mask}, {VECTOR} {text}, {VECTOR} {zero}")
        elif self.mask is not None:
            # Padded positions repeat the last one, so its value is repeated too.
            text = self._last_repeated(text)
        for lane, position in enumerate(positions):
            one = b.lane(text, lane)
            place = b.write(f"getelementptr double, ptr {buffer}, i64 {position}")
            if add:
                old = b.write(f"load double, ptr {place}, align 8")
                one = b.write(f"fadd double {old}, {one}")
            b.lines.append(f"  store double {one}, ptr {place}, align 8")

    def _last_repeated(self, text: str) -> str:
        last = self.b.lane(text, (self.size - 1) % LANES)
        return self.b.write(
            f"select {MASK} {self.mask}, {VECTOR} {text}, {VECTOR} {self.b.splat(last)}"
        )

    def _accumulate(self, node: Node) -> str:
        start, combine = REDUCTIONS[node.op.name]
        b = self.b
        value = b.number(self._read(self._whole(node.inputs[0])))
        if self.mask is not None:
            identity = b.constant(start).text
            text = f"select {MASK} {self.mask}, {VECTOR} {value.text}, {VECTOR} {identity}"
            value = Operand(b.write(text))
        names = [self.function.fresh() for _ in self.frames]
        following = str(combine(b, Operand(names[-1]), value).text)
        # The accumulator passes through every loop: an inner one starts where the outer one is.
        starts = [b.constant(start).text, *names]
        for frame, name, first in zip(self.frames, names, starts, strict=False):
            frame.phis.append((name, VECTOR, first, following))
        return following

    def _across_lanes(self, name: str, total: str) -> Operand:
        """The lanes of an accumulator combined, pairwise, in a fixed order."""
        wide = Emitter(self.function.lines, self.function.fresh, self.program.externals, LANES)
        lanes = [Operand(wide.lane(total, lane)) for lane in range(LANES)]
        b, combine = self.program.emitter, REDUCTIONS[name][1]
        return combine(b, combine(b, lanes[0], lanes[1]), combine(b, lanes[2], lanes[3]))  # type: ignore[no-any-return]

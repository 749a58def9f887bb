"""What a loop leaves behind: stored values, parts of assemblies, scatters and reductions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ad.access import Access, Affine, access_in, access_through, tabled, whole
from ad.lower.emitter import LANES, Operand
from ad.lower.reductions import REDUCTIONS, log1p_starts, log1p_step
from ad.lower.tiles import partial_sums
from ad.lower.values import MASK, VECTOR

if TYPE_CHECKING:
    from ad.graph import Node
    from ad.lower.function import Frame
    from ad.lower.phases import Phases
    from ad.lower.program import Program
    from ad.lower.values import Values


class Job(NamedTuple):
    """One thing a loop leaves, for one column; `which` is the argument of its node."""

    kind: str
    node: Node
    column: int
    which: int = 0


# An accumulator of a loop: what is reduced, in which column (None: in all), and its vector.
Total = tuple["Node", int | None, str]


class Results:
    """Writes what is done for each vector of elements, into the body of a loop."""

    def __init__(self, program: Program, values: Values) -> None:
        self.program, self.values, self.schedule = program, values, program.schedule
        self.size = values.size

    def write(self, jobs: list[Job], frames: list[Frame]) -> list[Total]:
        """The body of the loops of `frames`, outermost first; gives the accumulators."""
        self.frames = frames
        self.values.begin()
        self.b, self.mask = self.values.b, self.values.mask
        if self.values.phases is not None:
            self._fill_buffers(self.values.phases)
        totals: list[Total] = []
        for kind, node, column, which in jobs:
            if kind == "store":
                self._store(node, column)
            elif kind == "part":
                self._place_part(node, which, column)
            elif kind == "scatter":
                self._scatter(node, column)
            elif kind == "axis sum":
                totals += self._axis_sum(node, column)
            elif node.op.name == "log1p_sum":
                totals += [(node, None, name) for name in self._log1p_sum(node)]
            else:
                value = self.values.across(node)
                totals.append((node, None, self._accumulate(node.op.name, value, self.frames)))
        return totals

    def _fill_buffers(self, phases: Phases) -> None:
        """Leave what the functions called after this pass need, and what later passes need."""
        values, phase = self.values, self.values.phase
        for call in phases.calls[phase]:
            for position, access in enumerate(self.schedule.reads(call.node)):
                value = values.read(access, call.column)
                self._store_here(values.tile_buffer(call.node, call.column, position), value)
        for node, column in phases.kept[phase]:
            self._store_here(values.tile_buffer(node, column), values.element(node, column))

    def _store_here(self, buffer: str, value: Operand) -> None:
        """Store a vector in a buffer of the tile."""
        b, text = self.b, self.b.number(value).text
        place = b.write(f"getelementptr double, ptr {buffer}, i64 {self.values.local}")
        b.lines.append(f"  store {VECTOR} {text}, ptr {place}, align 8")

    def _store(self, node: Node, column: int) -> None:
        """Keep a node's elements, or the tile's, whose missing rows count as zeros."""
        value, buffer = self.values.element(node, column), self.program.buffer(node)
        space = self.schedule.spaces.of(node)
        if node.index in self.schedule.local:
            self._store_local(buffer, value)
        elif space.flat:
            self._store_vector(buffer, value, masked=False)
        else:
            # A loop over columns overwrites what it wrote beyond a column's end with the next one.
            access = access_in(node, whole(node.shape), space)
            self._put(access, value, column, space.unrolled)

    def _put(self, access: Access, value: Operand, column: int, masked: bool) -> None:
        """Store a column's elements at their positions."""
        buffer = self.program.buffer(access.source)
        if access.kind != "table" and self.values.column is None:
            access = access.column(column)
        if access.kind in ("same", "contiguous") and access.stride == 1:
            if access.across:
                place = self.values.place_in_column(buffer, access)
                self._store_vector(place, value, masked)
            else:
                self._store_vector(buffer, value, masked, access.offset)
        else:
            positions = self.values.positions(access._replace(kind=_indexed(access)), column)
            self._lanes(buffer, value, positions, add=False)

    def _store_local(self, buffer: str, value: Operand) -> None:
        b = self.b
        text = b.number(value).text
        if self.mask is not None:
            zero = b.constant(0.0).text
            text = b.write(f"select {MASK} {self.mask}, {VECTOR} {text}, {VECTOR} {zero}")
        self._store_here(buffer, Operand(text))

    def _store_vector(self, buffer: str, value: Operand, masked: bool, offset: int = 0) -> None:
        b, text = self.b, self.b.number(value).text
        place = self.values.place(buffer, offset)
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

    def _place_part(self, assembly: Node, which: int, column: int) -> None:
        offset, strides = assembly.params["places"][which]
        part = assembly.inputs[which]
        space, pattern = self.schedule.spaces.of(part), Affine(part.shape, offset, strides)
        access = (
            access_through(assembly, pattern) if space.flat else access_in(assembly, pattern, space)
        )
        self._put(access, self.values.of(part, column), column, masked=True)

    def _scatter(self, node: Node, column: int) -> None:
        argument, table = node.inputs
        access = tabled(node, table, self.schedule.spaces.of(argument))
        positions = self.values.positions(access, column)
        value = self.values.of(argument, column)
        if node.index in self.program.partial_sums:
            buffer, own = partial_sums(self.program, node), []
            for lane, position in enumerate(positions):
                first = self.b.write(f"shl i64 {position}, {LANES.bit_length() - 1}")
                own.append(self.b.write(f"or i64 {first}, {lane}"))
            positions = own
        else:
            buffer = self.program.buffer(node)
        self._lanes(buffer, value, positions, add=True)

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

    # ---- reductions --------------------------------------------------------------------------

    def _axis_sum(self, node: Node, column: int) -> list[Total]:
        """A reduction over an axis whose result goes to memory; gives accumulators over rows."""
        name, argument = node.op.name, node.inputs[0]
        if self.schedule.spaces.reduced(node) == "across":
            if self.values.column is None:
                self._store_vector(self.program.buffer(node), self.values.across(node), False)
            else:
                buffer = self.program.buffer(node)
                old = Operand(self.values.vector_at(buffer, 0))
                new = REDUCTIONS[name][1](self.b, old, self.values.number(argument))
                self._store_vector(buffer, new, masked=False)
            return []
        frames = self.frames if self.values.column is None else self.frames[1:]
        value = self.values.number(argument, column)
        return [(node, column, self._accumulate(name, value, frames))]

    def _accumulate(self, name: str, value: Operand, frames: list[Frame]) -> str:
        start, combine = REDUCTIONS[name]
        value = self._only_here(value, start)
        names = self._names(frames)
        following = str(combine(self.b, Operand(names[-1]), value).text)
        self._carry(frames, names, VECTOR, self.b.constant(start).text, following)
        return following

    def _log1p_sum(self, node: Node) -> list[str]:
        starts = log1p_starts(self.b)
        names = [self._names(self.frames) for _ in starts]
        after = [each[-1] for each in names]
        for column in self.values.columns(node.inputs[0]):
            value = self._only_here(self.values.number(node.inputs[0], column), 0.0)
            after = log1p_step(self.b, after, value)
        for (kind, start), own, following in zip(starts, names, after, strict=True):
            self._carry(self.frames, own, kind, start, following)
        return after

    def _only_here(self, value: Operand, neutral: float) -> Operand:
        """A vector with what adds nothing beyond the loop's end."""
        if self.mask is None:
            return value
        text = f"{VECTOR} {value.text}, {VECTOR} {self.b.constant(neutral).text}"
        return Operand(self.b.write(f"select {MASK} {self.mask}, {text}"))

    def _names(self, frames: list[Frame]) -> list[str]:
        """An accumulator's names, in each of the loops."""
        return [self.program.function.fresh() for _ in frames]

    @staticmethod
    def _carry(
        frames: list[Frame], names: list[str], kind: str, start: str, following: str
    ) -> None:
        """Pass an accumulator through the loops: an inner one starts where the outer one is."""
        for frame, name, first in zip(frames, names, [start, *names], strict=False):
            frame.phis.append((name, kind, first, following))


def _indexed(access: Access) -> str:
    """Kind of an access whose positions are worked out lane by lane."""
    return "table" if access.kind == "table" else "strided"

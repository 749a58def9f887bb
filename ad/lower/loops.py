"""One loop of the schedule: vectors of four elements, everything of its index space at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad import vectormath
from ad.lower.emitter import LANES, Emitter, Operand
from ad.lower.phases import LEAST_ROWS, Call, Phases, whole_vectors
from ad.lower.reductions import REDUCTIONS, combined, log1p_end
from ad.lower.results import Job, Results, Total
from ad.lower.tiles import begin_sums, end_sums, products, transposed
from ad.lower.values import VECTOR, Values
from ad.stages import TILE, Loop

if TYPE_CHECKING:
    from ad.graph import Node
    from ad.lower.function import Frame
    from ad.lower.program import Program


# Loops of at least so many elements are written a second time, for the last vector.
PEELED = 100


class LoopWriter:
    """Writes one loop into the program's current function."""

    def __init__(self, program: Program, loop: Loop) -> None:
        self.program, self.work, self.schedule = program, loop, program.schedule
        self.function = program.function
        self.size = loop.size
        self.values = Values(program, loop)
        self.results = Results(program, self.values)

    def write(self) -> None:
        """The loop, and after it the reductions' results."""
        if self.size == 0:
            for node in self.work.reductions:
                start = self.program.emitter.constant(REDUCTIONS[node.op.name][0])
                self.program.define(node, start)
            return
        self._plan()
        begin_sums(self.program, self.work)
        if self.work.passes > 1:
            totals = self._columns()
        else:
            totals = self._tiles() if self.work.tiled else self._rows([])
        end_sums(self.program, self.work)
        following = iter(totals)
        for node, column, total in following:
            if node.op.name == "log1p_sum":  # of several accumulators
                names = [total, next(following)[2], next(following)[2]]
                self.program.define(node, log1p_end(self.program.emitter, names))
                continue
            result = self._across_lanes(node.op.name, total)
            if column is None:
                self.program.define(node, result)
            else:
                self.program.store(node, column, result)

    def _plan(self) -> None:
        """List what the loop leaves, and find in which pass over a tile it does."""
        work, columns = self.work, self.values.columns
        self.jobs: list[Job] = []
        for node in work.stores:
            self.jobs += [Job("store", node, column) for column in columns(node)]
        for assembly, which in work.parts:
            part = assembly.inputs[which]
            self.jobs += [Job("part", assembly, column, which) for column in columns(part)]
        for node in work.scatters:
            self.jobs += [Job("scatter", node, column) for column in columns(node.inputs[0])]
        for node in work.axis_sums:
            whole_rows = self.schedule.spaces.reduced(node) == "across"
            over = [0] if whole_rows else columns(node.inputs[0])
            self.jobs += [Job("axis sum", node, column) for column in over]
        self.jobs += [Job("reduction", node, 0) for node in work.reductions]
        if "called-mathematics" in self.program.without or self.size < LEAST_ROWS:
            return
        roots = [self._made_of(job) for job in self.jobs]
        limit = TILE if work.tiled else None
        phases = Phases(self.values.operands, roots, self.values.scattered_loads, limit)
        if phases.count > 1:
            self.values.phases = phases

    def _made_of(self, job: Job) -> list[tuple[Node, int]]:
        """Values of the loop that a job reads."""
        values, node = self.values, job.node
        if job.kind == "store":
            return [(node, job.column)]
        argument = node.inputs[job.which]
        columns = [job.column]
        if job.kind == "reduction" or self.schedule.spaces.reduced(node) == "across":
            columns = list(values.columns(argument))
        access = self.schedule.whole(argument)
        found = [values.value_at(access, column) for column in columns]
        return [value for value in found if value is not None]

    # ---- around the body ---------------------------------------------------------------------

    def _rows(self, outside: list[Frame]) -> list[Total]:
        """The loop over all rows; gives the accumulators."""
        phases = self.values.phases
        if phases is None:
            if self.size % LANES and self.size >= PEELED and not outside:
                return self._rows_and_last()
            with self.function.loop(self.size, LANES) as frame:
                self.values.counter = self.values.local = frame.counter
                return self.results.write(self.jobs, [*outside, frame])
        if self.size <= phases.elements:
            return self._passes(outside, None, self.size)
        with self.function.loop(self.size, phases.elements) as outer:
            limit = self._limit(outer, phases.elements)
            return self._passes([*outside, outer], outer.counter, limit)

    def _rows_and_last(self) -> list[Total]:
        """The loop over all whole vectors, without masks, and the last vector after it."""
        values, whole = self.values, self.size - self.size % LANES
        values.masked = False
        with self.function.loop(whole, LANES) as frame:
            values.counter = values.local = frame.counter
            totals = self.results.write(self.jobs, [frame])
        values.masked = True
        with self.function.loop(1, LANES) as last:
            values.counter = values.local = str(whole)
            ends = self.results.write(self.jobs, [last])
            last.phis[:] = [
                (name, kind, total, following)
                for (name, kind, _, following), (_, _, total) in zip(last.phis, totals, strict=True)
            ]
        return ends

    def _limit(self, outer: Frame, elements: int) -> str:
        """Elements of a tile: fewer in the last."""
        here = self._emitter()
        left = here.write(f"sub i64 {self.size}, {outer.counter}")
        full = here.write(f"icmp ult i64 {left}, {elements}")
        return here.write(f"select i1 {full}, i64 {left}, i64 {elements}")

    def _passes(self, outside: list[Frame], tile: str | None, limit: str | int) -> list[Total]:
        """The passes over a tile, and the functions called between them."""
        totals: list[Total] = []
        phases = self.values.phases
        for phase in range(1 if phases is None else phases.count):
            self.values.phase = phase
            jobs = self.jobs
            if phases is not None:
                places = zip(self.jobs, phases.place, strict=True)
                jobs = [job for job, place in places if place == phase]
            with self.function.loop(limit, LANES) as inner:
                self.values.local = self.values.counter = inner.counter
                if tile is not None:
                    self.values.counter = self._emitter().write(
                        f"add nuw nsw i64 {tile}, {inner.counter}"
                    )
                totals += self.results.write(jobs, [*outside, inner])
            if phases is not None:
                self._call(phases.calls[phase], limit)
        order = {id(node): place for place, node in enumerate(self.work.reductions)}
        return sorted(totals, key=lambda total: order.get(id(total[0]), -1))

    def _call(self, calls: list[Call], limit: str | int) -> None:
        """Functions of the tile's elements, in whole vectors."""
        if not calls:
            return
        size = str(whole_vectors(limit)) if isinstance(limit, int) else ""
        if not size:
            here = self._emitter()
            size = here.write(f"and i64 {here.write(f'add i64 {limit}, {LANES - 1}')}, {-LANES}")
        for call in calls:
            self.program.externals.add(vectormath.declarations([call.name]).strip())
            out = self.values.tile_buffer(call.node, call.column)
            buffers = [out, out]
            buffers += [
                self.values.tile_buffer(call.node, call.column, position)
                for position in range(1, len(call.node.inputs))
            ]
            listed = ", ".join(f"ptr {buffer}" for buffer in buffers)
            self.function.lines.append(f"  call void @w_tile_{call.name}({listed}, i64 {size})")

    def _tiles(self) -> list[Total]:
        """The loop in tiles: products with the tile's rows, its elements, products with them."""
        program, function = self.program, self.function
        with function.loop(self.size, TILE) as outer:
            products(program, self.work, outer.counter)
            totals = self._passes([outer], outer.counter, self._limit(outer, TILE))
            transposed(program, self.work, outer.counter)
        return totals

    def _columns(self) -> list[Total]:
        """A loop over the columns of the space, and in it one over the rows."""
        for node in self.work.axis_sums:
            if self.schedule.spaces.reduced(node) == "across":
                self._fill(node)
        with self.function.loop(self.work.passes, 1) as outer:
            self.values.begin_column(outer.counter)
            totals = self._rows([outer])
            for node, column, total in totals:
                if column is not None:
                    self._store_at(node, outer.counter, total)
        return [total for total in totals if total[1] is None]

    def _fill(self, node: Node) -> None:
        """Start a reduction over columns, whose result is in memory."""
        start = self._emitter().constant(REDUCTIONS[node.op.name][0])
        buffer = self.program.buffer(node)
        with self.function.loop(node.size, LANES) as frame:
            place = self._emitter().write(
                f"getelementptr double, ptr {buffer}, i64 {frame.counter}"
            )
            self.function.lines.append(f"  store {VECTOR} {start.text}, ptr {place}, align 8")

    def _store_at(self, node: Node, position: str, total: str) -> None:
        result = self._across_lanes(node.op.name, total)
        place = self._emitter().write(
            f"getelementptr double, ptr {self.program.buffer(node)}, i64 {position}"
        )
        self.function.lines.append(f"  store double {result.text}, ptr {place}, align 8")

    def _emitter(self) -> Emitter:
        return Emitter(self.function.lines, self.function.fresh, self.program.externals, LANES)

    def _across_lanes(self, name: str, total: str) -> Operand:
        """The lanes of an accumulator combined, pairwise, in a fixed order."""
        wide = self._emitter()
        lanes = [Operand(wide.lane(total, lane)) for lane in range(LANES)]
        return combined(self.program.emitter, name, lanes)

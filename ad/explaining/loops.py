"""The loops of compiled code: what each computes, how many bytes it moves, what it should take."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ad.explaining.counts import bodies, operations, total, transcendental
from ad.explaining.latency import critical_path
from ad.graph import LEAVES, Node, reachable
from ad.stages import is_kernel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ad.explaining.limits import Limits
    from ad.schedule import Schedule
    from ad.stages import Loop, Stage


class Part(NamedTuple):
    """A loop, or a library kernel, or all scalars of a stage.

    Attributes
    ----------
    what : str
        Its kind and the operations in it.
    size : int
        Elements it goes over.
    arithmetic, transcendental : int
        Operations of each kind.
    bytes : int
        Read and written, each place once.
    serial : bool
        Whether a step needs the one before.
    cycles : float
        That a loop takes at least because its steps wait for each other (`critical_path`).
    """

    what: str
    size: int
    arithmetic: int
    transcendental: int
    bytes: int
    serial: bool = False
    cycles: float = 0.0

    def limit(self, limits: Limits) -> float:
        """Least time in nanoseconds: of its operations, its bytes or its longest chain."""
        alone = self.size == 1 and not self.serial
        each = limits.scalar if alone else limits.arithmetic
        work = self.arithmetic * each + self.transcendental * limits.transcendental
        return max(work, self.bytes * limits.byte, self.waiting(limits))

    def waiting(self, limits: Limits) -> float:
        """Least time in nanoseconds of the chain of operations from step to step."""
        return self.cycles * limits.cycle


def parts(schedule: Schedule) -> list[Part]:
    """Everything the program does, in order."""
    found = []
    for stage in schedule.stages:
        if stage.scalars:
            found.append(_part("scalars", 1, stage.scalars, 0))
        found += [_loop(schedule, stage, loop) for loop in stage.loops.values()]
        found += [_kernel(node) for node in stage.kernels]
    return found


def _loop(schedule: Schedule, stage: Stage, loop: Loop) -> Part:
    fused = [
        node
        for node in schedule.nodes
        if node.op.kind == "elementwise"
        and node.size != 1
        and schedule.is_placed(node)
        and schedule.time(node) == stage.time
        and schedule.spaces.of(node).rows == loop.size
        and schedule.spaces.of(node).passes == loop.passes
    ]
    size = max(loop.size * loop.passes, *(node.size for node in fused), 0)
    own = {node.index for node in fused}
    ends = [*loop.reductions, *loop.scatters, *loop.axis_sums]
    products = [*loop.products, *loop.transposed]
    moved: dict[tuple[int, str], int] = {}
    for node in (*fused, *ends, *loop.stores):
        for access in schedule.reads(node):
            source = access.source
            if source.index not in own and access.kind != "splat":
                moved[source.index, "read"] = 8 * min(source.size, size)
            if access.table is not None:
                moved[id(access.table), "table"] = 4 * size
    for node in (*loop.stores, *loop.scatters, *loop.axis_sums):
        moved[node.index, "write"] = 8 * node.size
    for assembly, which in loop.parts:
        moved[assembly.index, f"part {which}"] = 8 * assembly.inputs[which].size
    for node in products:  # a tile is read once for all
        matrix = node.inputs[0]
        source = matrix.inputs[0] if matrix.op.kind == "view" else matrix
        moved[source.index, "read"] = 8 * source.size
    return _part("loop", size, [*fused, *ends, *products], sum(moved.values()))


def _kernel(node: Node) -> Part:
    moved = 8 * (node.size + sum(a.size for a in node.inputs if a.op not in LEAVES or a.size > 1))
    what = "kernel" if is_kernel(node) else node.op.kind
    return _part(what, node.size, [node], moved)


def _part(what: str, size: int, nodes: list[Node], moved: int) -> Part:
    heavy = sum(map(transcendental, nodes))
    listed = _listed(nodes) or ("copies" if what == "loop" else "")
    serial = any(map(bodies, nodes))
    label = f"{what}: {listed}" if listed else what
    cycles = sum(map(critical_path, nodes))
    return Part(label, size, total(nodes) - heavy, heavy, moved, serial, cycles)


def _listed(nodes: Iterable[Node]) -> str:
    """Names of operations with their numbers; those of a loop's step after its own."""
    names: dict[str, int] = {}
    for node in nodes:
        inside = [_listed(reachable(body.outputs)) for body in bodies(node)]
        name = f"{node.op.name} of ({' or '.join(inside)})" if inside else node.op.name
        if operations(node):
            names[name] = names.get(name, 0) + 1
    return ", ".join(f"{name} {n}" if n > 1 else name for name, n in names.items())

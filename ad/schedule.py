"""The schedule: which loop computes what, in which order.

Time runs in stages. In a stage first scalars are computed, then *blocks*: loops, and library
kernels such as matrix products. A loop works through one index space (a number of elements) and
carries all element-wise work, full reductions, scatters and stores of that space and stage, without
temporaries. What another loop needs later, or reads at other positions, is stored in the workspace.

Nodes are scheduled as early as their arguments allow, and element-wise work is then moved as late
as its readers allow, so that it meets them in one loop where it can.
"""

from collections.abc import Sequence

from ad.access import Access, affine_of, collapsed, is_run, locate, resolve
from ad.graph import LEAVES, Node, reachable
from ad.spaces import Spaces, in_order
from ad.stages import (
    Loop,
    Stage,
    in_memory,
    is_full,
    is_kernel,
    is_picked,
    takes_strides,
    unreshaped,
)


class Schedule:
    """Stages of a program.

    Parameters
    ----------
    outputs : sequence of Node
        What the program must compute; those of more than one element are stored.
    without : tuple of str
        Passes that are switched off (`ad.passes`).

    Attributes
    ----------
    stages : list of Stage
    stored : dict
        Nodes with a buffer in the workspace, by index, in topological order.
    """

    def __init__(self, outputs: Sequence[Node], without: tuple[str, ...] = ()) -> None:
        self.nodes = reachable(outputs)
        self.outputs = {node.index for node in outputs}
        self.spaces = spaces = Spaces(self.nodes, "two-dimensional" not in without)
        lying = [node for node in self.nodes if in_memory(node)]  # asked for at every turn
        self._lying = {node.index for node in lying if not spaces.is_row_value(node)}
        self._reads: dict[int, list[Access]] = {}
        self._time: dict[int, int] = {}
        self._stored: set[int] = {node.index for node in outputs if node.size != 1}
        for node in outputs:  # one element picked from a loop's value: that must lie in memory
            source = locate(node, node.shape).source
            if node.size == 1 and source.size != 1 and not self.in_memory(source):
                self._stored.add(source.index)
        self._find_stored()
        for node in self.nodes:
            self._place_early(node)
        self._place_late()
        self._store_across_stages()
        self.stored = {
            node.index: node
            for node in self.nodes
            if node.index in self._stored or (self.in_memory(node) and node.op not in LEAVES)
        }
        self.stages = self._collect()
        self.local: set[int] = set()  # nodes that only one tile at a time is kept of (`ad.tiling`)

    # ---- where values are --------------------------------------------------------------------

    def in_memory(self, node: Node) -> bool:
        """Whether a node's values lie in a buffer, whatever else is decided."""
        return node.index in self._lying

    def is_kernel(self, node: Node) -> bool:
        """Whether a node is computed by a library kernel, from memory to memory."""
        return is_kernel(node) and self.spaces.reduced(node) is None

    def lies(self, node: Node, strided: bool) -> bool:
        """Whether a kernel can read `node` where its elements already are."""
        if self.in_memory(unreshaped(node)):
            return True
        found = locate(node, node.shape)
        if is_run(found) and self.in_memory(found.source):
            return True
        if node.op.kind != "view" or not self.in_memory(unreshaped(node.inputs[0])):
            return False
        return strided or collapsed(affine_of(node)).strides in ((), (1,))

    # ---- who reads what ----------------------------------------------------------------------

    def whole(self, node: Node) -> Access:
        """Access to all of a node, from its own space."""
        return resolve(node, node.shape, self.spaces.of(node))

    def reads(self, node: Node) -> list[Access]:
        """What computing `node` reads, and how. Kernels read their arguments as they lie."""
        if is_picked(node):
            return [self.whole(node)] if node.index in self._stored else []
        known = self._reads.get(node.index)
        if known is None:
            known = self._reads[node.index] = self._found(node)
        return known

    def _found(self, node: Node) -> list[Access]:
        if node.op in LEAVES:
            return []
        if node.op.kind == "elementwise":
            space = self.spaces.of(node)
            return [resolve(argument, node.shape, space) for argument in node.inputs]
        if node.op.kind == "scatter":
            return [self.whole(node.inputs[0])]
        if self.is_kernel(node):
            return [_as_it_lies(argument) for argument in node.inputs]
        return [self.whole(argument) for argument in node.inputs]

    def _find_stored(self) -> None:
        """Nodes that are read at other positions than their own, so must lie in memory."""
        for node in reversed(self.nodes):  # readers first: a stored view reads its source too
            for access in self.reads(node):
                source = access.source
                moved = not self._is_value(access) or is_picked(source)
                if moved and not self.in_memory(source) and source.size != 1:
                    self._stored.add(source.index)
            if self.is_kernel(node):
                self._stored.update(
                    argument.index
                    for position, argument in enumerate(node.inputs)
                    if not self.lies(argument, strided=takes_strides(node, position))
                )

    # ---- when ----------------------------------------------------------------------------------

    def time(self, node: Node) -> int:
        """Stage in which a node is computed."""
        return self._time[node.index]

    def is_placed(self, node: Node) -> bool:
        """Whether a node is computed by itself (leaves and views are not)."""
        return node.index in self._time

    def ready(self, node: Node) -> int:
        """First stage that may read a node from memory, or as a scalar."""
        if node.op in LEAVES:
            return 0
        if node.index not in self._stored and is_picked(node):
            return self.ready(locate(node, node.shape).source)
        late = node.size != 1 or is_full(node) or self.in_memory(node)
        if node.op.kind == "assemble" and node.index in self._time:
            return self._time[node.index]
        return self._time[node.index] + (1 if late else 0)

    def _arrives(self, access: Access) -> int:
        """First stage in which a loop can read through `access`."""
        source = access.source
        table = access.table
        after = self.ready(table) if isinstance(table, Node) else 0
        if self._is_value(access):
            return max(after, self.time(source))
        return max(after, self.ready(source))

    def fuses(self, node: Node, access: Access) -> bool:
        """Whether `node` can read a value within the loop that computes it."""
        return self._is_value(access) and not self.is_kernel(node)

    def _is_value(self, access: Access) -> bool:
        """Whether an access is to a loop's value when the reader wants it."""
        source = access.source
        if not access.in_step or source.size == 1 or self.in_memory(source):
            return False
        return access.same or self.spaces.of(source).flat

    def _place_early(self, node: Node) -> None:
        accesses = self.reads(node)
        if node.op in LEAVES or (is_picked(node) and node.index not in self._stored):
            return
        if node.op.kind == "assemble":
            # Ready one stage after the last loop that writes a part, at once after a scalar part.
            ends = [
                self._arrives(a) + (1 if part.size != 1 else 0)
                for a, part in zip(accesses, node.inputs, strict=True)
            ]
            self._time[node.index] = max(ends, default=0)
            return
        if self.is_kernel(node):
            times = [self.ready(argument) for argument in node.inputs]
        else:
            times = [self._arrives(access) for access in accesses]
        self._time[node.index] = max(times, default=0)

    def _place_late(self) -> None:
        latest: dict[int, int] = {}
        for node in reversed(self.nodes):
            movable = self.is_movable(node)
            if movable and node.index in latest:
                self._time[node.index] = max(latest[node.index], self._time[node.index])
            if node.index not in self._time:
                continue
            for position, access in enumerate(self.reads(node)):
                source = access.source
                if self.fuses(node, access):
                    bound = self.writing_stage(node, access)
                elif node.op.kind == "assemble" and node.inputs[position].size != 1:
                    bound = self._time[node.index] - 2  # a loop copies the part between
                else:
                    bound = self._time[node.index] - 1
                latest[source.index] = min(latest.get(source.index, bound), bound)

    def is_movable(self, node: Node) -> bool:
        """Whether a node can be computed later than its arguments allow, to meet its readers."""
        return node.size != 1 and (node.op.kind == "elementwise" or self.spaces.is_row_value(node))

    def writing_stage(self, node: Node, access: Access) -> int:
        """Stage in which `node` reads through `access`; for a part of an assembly, its own."""
        if node.op.kind == "assemble":
            return self._arrives(access)
        return self._time[node.index]

    def _store_across_stages(self) -> None:
        """Values computed in one loop and read in another go through memory."""
        for node in self.nodes:
            if node.index not in self._time:
                continue
            for access in self.reads(node):
                if not self.fuses(node, access):
                    continue
                if self.time(access.source) != self.writing_stage(node, access):
                    self._stored.add(access.source.index)

    # ---- the result ----------------------------------------------------------------------------

    def _collect(self) -> list[Stage]:
        stages: dict[int, Stage] = {}

        def at(time: int) -> Stage:
            return stages.setdefault(time, Stage(time))

        for node in self.nodes:
            if node.index not in self._time:
                continue
            stage = at(self.time(node))
            if node.op.kind == "assemble":
                accesses = zip(node.inputs, self.reads(node), strict=True)
                for which, (part, access) in enumerate(accesses):
                    writing = at(self.writing_stage(node, access))
                    if part.size == 1:
                        writing.parts.append((node, which))
                    else:
                        self.loop_of(writing, part).parts.append((node, which))
            else:
                self._list(node, stage)
        return [stages[key] for key in sorted(stages)]

    def _list(self, node: Node, stage: Stage) -> None:
        """Put a node where its stage computes it; what only a loop needs is not listed."""
        if node.op.kind == "scatter":
            self.loop_of(stage, node.inputs[0]).scatters.append(node)
        elif is_full(node):
            self.loop_of(stage, node.inputs[0]).reductions.append(node)
        elif self.is_kernel(node):
            stage.kernels.append(node)
        elif self.spaces.reduced(node) and not self.spaces.is_row_value(node):
            self.loop_of(stage, node.inputs[0]).axis_sums.append(node)
        elif node.size == 1:
            stage.scalars.append(node)
        elif node.index in self._stored:
            self.loop_of(stage, node).stores.append(node)

    def loop_of(self, stage: Stage, node: Node) -> Loop:
        """The loop of a stage that goes through the elements of `node`."""
        space = self.spaces.of(node)
        return stage.loop(space.rows, space.passes)


def _as_it_lies(argument: Node) -> Access:
    """How a kernel reads an argument: by itself, so positions need not be worked out."""
    found = locate(argument, argument.shape)
    kind = "same" if in_order(found) else "apart"
    return Access(found.source, kind, table=found.table)

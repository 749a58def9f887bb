"""Where a program's values lie: its workspace and its table of pointers.

Every buffer is padded to whole vectors, so a loop runs in whole vectors; what counts beyond the end
(sums, scatters, stores into a neighbour's place) is masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ad import memory
from ad.graph import DATA, Node
from ad.lower.emitter import LANES
from ad.lower.phases import MOST_ELEMENTS
from ad.schedule import Schedule
from ad.stages import TILE
from ad.tiling import fuse_products

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.lower.function import Function

DOUBLE = 8
ALIGNMENT = 64
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


class Layout:
    """The schedule of a program, and the memory of its values.

    Parameters are those of `ad.lower.program.Program`, which writes the code for it.
    """

    def __init__(
        self,
        input_node: Node,
        outputs: Sequence[Node],
        gradient: Node | None,
        guards: Sequence[tuple[Node, bool]],
        without: tuple[str, ...],
    ) -> None:
        self.input, self.outputs, self.gradient, self.guards = input_node, outputs, gradient, guards
        wanted = [*outputs, *([gradient] if gradient is not None else [])]
        self.schedule = Schedule([*wanted, *(node for node, _ in guards)], without)
        if "fuse-products" not in without:
            fuse_products(self.schedule)
        self.without = without
        self._slots: dict[Any, int] = {}
        self._slot_list: list[Slot] = []
        self._offsets: dict[int, int] = {}
        # Of sums that each lane has its own of: a vector for each.
        self.partial_sums: dict[int, int] = {}
        self._tile_buffers: list[int] = []
        self._scratch: tuple[int, int] | None = None  # offset and size
        self._lay_out()

    @property
    def function(self) -> Function:
        """The function being written, in which addresses are worked out."""
        raise NotImplementedError

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
        few = size <= MOST_PRIVATE and elements >= max(LEAST_PRIVATE, 8 * size)
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

"""What a schedule is made of: stages, their loops, and which kinds of nodes are computed how."""

from dataclasses import dataclass, field

from ad.graph import LEAVES, LITERAL, Node

TILE = 32  # rows; with 100 columns a tile is 25 kB and stays in the first-level cache
KERNEL_KINDS = ("matvec", "matmul", "cumulative", "library", "sparse", "loop")


@dataclass
class Loop:
    """One pass over an index space of `size` elements, or `passes` of them, one after another."""

    size: int
    passes: int = 1
    reductions: list[Node] = field(default_factory=list)
    scatters: list[Node] = field(default_factory=list)
    stores: list[Node] = field(default_factory=list)
    parts: list[tuple[Node, int]] = field(default_factory=list)  # (assemble, which part)
    axis_sums: list[Node] = field(default_factory=list)  # reductions over an axis, into memory
    # Products with data matrices of as many rows, done tile by tile so that each tile of the
    # matrix is read from memory once: X v for the loop's rows, and X' r of a value of the loop.
    products: list[Node] = field(default_factory=list)
    transposed: list[Node] = field(default_factory=list)

    @property
    def tiled(self) -> bool:
        """Whether the loop works in tiles of `TILE` rows."""
        return bool(self.products)


@dataclass
class Stage:
    """Scalars, then loops by their size, then kernels."""

    time: int
    scalars: list[Node] = field(default_factory=list)
    parts: list[tuple[Node, int]] = field(default_factory=list)  # parts of one element
    loops: dict[tuple[int, int], Loop] = field(default_factory=dict)
    kernels: list[Node] = field(default_factory=list)

    def loop(self, size: int, passes: int = 1) -> Loop:
        """The stage's loop over `size` elements, `passes` times."""
        return self.loops.setdefault((size, passes), Loop(size, passes))


def is_full(node: Node) -> bool:
    """Whether a reduction leaves one element; others are kernels."""
    return node.op.kind == "reduction" and node.size == 1 and node.inputs[0].size != 1


def is_alias(node: Node) -> bool:
    """Whether a node is its argument, which has one element (a sum over it, say)."""
    return node.op.kind in ("reduction", "cumulative") and node.inputs[0].size == 1


def in_memory(node: Node) -> bool:
    """Whether a node's values lie in a buffer whatever the schedule."""
    if node.op in LEAVES:
        return node.op is not LITERAL
    kind = node.op.kind
    return (kind in ("assemble", "scatter", *KERNEL_KINDS) and not is_alias(node)) or (
        kind == "reduction" and not is_full(node) and not is_alias(node)
    )


def is_kernel(node: Node) -> bool:
    """Whether a node is computed by a library kernel, from memory to memory."""
    return in_memory(node) and node.op not in LEAVES and node.op.kind not in ("assemble", "scatter")


def is_picked(node: Node) -> bool:
    """Whether a node only picks elements of another."""
    return node.op.kind in ("view", "gather")


def takes_strides(node: Node, position: int) -> bool:
    """Whether a kernel reads this argument through strides (others must be contiguous)."""
    return node.op.kind == "matmul" or (node.op.kind == "matvec" and position == 0)


def unreshaped(node: Node) -> Node:
    """What a chain of reshapes reshapes."""
    while node.op.name == "reshape":
        node = node.inputs[0]
    return node

"""Index spaces of two axes: where broadcasting, transposes and sums over an axis need no tables.

Element-wise work that meets in one loop forms a group. Where a group reads rows or columns repeated
along the other axis, reads a transpose, or is summed over an axis, its elements are visited as a
table of rows by columns, in which all of these are steps. With few columns they are written out and
the rows fill the lanes: then a sum over the columns is one more value of the row, and what is made
of it stays in the same loop (the mixture density, softmax, products of small batches).
"""

import math
from collections import Counter
from typing import NamedTuple

from ad.access import Affine, Located, Space, collapsed, locate, steps_in
from ad.graph import LEAVES, Node
from ad.ops.shape import c_strides

# Columns that are written out: so many always, so many if the group is small.
FEW_COLUMNS, MORE_COLUMNS = 8, 16
UNROLLED_NODES = 400
# A table of positions of so few elements is one vector of them: nothing is gained without it.
LEAST_SIZE = 8
REDUCTION_WEIGHT = 3


class Spaces:
    """The space of each node of a program.

    Parameters
    ----------
    nodes : list of Node
        All nodes of the program, in topological order.
    two_dimensional : bool
        Whether there are spaces of several columns; if not, all are flat.
    """

    def __init__(self, nodes: list[Node], two_dimensional: bool) -> None:
        self._known = find_spaces(nodes) if two_dimensional else {}
        self._several = bool(self._known)
        self._reduced: dict[int, str] = {}
        for node in nodes:
            if self._several and is_axis_reduction(node):
                steps = steps_in(kept(node), self.of(node.inputs[0]))
                if steps in ((1, 0), (0, 1)):
                    self._reduced[node.index] = "across" if steps == (1, 0) else "rows"

    def of(self, node: Node) -> Space:
        """How a loop that computes a node, or reads all of it, goes through its elements."""
        found = self._known.get(node.index)
        if found is None:
            picked = node.op.kind in ("view", "gather")
            source = home(node) if self._several and picked else node.index
            found = self._known.get(source) or Space(node.size)
            self._known[node.index] = found
        return found

    def reduced(self, node: Node) -> str | None:
        """Whether a loop reduces `across` the columns of its space, or over its `rows`."""
        return self._reduced.get(node.index)

    def is_row_value(self, node: Node) -> bool:
        """Whether a reduction over the columns is one more value of the loop over the rows."""
        return (
            self._reduced.get(node.index) == "across"
            and self.of(node.inputs[0]).unrolled
            and self.of(node).flat
        )

    def of_reads(self, node: Node) -> list[Space]:
        """The space from which a node reads each of its arguments."""
        if node.op.kind in ("elementwise", "view", "gather"):
            return [self.of(node)] * len(node.inputs)
        return [self.of(argument) for argument in node.inputs]


class Pattern(NamedTuple):
    """Positions that a group's loop must be able to find, and how much that counts."""

    affine: Affine
    weight: int


class Groups:
    """Nodes that are in one group when one reads the other element for element."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}
        self.patterns: dict[int, list[Pattern]] = {}
        self.count: Counter[int] = Counter()

    def root(self, index: int) -> int:
        """Representative of a node's group."""
        parent = self._parent.setdefault(index, index)
        while parent != self._parent[parent]:
            self._parent[parent] = parent = self._parent[self._parent[parent]]
        self._parent[index] = parent
        return parent

    def join(self, one: int, other: int) -> None:
        """Make two groups one."""
        kept, gone = self.root(one), self.root(other)
        if kept != gone:
            self._parent[gone] = kept
            if gone in self.patterns:
                self.patterns.setdefault(kept, []).extend(self.patterns.pop(gone))
            self.count[kept] += self.count.pop(gone, 0)

    def note(self, index: int, affine: Affine, weight: int = 1) -> None:
        """Record a pattern of a node's group."""
        self.patterns.setdefault(self.root(index), []).append(Pattern(affine, weight))

    @property
    def members(self) -> list[int]:
        """All nodes with a group."""
        return list(self._parent)


def is_axis_reduction(node: Node) -> bool:
    """Whether a reduction leaves more than one element."""
    return node.op.kind == "reduction" and node.size != 1 and node.inputs[0].size > node.size


def is_computed(node: Node) -> bool:
    """Whether a loop can make the node's elements."""
    if node.op.kind == "reduction":
        return is_axis_reduction(node)
    return node.op.kind in ("elementwise", "view", "gather") and node.op not in LEAVES


def kept(node: Node) -> Affine:
    """Position in a reduction's result that each element of its argument adds to."""
    shape, axis = node.inputs[0].shape, node.params["axis"]
    strides = iter(c_strides(node.shape))
    steps = tuple(0 if i in axis else next(strides) for i in range(len(shape)))
    return Affine(shape, 0, steps)


def home(node: Node) -> int:
    """The node whose space a reader of all of `node` goes through."""
    found = locate(node, node.shape)
    source = found.source
    return source.index if in_order(found) and is_computed(source) else node.index


def in_order(found: Located) -> bool:
    """Whether a reader simply reads all of the source in order."""
    if found.pattern is None or found.pattern.offset:
        return False
    flat = collapsed(found.pattern)
    return flat.strides in ((), (1,)) and math.prod(flat.shape) == found.source.size


def find_spaces(nodes: list[Node]) -> dict[int, Space]:
    """Spaces of nodes that gain from one, by index; all others are flat.

    Parameters
    ----------
    nodes : list of Node
        All nodes of a program, in topological order.
    """
    groups = Groups()
    for node in nodes:
        if node.size == 1:
            continue
        if is_axis_reduction(node):
            groups.note(home(node.inputs[0]), kept(node), REDUCTION_WEIGHT)
        elif is_computed(node):
            _read(groups, node)
    spaces = {root: _best(found, groups.count[root]) for root, found in groups.patterns.items()}
    chosen: dict[int, Space] = {}
    for index in groups.members:
        space = spaces.get(groups.root(index))
        if space is not None:
            chosen[index] = space
    return chosen


def _read(groups: Groups, node: Node) -> None:
    groups.count[groups.root(node.index)] += 1
    if node.op.kind == "elementwise":
        found = [locate(argument, node.shape) for argument in node.inputs]
    else:
        found = [locate(node, node.shape)]
        if found[0].source is node:  # a gather of a gather
            return
    for where in found:
        if in_order(where) and is_computed(where.source):
            groups.join(node.index, where.source.index)
        elif where.pattern is not None and len(collapsed(where.pattern).shape) > 1:
            groups.note(node.index, where.pattern)


def _best(patterns: list[Pattern], count: int) -> Space | None:
    """The space in which most of a group's patterns are steps, if any are."""
    size = math.prod(patterns[0].affine.shape)
    if size < LEAST_SIZE:
        return None
    splits: Counter[int] = Counter()
    for pattern in patterns:
        for split in _splits(pattern.affine):
            if steps_in(pattern.affine, Space(size // split, split)) is not None:
                splits[split] += pattern.weight
    if not splits:
        return None
    lead = max(splits, key=lambda split: (splits[split], split))
    return _turned(patterns, count, lead, size // lead)


def _splits(pattern: Affine) -> list[int]:
    """Sizes of the leading axes, at each place where the axes can be split in two."""
    size = math.prod(pattern.shape)
    ends = {math.prod(pattern.shape[:axis]) for axis in range(1, len(pattern.shape))}
    return sorted(end for end in ends if 1 < end < size)


def _turned(patterns: list[Pattern], count: int, lead: int, trail: int) -> Space:
    """The space of `lead` by `trail` elements, with its lanes along the better of the two."""
    few = max(FEW_COLUMNS, min(MORE_COLUMNS, UNROLLED_NODES // max(count, 1)))
    if min(lead, trail) > few:
        return Space(trail, lead, unrolled=False)
    last = trail >= lead
    if max(lead, trail) <= few:
        # Small both ways: the columns are what is summed over, so the sums stay in the loop.
        votes = [steps_in(pattern.affine, Space(trail, lead)) for pattern in patterns]
        last = votes.count((1, 0)) >= votes.count((0, 1))
    return Space(trail, lead) if last else Space(lead, trail, last=False)

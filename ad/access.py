"""How a loop reads an array: through which positions of which buffer.

Views and gathers are never computed by themselves if their source lies in memory: a loop reads the
source at the right positions. `resolve` follows a chain of them to the node that must hold values,
and says at which of its flat positions element i of the reader's index space is found.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ad.graph import Node
from ad.op import Shape
from ad.ops.shape import c_strides


class Space(NamedTuple):
    """How a loop goes through the elements of an array: along its lanes, and across them.

    The elements, in their order in memory, are a table of `rows` by `columns`; a vector holds
    neighbouring rows of one column. With `last` the rows are neighbours in memory (they run along
    the array's last axes), else the columns are. A flat space has one column.

    The columns of an `unrolled` space are written out one by one, so that a value for each row can
    be found from all columns, and read by all of them, in the same pass. Otherwise a loop over the
    columns goes around the loop over the rows.
    """

    rows: int
    columns: int = 1
    last: bool = True
    unrolled: bool = True

    @property
    def flat(self) -> bool:
        """Whether elements are simply visited one after another."""
        return self.columns == 1

    @property
    def steps(self) -> tuple[int, int]:
        """Distance in memory to the next row, and to the next column."""
        return (1, self.rows) if self.last else (self.columns, 1)

    @property
    def split(self) -> int:
        """Number of elements along the leading of the two axes."""
        return self.columns if self.last else self.rows

    @property
    def passes(self) -> int:
        """How often the loop over the rows runs."""
        return 1 if self.unrolled else self.columns


class Access(NamedTuple):
    """Positions of elements 0, 1, 2, ... of an index space in the flattened `source`.

    `kind` is `same` (i, all of the source), `contiguous` (offset + i), `splat` (offset),
    `strided` (offset + stride * i) or `table` (offset + table[i]; of data, or static). In a space
    of several columns i is the row, and `across` is added for each column; there, too, `same` is
    all of the source in order, and `row` is element i of the source in every column. The table
    is then read at `across` entries a column, and at `stride` a row.
    """

    source: Node
    kind: str
    offset: int = 0
    stride: int = 1
    table: Any = None
    across: int = 0

    @property
    def same(self) -> bool:
        """Whether element i is simply element i of the source."""
        return self.kind == "same"

    @property
    def in_step(self) -> bool:
        """Whether a loop that computes the source has the element when it is wanted."""
        return self.kind in ("same", "row")

    def column(self, number: int) -> "Access":
        """The access from one column of a space."""
        if self.kind == "row":
            return self._replace(kind="contiguous")
        if self.across == 0:
            return self
        kind = self.kind if self.kind != "same" else "contiguous" if self.stride == 1 else "strided"
        return self._replace(kind=kind, offset=self.offset + number * self.across, across=0)


class Affine(NamedTuple):
    """Positions affine in the index: offset + sum(index * strides)."""

    shape: Shape
    offset: int
    strides: tuple[int, ...]


def whole(shape: Shape) -> Affine:
    """All positions of an array in order."""
    return Affine(shape, 0, c_strides(shape))


def affine_of(node: Node) -> Affine:
    """Positions that a view reads in its argument."""
    if "strides" in node.params:  # a view, or a part of a factorisation
        return Affine(node.params["shape"], node.params["offset"], node.params["strides"])
    source = node.inputs[0].shape
    if node.op.name == "reshape":
        return whole(node.shape)
    return broadcast(source, node.shape)


def broadcast(source: Shape, shape: Shape) -> Affine:
    """Positions in an array of shape `source` broadcast to `shape`."""
    strides = (0,) * (len(shape) - len(source)) + tuple(
        0 if size == 1 else stride for size, stride in zip(source, c_strides(source), strict=True)
    )
    return Affine(shape, 0, strides)


def collapsed(pattern: Affine) -> Affine:
    """The same positions with unit axes dropped and axes merged where that is possible."""
    sizes: list[int] = []
    steps: list[int] = []
    for size, stride in zip(pattern.shape, pattern.strides, strict=True):
        if size == 1:
            continue
        if sizes and steps[-1] == stride * size:
            sizes[-1] *= size
            steps[-1] = stride
        else:
            sizes.append(size)
            steps.append(stride)
    return Affine(tuple(sizes), pattern.offset, tuple(steps))


def positions(pattern: Affine) -> Any:
    """Flat positions of a pattern, as an array."""
    total = np.full(pattern.shape, pattern.offset, dtype=np.int64)
    for axis, (size, stride) in enumerate(zip(pattern.shape, pattern.strides, strict=True)):
        along = [1] * len(pattern.shape)
        along[axis] = size
        total += (np.arange(size) * stride).reshape(along)
    return total.reshape(-1)


def is_whole(pattern: Affine, size: int) -> bool:
    """Whether a pattern is all of an array of `size` elements, in order."""
    flat = collapsed(pattern)
    in_order = flat.strides in ((), (1,)) and flat.offset == 0
    return in_order and math.prod(flat.shape) == size


class Located(NamedTuple):
    """Where elements are: affine positions in the source, or `offset` after those of a table."""

    source: Node
    pattern: Affine | None
    table: Any = None
    offset: int = 0


def is_run(found: Located) -> bool:
    """Whether elements are neighbours in their source, in order."""
    return found.pattern is not None and collapsed(found.pattern).strides in ((), (1,))


def resolve(node: Node, shape: Shape, space: Space | None = None) -> Access:
    """Where a reader of index space `shape` finds the elements of `node` (broadcast to it)."""
    flat = space is None or space.flat
    if flat and node.shape == shape and node.op.kind not in ("view", "gather"):
        return Access(node, "same")  # nearly always
    found = locate(node, shape)
    if found.pattern is None:
        return tabled(found.source, found.table, space, found.offset)
    if space is None or flat:
        return access_through(found.source, found.pattern)
    return access_in(found.source, found.pattern, space)


def tabled(node: Node, table: Any, space: Space | None = None, offset: int = 0) -> Access:
    """Access to `node` through a table with a position for each element of the space."""
    if space is None or space.flat:
        return Access(node, "table", offset, table=table)
    return Access(node, "table", offset, 1 if space.last else space.columns, table, space.rows)


def locate(node: Node, shape: Shape) -> Located:
    """The node that holds the elements of `node` (broadcast to `shape`), and where."""
    pattern: Affine | None = broadcast(node.shape, shape)
    table: Any = None
    offset = 0
    while node.op.kind in ("view", "gather"):
        if node.op.kind == "gather":
            if table is not None or not is_whole(pattern, node.size):  # type: ignore[arg-type]
                break
            table, pattern = node.inputs[1], None
        elif table is not None:
            # A table may only be moved along: through reshapes and contiguous slices.
            inner = collapsed(affine_of(node))
            if inner.strides not in ((), (1,)):
                break
            offset += inner.offset
        elif node.op.name == "reshape":
            pass
        elif is_whole(pattern, node.size):  # type: ignore[arg-type]
            pattern = affine_of(node)
        else:
            composed = _composed(pattern, affine_of(node))  # type: ignore[arg-type]
            if composed is None:
                break
            pattern = composed
        node = node.inputs[0]
    return Located(node, None if table is not None else pattern, table, offset)


def _composed(outer: Affine, inner: Affine) -> Affine | None:
    """`outer` positions taken of a view with `inner` positions, where the result is affine."""
    flat = collapsed(inner)
    if len(flat.shape) <= 1:
        step = flat.strides[0] if flat.strides else 0
        return Affine(
            outer.shape,
            flat.offset + outer.offset * step,
            tuple(stride * step for stride in outer.strides),
        )
    return None


def access_through(node: Node, pattern: Affine) -> Access:
    """Access to `node` at given positions."""
    flat = collapsed(pattern)
    if is_whole(pattern, node.size):
        return Access(node, "same")
    if all(stride == 0 for stride in flat.strides):
        return Access(node, "splat", flat.offset, 0)
    if len(flat.shape) == 1:
        stride = flat.strides[0]
        return Access(node, "contiguous" if stride == 1 else "strided", flat.offset, stride)
    return Access(node, "table", 0, table=positions(flat))


def steps_in(pattern: Affine, space: Space) -> tuple[int, int] | None:
    """Steps of a pattern to the next row and column of a space; None where it is not affine."""
    flat = collapsed(pattern)
    if len(flat.shape) <= 1:
        stride = flat.strides[0] if flat.strides else 0
        return stride * space.steps[0], stride * space.steps[1]
    count, axis = 1, 0
    while count < space.split and axis < len(pattern.shape):
        count *= pattern.shape[axis]
        axis += 1
    if count != space.split:
        return None
    parts = [
        collapsed(Affine(pattern.shape[where], 0, pattern.strides[where]))
        for where in (slice(axis), slice(axis, None))
    ]
    if any(len(part.shape) > 1 for part in parts):
        return None
    lead, trail = (part.strides[0] if part.strides else 0 for part in parts)
    return (trail, lead) if space.last else (lead, trail)


def access_in(node: Node, pattern: Affine, space: Space) -> Access:
    """Access to `node` at given positions, from a space of several columns."""
    steps = steps_in(pattern, space)
    if steps is None:
        return tabled(node, positions(pattern), space)
    along, across = steps
    if steps == (0, 0):
        return Access(node, "splat", pattern.offset, 0)
    if pattern.offset == 0 and steps == space.steps and node.size == space.rows * space.columns:
        return Access(node, "same", 0, along, None, across)
    if pattern.offset == 0 and steps == (1, 0) and node.size == space.rows and space.unrolled:
        return Access(node, "row")
    kind = {0: "splat", 1: "contiguous"}.get(along, "strided")
    return Access(node, kind, pattern.offset, along, None, across)

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


class Access(NamedTuple):
    """Positions of elements 0, 1, 2, ... of an index space in the flattened `source`.

    `kind` is `same` (i, all of the source), `contiguous` (offset + i), `splat` (offset),
    `strided` (offset + stride * i) or `table` (offset + table[i]; of data, or static).
    """

    source: Node
    kind: str
    offset: int = 0
    stride: int = 1
    table: Any = None

    @property
    def same(self) -> bool:
        """Whether element i is simply element i of the source."""
        return self.kind == "same"


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


def resolve(node: Node, shape: Shape) -> Access:
    """Where a reader of index space `shape` finds the elements of `node` (broadcast to it)."""
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
    if table is not None:
        return Access(node, "table", offset, table=table)
    return access_through(node, pattern)  # type: ignore[arg-type]


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

"""Equal rows of the data counted: sum over i of f(parameters, row_i) as that over distinct rows.

Counts, grades and answers take few values. Where all that a term reads of the data (its columns,
and the places a table picks) repeats, f is evaluated once for each distinct row and weighted by how
often it occurs. It needs no property of f.

Rows are told apart by the columns that hold whole numbers; the others must be functions of them, as
log(y!) is of y. The number of distinct rows is a size of the program, like a shape; it is rounded
up (`rounded`), so that data of one kind mostly share one piece of code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.access import affine_of
from ad.graph import DATA, LEAVES, Node
from ad.op import TABLE, Shape, reshape
from ad.ops.shape import view

if TYPE_CHECKING:
    from collections.abc import Callable

FEWEST = 8  # shorter sums stay
DEEPEST = 100  # operations looked through
LARGEST = 2.0**31  # whole numbers up to here tell rows apart


class Picked(NamedTuple):
    """Elements of `source`, a flat vector, at the places of a table: one for each row."""

    source: Node
    positions: Any


class Rows(NamedTuple):
    """Distinct rows: where each is first found, and how often it occurs."""

    first: Any
    counts: Any


def count_repeats(x: Node, axis: tuple[int, ...]) -> Node | None:
    """The sum over all elements of `x`, over distinct rows of the data it reads."""
    graph = x.graph
    if not graph.hoist or len(axis) != len(x.shape) or x.size < FEWEST:
        return None
    leaves = _Leaves()
    if not leaves.collect(x, x.shape) or not leaves.found:
        return None
    failed: list[frozenset[int]] = graph.known_forms.setdefault("repeats", [])
    read = frozenset(leaves.found)
    if any(known <= read for known in failed):
        return None  # more columns tell more rows apart
    rows = _distinct(
        [leaf.positions if isinstance(leaf, Picked) else leaf for leaf in leaves.found.values()]
    )
    if rows is None or 2 * rounded(rows.first.size) > x.size:
        failed.append(read)
        return None
    rows = _filled(rows, rounded(rows.first.size))
    values = _Rebuilt(leaves.found, rows.first).node(x)
    result: Node = TABLE["sum"](graph.data(rows.counts) * values, axis=(0,))
    return result


def rounded(count: int) -> int:
    """A number of rows rounded up: to whole vectors of four, and to four sizes an octave."""
    step = max(4, 1 << max((count - 1).bit_length() - 3, 0))
    return -(-count // step) * step


def _filled(rows: Rows, size: int) -> Rows:
    """Rows filled up to `size` with copies of the first, which share its count."""
    copies = size - rows.first.size
    first = np.concatenate([rows.first, np.full(copies, rows.first[0])])
    counts = np.concatenate([rows.counts, np.zeros(copies)]).astype(float)
    counts[[0, *range(size - copies, size)]] = rows.counts[0] / (copies + 1)
    return Rows(first, counts)


# ---- what a term reads -----------------------------------------------------------------------


class _Leaves:
    """What the rows of a term are made of, by node."""

    def __init__(self) -> None:
        self.found: dict[int, Any] = {}
        self._seen: dict[int, Shape] = {}

    def collect(self, node: Node, shape: Shape, depth: int = 0) -> bool:
        """Find it; False if that is more than data and places."""
        if node.size == 1:
            return True
        if node.index in self._seen:  # the same rows only if it is spread in the same way
            return self._seen[node.index] == shape or node.shape == shape
        if depth == DEEPEST:
            return False
        self._seen[node.index] = shape
        leaf = _leaf(node, shape)
        if leaf is not None:
            self.found[node.index] = leaf
            return True
        if node.shape != shape or node.op in LEAVES or _is_share(node):
            return False
        if node.op.name == "reshape":
            inner = node.inputs[0]
            return self.collect(inner, inner.shape, depth + 1)
        return node.op.kind == "elementwise" and all(
            self.collect(argument, shape, depth + 1) for argument in node.inputs
        )


def _is_share(node: Node) -> bool:
    """Whether a node asks which values are equal to a computed number: an extreme of them.

    Computed once more over other rows, they may differ in the last bit, and none attain it.
    """
    computed = [argument for argument in node.inputs if argument.op not in LEAVES]
    return node.op.name in {"equal", "not_equal"} and any(a.size == 1 for a in computed)


def _leaf(node: Node, shape: Shape) -> Any:
    """A column of data, columns of a matrix, or a `Picked`; None if `node` is none of these."""
    if node.op is DATA:
        return np.broadcast_to(node.value, shape).reshape(-1)
    if node.op.kind == "gather":
        source, table = node.inputs
        if table.op is DATA and node.shape == shape:
            return Picked(reshape(source, (source.size,)), np.asarray(table.value).reshape(-1))
        return None
    if node.op.name == "matvec" and node.inputs[0].op is DATA and node.shape == shape:
        return np.asarray(node.inputs[0].value)
    if node.op.kind == "view" and node.op.name != "reshape":
        if node.inputs[0].op is DATA:
            values = node.op.eval(node.inputs[0].value, **node.params)
            return np.broadcast_to(values, shape).reshape(-1)
        if node.shape == shape:
            return _repeated(node)
    if node.shape != shape:
        return _numbered(node, node.shape, shape)
    return None


def _repeated(node: Node) -> Any:
    """A view with repeated axes, as places of what it repeats."""
    pattern = affine_of(node)
    kept = [
        axis
        for axis, (size, step) in enumerate(zip(pattern.shape, pattern.strides, strict=True))
        if step != 0 and size != 1
    ]
    if len(kept) == len(node.shape):
        return None
    sizes = tuple(pattern.shape[axis] for axis in kept)
    steps = tuple(pattern.strides[axis] for axis in kept)
    core = view(node.inputs[0], shape=sizes, offset=pattern.offset, strides=steps)
    aligned = tuple(size if axis in kept else 1 for axis, size in enumerate(node.shape))
    return _numbered(core, aligned, node.shape)


def _numbered(core: Node, aligned: Shape, shape: Shape) -> Picked:
    """`core`, of shape `aligned` up to unit axes, broadcast to `shape`."""
    positions = np.broadcast_to(np.arange(core.size).reshape(aligned), shape).reshape(-1)
    return Picked(reshape(core, (core.size,)), positions)


class _Rebuilt:
    """The same expression over chosen rows."""

    def __init__(self, leaves: dict[int, Any], rows: Any) -> None:
        self._leaves, self._rows = leaves, rows
        self._known: dict[int, Node] = {}

    def node(self, old: Node) -> Node:
        """`old` over the chosen rows."""
        if old.size == 1 and old.index not in self._leaves:
            return reshape(old, ())  # type: ignore[no-any-return]
        if old.index not in self._known:
            self._known[old.index] = self._made(old)
        return self._known[old.index]

    def _made(self, old: Node) -> Node:
        leaf = self._leaves.get(old.index)
        if isinstance(leaf, Picked):
            table = np.ascontiguousarray(leaf.positions[self._rows])
            return TABLE["gather"](leaf.source, table)  # type: ignore[no-any-return]
        if leaf is not None:
            chosen = old.graph.data(np.ascontiguousarray(leaf[self._rows]))
            matrix = leaf.ndim == 2
            return TABLE["matvec"](chosen, old.inputs[1]) if matrix else chosen
        if old.op.name == "reshape":
            return self.node(old.inputs[0])
        build: Callable[..., Node] = old.op
        return build(*(self.node(argument) for argument in old.inputs), **old.params)


# ---- distinct rows ---------------------------------------------------------------------------


def _distinct(leaves: list[Any]) -> Rows | None:
    """Distinct rows of columns, if whole numbers tell them apart."""
    columns = [c for leaf in leaves for c in (leaf.T if leaf.ndim == 2 else (leaf,))]
    whole = [column for column in columns if _is_whole(column)]
    if not whole:
        return None
    key, size = np.zeros(whole[0].size, np.int64), 1
    for column in whole:
        low = int(column.min())
        spread = int(column.max()) - low + 1
        if size * spread > 1 << 40:
            numbers, key = np.unique(key, return_inverse=True)
            size = numbers.size
        key, size = key * spread + (column.astype(np.int64) - low), size * spread
    first, inverse, counts = _unique(key, size)
    for column in columns:
        if column.dtype.kind == "f" and not _same(column[first][inverse], column):
            return None
    return Rows(first, counts)


def _is_whole(column: Any) -> bool:
    if column.dtype.kind in "iub":
        return True
    if not bool(column[0] == np.rint(column[0])):  # most real columns say so at once
        return False
    with np.errstate(all="ignore"):
        return bool(np.all((np.abs(column) < LARGEST) & (np.rint(column) == column)))


def _same(left: Any, right: Any) -> bool:
    """Equal, or both nan."""
    return np.array_equal(left, right, equal_nan=True)


def _unique(key: Any, size: int) -> tuple[Any, Any, Any]:
    """First occurrence and count of each distinct key, and which of them each row has."""
    if size > 4 * key.size:
        _, first, inverse, counts = np.unique(
            key, return_index=True, return_inverse=True, return_counts=True
        )
        return first, inverse, counts
    counts = np.bincount(key, minlength=size)
    found = np.flatnonzero(counts)
    place = np.empty(size, np.int64)
    place[key[::-1]] = np.arange(key.size - 1, -1, -1)  # the first occurrence is written last
    number = np.empty(size, np.int64)
    number[found] = np.arange(found.size)
    return place[found], number[key], counts[found]

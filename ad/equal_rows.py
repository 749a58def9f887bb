"""Products of matrices with equal rows, and sums over the rows of products.

Both come from a row that is added to every row of a matrix before a product: its tangent is a
matrix of equal rows, its cotangent a sum over rows. Neither needs a product of matrices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ad.op import TABLE, expand, reshape
from ad.ops.linalg import matvec, transpose

if TYPE_CHECKING:
    from ad.graph import Node


def _row(x: Node) -> Node | None:
    """The row v of a matrix 1 v', or None."""
    if x.op.name == "negative":
        row = _row(x.inputs[0])
        return None if row is None else -row
    if x.op.name != "broadcast_to" or len(x.shape) != 2 or x.shape[0] == 1:
        return None
    size = x.shape[1]
    source = x.inputs[0]
    return reshape(source, (size,)) if source.shape in {(size,), (1, size)} else None


def _turned(x: Node) -> Node | None:
    """The matrix that one is the transpose of, as a view, or None."""
    if x.op.name != "view" or len(x.shape) != 2 or x.params["offset"]:
        return None
    source, (rows, columns) = x.inputs[0], x.shape
    same = source.shape == (columns, rows) and x.params["strides"] == (1, rows)
    return source if same else None


def _column_sums(x: Node) -> Any:
    return TABLE["sum"](x, axis=(0,))


def _row_sums(x: Node) -> Any:
    turned = _turned(x)
    return TABLE["sum"](x, axis=(1,)) if turned is None else _column_sums(turned)


def product(left: Node, right: Node) -> Any:
    """Of equal rows or columns: (1 v') B = 1 (B' v)', A (1 v') = (A 1) v', (u 1') B = u (B' 1)'."""
    rows, columns = left.shape[0], right.shape[1]
    row = _row(left)
    if row is not None:
        return expand(reshape(matvec(transpose(right), row), (1, columns)), (rows, columns))
    row = _row(right)
    if row is not None:
        return reshape(_row_sums(left), (rows, 1)) * reshape(row, (1, columns))
    turned = _turned(left)
    row = None if turned is None else _row(turned)
    if row is not None:
        return reshape(row, (rows, 1)) * reshape(_column_sums(right), (1, columns))
    return None


def sum_of_rows(x: Node, axis: tuple[int, ...]) -> Any:
    """Over the rows of A B: (A' 1)' B; also of sums of products, and of their negatives."""
    return _summed(x) if axis == (0,) and len(x.shape) == 2 and x.shape[0] > 1 else None


def _summed(x: Node) -> Any:
    if x.op.name == "negative":
        inner = _summed(x.inputs[0])
        return None if inner is None else -inner
    if x.op.name in {"add", "subtract"} and x.inputs[0].shape == x.inputs[1].shape:
        first, second = map(_summed, x.inputs)
        return None if first is None or second is None else x.op(first, second)
    if x.op.name != "matmul":
        return None
    left, right = x.inputs
    return matvec(transpose(right), _column_sums(left))

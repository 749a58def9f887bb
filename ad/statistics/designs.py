"""Group-wise designs: sum over columns of X * beta[group], column by column.

Indexing a matrix with groups makes a table of N x k places and, summed over its columns, an array
of that size. Written as k products of a column with a gathered vector it is part of the loop over
rows, and what is known of sums over groups (`trees`) applies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.graph import DATA
from ad.indexing import rows_of
from ad.op import TABLE
from ad.ops.shape import view

if TYPE_CHECKING:
    from ad.graph import Node

MOST_COLUMNS = 16


def by_columns(x: Node, axis: tuple[int, ...]) -> Node | None:
    """Sum over the last axis of a product of rows picked by groups, with data or each other."""
    if len(x.shape) != 2 or axis != (1,) or x.op.name != "multiply":
        return None
    width = x.shape[1]
    sides = [_rows(side, x.shape) for side in x.inputs]
    if not 1 <= width <= MOST_COLUMNS or None in sides or all(s[1] is None for s in sides if s):
        return None
    total: Node | None = None
    for k in range(width):
        left, right = (_column(source, rows, k) for source, rows in sides)  # type: ignore[misc] # none is None
        product = left * right
        total = product if total is None else total + product
    return total


def _rows(node: Node, shape: tuple[int, ...]) -> tuple[Node, Any] | None:
    """(matrix, which of its rows): all of a data matrix in order (None), or rows by a table."""
    if node.shape != shape:
        return None
    if node.op is DATA:
        return node, None
    if node.op.kind != "gather" or node.inputs[1].op is not DATA:
        return None
    rows = rows_of(node.inputs[1].value)
    return None if rows is None else (node.inputs[0], rows)


def _column(source: Node, rows: Any, k: int) -> Node:
    if rows is None:
        return source.graph.data(np.ascontiguousarray(source.value[:, k]))
    size, width = source.shape
    column = view(source, shape=(size,), offset=k, strides=(width,))
    result: Node = TABLE["gather"](column, rows)
    return result

"""Products of SciPy's sparse matrices with traced values.

`S @ x`, `x @ S` and `S.T @ x` come here by themselves: SciPy leaves a product with what
it cannot make an array of to the other operand. Compressed rows and columns are read as they are;
other formats are converted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.callsite import user_line
from ad.direct import one_row
from ad.errors import ShapeError, TraceError
from ad.linalg import contractions
from ad.ops.sparse import sparse_product

if TYPE_CHECKING:
    from ad.op import Value


def is_sparse(value: Any) -> bool:
    """Whether a value is one of SciPy's sparse matrices or arrays."""
    return hasattr(type(value), "tocsr")


@one_row(contractions.row_of_product)
def matmul(a: Any, b: Any) -> Value:
    """Matrix product of traced and plain arrays, one of which may be a sparse matrix."""
    if is_sparse(a):
        return _product(a, b, turned=False)
    if is_sparse(b):
        if len(a.shape) == 2:
            return np.transpose(_product(b, np.transpose(a), turned=True))
        return _product(b, a, turned=True)
    return contractions.matmul(a, b)


def _product(matrix: Any, x: Any, turned: bool) -> Value:
    """The matrix, or its transpose, times a vector or a matrix."""
    if is_sparse(x) or len(matrix.shape) != 2 or len(x.shape) not in (1, 2):
        raise ShapeError(
            f"matmul: a sparse matrix must be multiplied with a vector or a matrix, got shapes "
            f"{matrix.shape} and {x.shape} ({user_line()}). Take the batch's members one by one."
        )
    rows, columns = matrix.shape[::-1] if turned else matrix.shape
    if x.shape[0] != columns:
        shapes = (x.shape, matrix.shape) if turned else (matrix.shape, x.shape)
        raise ShapeError(
            f"matmul: the inner axes must agree, got shapes {shapes[0]} and {shapes[1]} "
            f"({user_line()})."
        )
    if matrix.dtype.kind not in "fiub":
        raise TraceError(
            f"matmul: a sparse matrix must hold real numbers, got {matrix.dtype} ({user_line()})."
        )
    # Compressed columns are the compressed rows of the transpose.
    transposed = matrix.format == "csc"
    compressed = matrix if transposed else matrix.tocsr()
    size = rows if transposed != turned else columns
    _require_in_bounds(compressed, size)
    parts = compressed.data, compressed.indices, compressed.indptr
    return sparse_product(*parts, x, size=size, transposed=transposed != turned)


def _require_in_bounds(matrix: Any, size: int) -> None:
    """Native code reads at these places: SciPy does not look at all of them."""
    starts, columns = matrix.indptr, matrix.indices
    entries = min(columns.size, matrix.data.size)
    in_order = starts.size > 0 and starts[0] == 0 and bool(np.all(starts[1:] >= starts[:-1]))
    if not in_order or starts[-1] > entries:
        raise ShapeError(
            f"matmul: the rows of a sparse matrix must begin in order, from 0 to at most "
            f"{entries}, got indptr {starts} ({user_line()}). Look at it with "
            "matrix.check_format()."
        )
    outside = (columns < 0) | (columns >= size)
    if outside.any():
        place = int(np.argmax(outside))
        raise ShapeError(
            f"matmul: the indices of a sparse matrix must be below {size}, got {columns[place]} at "
            f"{place} ({user_line()}). Look at it with matrix.check_format()."
        )

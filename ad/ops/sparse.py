"""Products with sparse matrices, in compressed rows: values, columns, and where each row begins.

The matrix is data; its structure (shape, number of entries) is part of the program, its entries and
their places are not.
"""

import importlib
from typing import Any

from ad.op import Op, Params, Shape, Value


def _product(values: Any, columns: Any, starts: Any, x: Any, *, size: int, transposed: bool) -> Any:
    sparse = importlib.import_module("scipy.sparse")
    matrix = sparse.csr_array((values, columns, starts), shape=(len(starts) - 1, size))
    return (matrix.T if transposed else matrix) @ x


def _shape(
    values: Shape, columns: Shape, starts: Shape, x: Shape, *, size: int, transposed: bool
) -> Shape:
    return (size if transposed else starts[0] - 1, *x[1:])


def _pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    if index != 3:
        return None  # the matrix is data
    turned = not params["transposed"]
    return sparse_product(*args[:3], ct, size=params["size"], transposed=turned)


def _pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    return sparse_product(*args[:3], tangents[3], **params)


sparse_product: Op = Op(
    "sparse_product",
    _product,
    _shape,
    _pullback,
    _pushforward,
    kind="sparse",
    summary="sparse matrix, or its transpose, times a vector or matrix",
)

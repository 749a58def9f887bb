"""Products of matrices and vectors."""

from typing import Any

import numpy as np

from ad.op import TABLE, Op, Params, Shape, Value, reshape
from ad.ops.shape import c_strides, view


def transpose(x: Value) -> Value:
    """A matrix with its axes swapped, as a view."""
    rows, columns = x.shape
    row, column = c_strides(x.shape)
    return view(x, shape=(columns, rows), offset=0, strides=(column, row))


def _matvec_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    matrix, vector = args
    if index == 0:
        return reshape(ct, (*ct.shape, 1)) * reshape(vector, (1, *vector.shape))
    return matvec(transpose(matrix), ct)


def _matmul_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    left, right = args
    return matmul(ct, transpose(right)) if index == 0 else matmul(transpose(left), ct)


def _bilinear_pushforward(name: str) -> Any:
    def pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
        (left, right), (d_left, d_right) = args, tangents
        terms = []
        if d_left is not None:
            terms.append(TABLE[name](d_left, right))
        if d_right is not None:
            terms.append(TABLE[name](left, d_right))
        return terms[0] if len(terms) == 1 else terms[0] + terms[1]

    return pushforward


def _matvec_shape(matrix: Shape, vector: Shape) -> Shape:
    return (matrix[0],)


matvec: Op = Op(
    "matvec",
    np.matmul,
    _matvec_shape,
    _matvec_pullback,
    _bilinear_pushforward("matvec"),
    kind="matvec",
    summary="matrix times vector",
)
matmul: Op = Op(
    "matmul",
    np.matmul,
    lambda left, right: (left[0], right[1]),
    _matmul_pullback,
    _bilinear_pushforward("matmul"),
    kind="matmul",
    summary="matrix times matrix",
)

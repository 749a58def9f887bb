"""Sums of products over shared axes: matmul of batches, tensordot and kron.

All of them become transposes, reshapes and products of matrices, so they have nothing to
differentiate by themselves.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.linalg.checks import real, together
from ad.op import Value, reshape
from ad.ops.arithmetic import multiply
from ad.ops.linalg import matmul as matrix_product
from ad.ops.linalg import matvec
from ad.ops.matrices import product, swap
from ad.ops.reduction import sum_op
from ad.ops.shape import c_strides, view
from ad.tape import NO_PARAMS
from ad.traced import is_traced


def matmul(a: Any, b: Any) -> Value:
    """Matrix product as `np.matmul` has it: the last two axes are matrices, the others a batch."""
    a, b = real("matmul", a), real("matmul", b)
    if not a.shape or not b.shape:
        raise ShapeError(
            f"matmul: operands must have an axis, got shapes {a.shape} and {b.shape} "
            f"({user_line()}). Use * with numbers."
        )
    if a.shape[-1] != b.shape[-2 if len(b.shape) > 1 else 0]:
        raise ShapeError(
            f"matmul: the last axis of a and the one before the last of b must agree, got shapes "
            f"{a.shape} and {b.shape} ({user_line()})."
        )
    if len(a.shape) == 1 and len(b.shape) == 1:
        return sum_op(a * b, axis=(0,))
    if len(b.shape) == 1:
        if len(a.shape) == 2:
            return matvec(a, b)
        return _with_flat_left(a, reshape(b, (*b.shape, 1)), (*a.shape[:-1],))
    if len(a.shape) == 1:
        if len(b.shape) == 2:
            return matvec(swap(b), a)
        rows = matmul(reshape(a, (1, *a.shape)), b)
        return reshape(rows, (*b.shape[:-2], b.shape[-1]))
    if len(b.shape) == 2:
        return _with_flat_left(a, b, (*a.shape[:-1], b.shape[-1]))
    return product(*together("matmul", a, b))


def _with_flat_left(a: Value, b: Value, shape: tuple[int, ...]) -> Value:
    """One product for a batch on the left of one matrix."""
    flat = reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))
    if b.shape[-1] == 1:
        return reshape(matvec(flat, reshape(b, b.shape[:1])), shape)
    return reshape(matrix_product(flat, b), shape)


_DOUBLES = np.dtype(np.float64)


def row_of_product(a: Any, b: Any) -> Any:
    """The row that a product of real matrices or vectors is; of two vectors, after another."""
    for value in (a, b):
        if not (is_traced(value) or (type(value) is np.ndarray and value.dtype is _DOUBLES)):
            return None
    rows, columns = a.shape, b.shape
    if len(rows) == 1 and rows == columns:
        return sum_op, ((multiply, (a, b)),), {"axis": (0,)}
    if len(rows) != 2 or len(columns) not in (1, 2) or rows[1] != columns[0]:
        return None
    if len(columns) == 1:
        return matvec, (a, b), NO_PARAMS
    return None if columns[1] == 1 else (matrix_product, (a, b), NO_PARAMS)


def transpose(x: Value, order: Sequence[int]) -> Value:
    """`x` with its axes in another order, as a view."""
    if list(order) == list(range(len(x.shape))):
        return x
    strides = c_strides(x.shape)
    return view(
        x,
        shape=tuple(x.shape[axis] for axis in order),
        offset=0,
        strides=tuple(strides[axis] for axis in order),
    )


def tensordot(a: Any, b: Any, axes: Any = 2) -> Value:
    """Sum of products over given axes, as `np.tensordot` has it."""
    a, b = real("tensordot", a), real("tensordot", b)
    if isinstance(axes, int):
        left = list(range(len(a.shape) - axes, len(a.shape)))
        right = list(range(axes))
    else:
        left, right = ([one] if isinstance(one, int) else list(one) for one in axes)
    left, right = [n % len(a.shape) for n in left], [n % len(b.shape) for n in right]
    if [a.shape[n] for n in left] != [b.shape[n] for n in right]:
        raise ShapeError(
            f"tensordot: axes summed over must have equal sizes, got shapes {a.shape} and "
            f"{b.shape} with axes={axes} ({user_line()})."
        )
    free = [n for n in range(len(a.shape)) if n not in left]
    rest = [n for n in range(len(b.shape)) if n not in right]
    shared = math.prod(a.shape[n] for n in left)
    rows, columns = [a.shape[n] for n in free], [b.shape[n] for n in rest]
    first = reshape(transpose(a, [*free, *left]), (math.prod(rows), shared))
    second = reshape(transpose(b, [*right, *rest]), (shared, math.prod(columns)))
    return reshape(matrix_product(first, second), (*rows, *columns))


def kron(a: Any, b: Any) -> Value:
    """Kronecker product, as `np.kron` has it."""
    a, b = real("kron", a), real("kron", b)
    ndim = max(len(a.shape), len(b.shape))
    outer = (1,) * (ndim - len(a.shape)) + tuple(a.shape)
    inner = (1,) * (ndim - len(b.shape)) + tuple(b.shape)
    between = [size for m in outer for size in (m, 1)]
    within = [size for n in inner for size in (1, n)]
    whole = reshape(a, tuple(between)) * reshape(b, tuple(within))
    return reshape(whole, tuple(m * n for m, n in zip(outer, inner, strict=True)))


__all__ = ["kron", "matmul", "row_of_product", "tensordot", "transpose"]

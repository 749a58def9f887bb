"""What rules about matrices are written in. The last two axes are the matrix, others a batch."""

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.op import TABLE, Op, Params, Shape, Value, reshape
from ad.ops.linalg import matmul
from ad.ops.shape import assemble, c_strides, view

Array = npt.NDArray[Any]


def swap(x: Value) -> Value:
    """The transpose of each matrix, as a view."""
    strides = c_strides(x.shape)
    shape = (*x.shape[:-2], x.shape[-1], x.shape[-2])
    return view(x, shape=shape, offset=0, strides=(*strides[:-2], strides[-1], strides[-2]))


def diagonal(x: Value) -> Value:
    """The diagonal of each matrix, as a view."""
    strides = c_strides(x.shape)
    shape = (*x.shape[:-2], min(x.shape[-2:]))
    return view(x, shape=shape, offset=0, strides=(*strides[:-2], strides[-2] + strides[-1]))


def diagonal_matrix(v: Value) -> Value:
    """Square matrices with given diagonals."""
    size = v.shape[-1]
    shape = (*v.shape, size)
    strides = c_strides(shape)
    return assemble(v, shape=shape, places=((0, (*strides[:-2], size + 1)),))


def columns_times(x: Value, v: Value) -> Value:
    """Column j of each matrix times v[..., j]: x diag(v)."""
    return x * reshape(v, (*v.shape[:-1], 1, v.shape[-1]))


def rows_times(v: Value, x: Value) -> Value:
    """Row i of each matrix times v[..., i]: diag(v) x."""
    return reshape(v, (*v.shape, 1)) * x


def product(a: Value, b: Value) -> Value:
    """Products of the matrices of two batches of one shape."""
    return matmul(a, b) if len(a.shape) == 2 else batched_matmul(a, b)


def _fixed(array: Array) -> Array:
    array.setflags(write=False)
    return array


# Cached, so that a graph sees one array and equal expressions stay one node.
@functools.lru_cache(maxsize=256)
def identity(shape: Shape) -> Array:
    """Identity matrices, as many as the axes before the last two say."""
    return _fixed(np.broadcast_to(np.eye(shape[-1]), shape).copy())


@functools.lru_cache(maxsize=256)
def half_lower(size: int) -> Array:
    """1 below the diagonal, 1/2 on it, 0 above: takes a symmetric matrix apart.

    With H this array, ``H * S`` and its transpose add up to S.
    """
    return _fixed(np.tril(np.ones((size, size))) - 0.5 * np.eye(size))


@functools.lru_cache(maxsize=256)
def triangle(size: int, lower: bool, strict: bool = False) -> Array:
    """Whether an element is in the triangle."""
    mask = np.tri(size, k=-1 if strict else 0, dtype=np.bool_)
    return _fixed(mask if lower else np.ascontiguousarray(mask.T))


@functools.lru_cache(maxsize=256)
def same_place(size: int) -> Array:
    """Whether an element is on the diagonal."""
    return _fixed(np.eye(size, dtype=np.bool_))


def keep(x: Value, mask: Array) -> Value:
    """Elements of `x` where the mask holds, 0 elsewhere, whatever was there."""
    return TABLE["where"](mask, x, 0.0)


def symmetric(x: Value) -> Value:
    """The symmetric matrix with the lower triangle of `x`."""
    half = x * half_lower(x.shape[-1])
    return half + swap(half)


def _batched_shape(left: Shape, right: Shape) -> Shape:
    return (*left[:-1], right[-1])


def _batched_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    left, right = args
    return batched_matmul(ct, swap(right)) if index == 0 else batched_matmul(swap(left), ct)


def _batched_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    terms = []
    if tangents[0] is not None:
        terms.append(batched_matmul(tangents[0], args[1]))
    if tangents[1] is not None:
        terms.append(batched_matmul(args[0], tangents[1]))
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]


batched_matmul: Op = Op(
    "batched_matmul",
    np.matmul,
    _batched_shape,
    _batched_pullback,
    _batched_pushforward,
    kind="library",
    summary="matrices times matrices, one by one",
)

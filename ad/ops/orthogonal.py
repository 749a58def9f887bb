"""Singular values and the QR factorisation; packed, with their parts as views (see `spectra`)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ad.op import Op, Value
from ad.ops.factorizations import each, triangular_solve
from ad.ops.matrices import (
    columns_times,
    diagonal,
    keep,
    product,
    swap,
    triangle,
)
from ad.ops.spectra import over_gaps, packed, part, placed

Array = npt.NDArray[Any]

# ---- singular values -----------------------------------------------------------------------------


def _svd_size(rows: int, columns: int) -> int:
    few = min(rows, columns)
    return few + few * rows + few * columns


def _svd(a: Array) -> Array:
    if not np.isfinite(a).all():
        return np.full(_svd_size(*a.shape), np.nan)
    try:
        left, values, right = np.linalg.svd(a, full_matrices=False)
    except np.linalg.LinAlgError:
        return np.full(_svd_size(*a.shape), np.nan)
    return packed(values, left.T, right.T)


# Singular values, then left singular vectors one after another, then the right ones as rows.
svd: Op = Op(
    "svd",
    lambda a: each(_svd, (*np.shape(a)[:-2], _svd_size(*np.shape(a)[-2:])), a),
    lambda a: (*a[:-2], _svd_size(*a[-2:])),
    kind="library",
    summary="singular values and vectors, packed",
)


def _pieces(factors: Value, a: Value) -> tuple[Value, Value, Value]:
    """U, s and V of a = U diag(s) V'."""
    return left_of(factors, a), values_of(factors, a), swap(right_of(factors, a))


def _values_pullback(ct: Value, out: Value, factors: Value, a: Value) -> Value:
    left, _, right = _pieces(factors, a)
    return product(columns_times(left, ct), swap(right))


def _values_pushforward(change: Value, out: Value, factors: Value, a: Value) -> Value:
    left, _, right = _pieces(factors, a)
    return diagonal(product(swap(left), product(change, right)))


def _outside(basis: Value, x: Value) -> Value:
    """What of the columns of `x` is orthogonal to those of `basis`."""
    if basis.shape[-1] == basis.shape[-2]:
        return None
    return x - product(basis, product(swap(basis), x))


def _plus(x: Value, y: Value) -> Value:
    return x if y is None else x + y


def _side_pullback(ct: Value, this: Value, values: Value, other: Value) -> Value:
    """Cotangent of a = this diag(values) other' from that of the vectors in `this`."""
    inner = product(swap(this), ct)
    inner = columns_times(over_gaps(inner - swap(inner), values * values), values)
    total = product(product(this, inner), swap(other))
    free = _outside(this, columns_times(ct, 1.0 / values))
    return total if free is None else total + product(free, swap(other))


def _side_pushforward(change: Value, this: Value, values: Value, other: Value) -> Value:
    moved = product(change, other)
    inner = columns_times(product(swap(this), moved), values)
    turned = product(this, over_gaps(inner + swap(inner), values * values))
    return _plus(turned, _outside(this, columns_times(moved, 1.0 / values)))


def _left_pullback(ct: Value, out: Value, factors: Value, a: Value) -> Value:
    left, values, right = _pieces(factors, a)
    return _side_pullback(ct, left, values, right)


def _left_pushforward(change: Value, out: Value, factors: Value, a: Value) -> Value:
    left, values, right = _pieces(factors, a)
    return _side_pushforward(change, left, values, right)


# For the right vectors the same rules, of the transpose.
def _right_pullback(ct: Value, out: Value, factors: Value, a: Value) -> Value:
    left, values, right = _pieces(factors, a)
    return swap(_side_pullback(swap(ct), right, values, left))


def _right_pushforward(change: Value, out: Value, factors: Value, a: Value) -> Value:
    left, values, right = _pieces(factors, a)
    return swap(_side_pushforward(swap(change), right, values, left))


# Derivatives: Giles (2008), section 3.2, and Townsend (2016), "Differentiating the singular value
# decomposition", for the vectors.
singular_values = part(
    "singular_values",
    _values_pullback,
    _values_pushforward,
    "singular values, descending; second derivatives need them distinct and not 0",
)
left_vectors = part(
    "left_singular_vectors",
    _left_pullback,
    _left_pushforward,
    "left singular vectors, as columns; derivatives need distinct singular values",
)
right_vectors = part(
    "right_singular_vectors",
    _right_pullback,
    _right_pushforward,
    "right singular vectors, as rows; derivatives need distinct singular values",
)


def values_of(factors: Value, a: Value) -> Value:
    """Singular values in the result of `svd`."""
    return singular_values(factors, a, **placed(factors, (min(a.shape[-2:]),), 0, (1,)))


def left_of(factors: Value, a: Value) -> Value:
    """Left singular vectors in the result of `svd`, as columns."""
    rows, few = a.shape[-2], min(a.shape[-2:])
    return left_vectors(factors, a, **placed(factors, (rows, few), few, (1, rows)))


def right_of(factors: Value, a: Value) -> Value:
    """Right singular vectors in the result of `svd`, as rows."""
    rows, columns = a.shape[-2:]
    few = min(rows, columns)
    start = few + few * rows
    return right_vectors(factors, a, **placed(factors, (few, columns), start, (1, few)))


# ---- QR ------------------------------------------------------------------------------------------


def _qr(a: Array) -> Array:
    orthogonal, upper = np.linalg.qr(a)
    result = packed(orthogonal.T, upper)
    return result if np.isfinite(result).all() else np.full_like(result, np.nan)


# The columns of Q one after another, then the rows of R.
qr: Op = Op(
    "qr",
    lambda a: each(_qr, (*np.shape(a)[:-2], sum(np.shape(a)[-2:]) * np.shape(a)[-1]), a),
    lambda a: (*a[:-2], (a[-2] + a[-1]) * a[-1]),
    kind="library",
    summary="QR factors of a matrix with at least as many rows as columns, packed",
)


def _over(x: Value, upper: Value) -> Value:
    """X R^-1."""
    return swap(triangular_solve(upper, swap(x), lower=False, transposed=True))


def _through_rotation(matrix: Value, ct: Value, orthogonal: Value, upper: Value) -> Value:
    """(ct + Q S) R^-T, where S is the symmetric matrix with the lower triangle of `matrix`."""
    size = matrix.shape[-1]
    below = keep(matrix, triangle(size, lower=True, strict=True))
    mirrored = keep(matrix, triangle(size, lower=True)) + swap(below)
    total = _plus(product(orthogonal, mirrored), ct)
    return swap(triangular_solve(upper, swap(total), lower=False, transposed=False))


def _q_pullback(ct: Value, out: Value, factors: Value, a: Value) -> Value:
    return _through_rotation(-product(swap(ct), out), ct, out, upper_of(factors, a))


def _r_pullback(ct: Value, out: Value, factors: Value, a: Value) -> Value:
    return _through_rotation(product(out, swap(ct)), None, orthogonal_of(factors, a), out)


def _rotation(change: Value, orthogonal: Value, upper: Value) -> Value:
    """Q' dQ, which is antisymmetric."""
    inner = _over(product(swap(orthogonal), change), upper)
    below = keep(inner, triangle(inner.shape[-1], lower=True, strict=True))
    return below - swap(below)


def _q_pushforward(change: Value, out: Value, factors: Value, a: Value) -> Value:
    upper = upper_of(factors, a)
    turned = product(out, _rotation(change, out, upper))
    return _plus(turned, _outside(out, _over(change, upper)))


def _r_pushforward(change: Value, out: Value, factors: Value, a: Value) -> Value:
    orthogonal = orthogonal_of(factors, a)
    rotation = _rotation(change, orthogonal, out)
    moved = product(swap(orthogonal), change) - product(rotation, out)
    return keep(moved, triangle(out.shape[-1], lower=False))


# Derivatives: Walter and Lehmann (2018), arXiv:1001.1654, section 3.1; they need full rank.
q_part = part(
    "qr_q", _q_pullback, _q_pushforward, "orthogonal factor of qr; derivatives need full rank"
)
r_part = part(
    "qr_r", _r_pullback, _r_pushforward, "triangular factor of qr; derivatives need full rank"
)


def orthogonal_of(factors: Value, a: Value) -> Value:
    """Q in the result of `qr`."""
    return q_part(factors, a, **placed(factors, a.shape[-2:], 0, (1, a.shape[-2])))


def upper_of(factors: Value, a: Value) -> Value:
    """R in the result of `qr`."""
    rows, columns = a.shape[-2:]
    return r_part(factors, a, **placed(factors, (columns, columns), rows * columns, (columns, 1)))

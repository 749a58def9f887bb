"""Triangular factors and what is solved with them.

A matrix is the last two axes; axes before are a batch, the same for all arguments. A matrix that
cannot be factored or solved with (not positive definite, singular, not finite) gives nan
everywhere, never an exception: inside a density it means a point outside the support.

An LU factorisation is a node of its own without a derivative; operations that use one take the
matrix as well and carry the derivative past the factors to it. So one factorisation serves the
value and derivatives of every order (equal expressions are one node).
"""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.op import Op, Params, Shape, Value, reshape
from ad.ops.matrices import half_lower, identity, keep, product, swap, symmetric, triangle
from ad.ops.reduction import sum_op

Array = npt.NDArray[Any]


def lapack() -> Any:
    """SciPy's LAPACK, imported when it is first needed."""
    return importlib.import_module("scipy.linalg.lapack")


def each(function: Callable[..., Array], shape: Shape, *arrays: Any) -> Array:
    """`function` of the corresponding matrices of a batch, as an array of the given shape."""
    matrices = [np.asarray(array, dtype=np.float64) for array in arrays]
    if matrices[0].ndim == 2:
        return function(*matrices)
    result = np.empty(shape)
    for where in np.ndindex(matrices[0].shape[:-2]):
        result[where] = function(*(matrix[where] for matrix in matrices))
    return result


# ---- Cholesky ------------------------------------------------------------------------------------


def _cholesky(a: Array) -> Array:
    try:
        factor = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return np.full_like(a, np.nan)
    return factor if np.isfinite(factor).all() else np.full_like(a, np.nan)


def _cholesky_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    half = half_lower(out.shape[-1])
    inner = half * product(swap(out), ct)
    left = triangular_solve(out, inner + swap(inner), lower=True, transposed=True)
    # The value depends on the lower triangle alone, so the cotangent lies there.
    return half * triangular_solve(out, swap(left), lower=True, transposed=True)


def _cholesky_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    left = triangular_solve(out, symmetric(tangents[0]), lower=True, transposed=False)
    both = triangular_solve(out, swap(left), lower=True, transposed=False)
    return product(out, both * half_lower(out.shape[-1]))


# Derivatives: Murray (2016), arXiv:1602.07527, equations 8 and 10.
cholesky: Op = Op(
    "cholesky",
    lambda a: each(_cholesky, np.shape(a), a),
    lambda a: a,
    _cholesky_pullback,
    _cholesky_pushforward,
    kind="library",
    summary="lower factor L of L L' = a; reads the lower triangle; nan if not positive definite",
)


# ---- triangular systems --------------------------------------------------------------------------


def _triangular_solve(a: Array, b: Array, lower: bool, transposed: bool) -> Array:
    if not b.size or not np.diagonal(a).all():
        return np.full_like(b, np.nan)
    # LAPACK's arrays are the transposes of ours: lower is upper there, and a is transposed.
    solution, _ = lapack().dtrtrs(a.T, b, lower=int(not lower), trans=int(not transposed))
    return np.ascontiguousarray(solution)


def _triangular_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    a, _ = args
    lower, transposed = params["lower"], params["transposed"]
    back = triangular_solve(a, ct, lower=lower, transposed=not transposed)
    if index == 1:
        return back
    outer = product(out, swap(back)) if transposed else product(back, swap(out))
    return keep(-outer, triangle(a.shape[-1], lower))


def _triangular_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    change, right = tangents
    if change is not None:
        change = keep(change, triangle(change.shape[-1], params["lower"]))
        moved = product(swap(change) if params["transposed"] else change, out)
        right = -moved if right is None else right - moved
    return triangular_solve(args[0], right, **params)


triangular_solve: Op = Op(
    "triangular_solve",
    lambda a, b, lower, transposed: each(
        lambda x, y: _triangular_solve(x, y, lower, transposed), np.shape(b), a, b
    ),
    lambda a, b, lower, transposed: b,
    _triangular_pullback,
    _triangular_pushforward,
    kind="library",
    summary="x of a x = b (or a' x = b), a triangular: the other triangle is not read",
)


# ---- general systems -----------------------------------------------------------------------------


def _lu(a: Array) -> Array:
    size = len(a)
    if not size:
        return np.zeros((1, 0))
    factors, pivots, _ = lapack().dgetrf(a.T)
    return np.vstack([factors.T, pivots[None, :]])


# Row i < n of the result is column i of the factors of the transpose, as LAPACK leaves them; the
# last row tells, from 0, which rows were interchanged.
lu: Op = Op(
    "lu",
    lambda a: each(_lu, (*np.shape(a)[:-2], np.shape(a)[-1] + 1, np.shape(a)[-1]), a),
    lambda a: (*a[:-2], a[-1] + 1, a[-1]),
    kind="library",
    summary="LU factors and pivots, packed; no derivative passes through: see lu_solve",
)


def _lu_solve(factors: Array, a: Array, b: Array, transposed: bool) -> Array:
    if not b.size or not np.diagonal(factors).all():
        return np.full_like(b, np.nan)
    pivots = factors[-1].astype(np.int32)
    solution, _ = lapack().dgetrs(factors[:-1].T, pivots, b, trans=int(not transposed))
    return np.ascontiguousarray(solution)


def _lu_solve_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    if index == 0:
        return None
    factors, a, _ = args
    transposed = params["transposed"]
    back = lu_solve(factors, a, ct, transposed=not transposed)
    if index == 2:
        return back
    return -(product(out, swap(back)) if transposed else product(back, swap(out)))


def _lu_solve_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    _, change, right = tangents
    if change is not None:
        moved = product(swap(change) if params["transposed"] else change, out)
        right = -moved if right is None else right - moved
    return lu_solve(args[0], args[1], right, **params)


lu_solve: Op = Op(
    "lu_solve",
    lambda factors, a, b, transposed: each(
        lambda f, x, y: _lu_solve(f, x, y, transposed), np.shape(b), factors, a, b
    ),
    lambda factors, a, b, transposed: b,
    _lu_solve_pullback,
    _lu_solve_pushforward,
    kind="library",
    summary="x of a x = b (or a' x = b), by the factors of a",
)


def _lu_det(factors: Array, a: Array, log: bool) -> Array:
    entries = np.diagonal(factors)
    if log:
        with np.errstate(divide="ignore"):
            return np.asarray(np.sum(np.log(np.abs(entries))))
    swaps = np.count_nonzero(factors[-1] != np.arange(len(a)))
    return np.asarray(np.prod(entries) * (-1.0) ** swaps)


def inverse(factors: Value, a: Value, transposed: bool = False) -> Value:
    """The inverse of `a` (transposed), by its factors."""
    return lu_solve(factors, a, identity(a.shape), transposed=transposed)


def _lu_det_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    if index == 0:
        return None
    factors, a = args
    scale = ct if params["log"] else ct * out
    return reshape(scale, (*scale.shape, 1, 1)) * inverse(factors, a, transposed=True)


def _lu_det_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    factors, a = args
    turned = inverse(factors, a, transposed=True)
    rate = sum_op(turned * tangents[1], axis=(len(a.shape) - 2, len(a.shape) - 1))
    return rate if params["log"] else out * rate


lu_det: Op = Op(
    "lu_det",
    lambda factors, a, log: each(lambda f, x: _lu_det(f, x, log), np.shape(a)[:-2], factors, a),
    lambda factors, a, log: a[:-2],
    _lu_det_pullback,
    _lu_det_pushforward,
    kind="library",
    summary="determinant of a, or log |determinant|, by its factors",
)

"""`np.linalg` of complex matrices: what is made of their factors, and the table of all."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.complexes.eigen import eig
from ad.complexes.elementwise import absolute
from ad.complexes.matrices import det, eigh, slogdet, svd
from ad.complexes.systems import adjoint, cholesky, inv, matrix, qr, solve
from ad.errors import NoRuleError
from ad.linalg.checks import one_matrix
from ad.op import Value


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, **_: Any) -> Any:
    """Of a matrix of full rank, by its QR factors, which keep its condition number."""
    matrix("pinv", a)
    if a.shape[-2] < a.shape[-1]:
        return adjoint(_pinv(adjoint(a)))
    q, r = qr(a)
    return solve(r, adjoint(q))


def _norm(
    x: Any,
    ord: Any = None,
    axis: Any = None,
    keepdims: bool = False,
) -> Value:
    matrix = (isinstance(axis, tuple) and len(axis) == 2) or (axis is None and x.ndim == 2)
    if not matrix or ord not in (2, -2, "nuc"):
        return np.linalg.norm(absolute(x), ord, axis, keepdims)
    places = (-2, -1) if axis is None else axis
    s = svd(np.moveaxis(x, places, (-2, -1)), compute_uv=False)
    found = np.sum(s, axis=-1) if ord == "nuc" else s[..., 0 if ord == 2 else -1]
    return np.expand_dims(found, tuple(n % x.ndim for n in places)) if keepdims else found


def _cond(x: Any, p: Any = None) -> Value:
    if p in (None, 2, -2):
        s = svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return _norm(x, p, (-2, -1)) * _norm(inv(x), p, (-2, -1))


def _matrix_power(a: Any, n: int) -> Any:
    if n < 0:
        return _matrix_power(inv(a), -n)
    result: Any = np.broadcast_to(np.eye(a.shape[-1]), a.shape).copy()
    for _ in range(n):
        result = np.matmul(result, a)
    return result


def _matrix_rank(
    A: Any,
    tol: Any = None,
    hermitian: bool = False,
    *,
    rtol: Any = None,
) -> Value:
    if np.ndim(A) < 2:
        return np.any(np.not_equal(A, 0.0)) * 1.0
    s = svd(A, compute_uv=False)
    if tol is None:
        relative = max(A.shape[-2:]) * np.finfo(float).eps if rtol is None else rtol
        tol = np.max(s, axis=-1, keepdims=True) * relative
    return np.count_nonzero(np.greater(s, tol), axis=-1)


def _lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Value, int, Value]:
    """Of full rank. Either array may be real, or data: NumPy's names find the rule."""
    one_matrix("np.linalg.lstsq", np.shape(a))
    values = np.linalg.svd(a, compute_uv=False)
    rows, columns = a.shape
    least = max(rows, columns) * np.finfo(float).eps if rcond is None else rcond
    if not values[-1] > least * values[0]:  # a branch
        raise NoRuleError(
            f"np.linalg.lstsq: a must have full rank, got shape {a.shape} with a singular value "
            f"that is 0 to rounding ({user_line()}). Without full rank there is no derivative."
        )
    solution = np.matmul(np.linalg.pinv(a), b)
    if rows <= columns:
        return solution, np.zeros(0), rows, values
    rest = np.square(absolute(b - np.matmul(a, solution)))
    return solution, np.sum(rest, axis=0, keepdims=np.ndim(b) == 1), columns, values


def _tensorinv(a: Any, ind: int = 2) -> Any:
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    rows, columns = a.shape[:ind], a.shape[ind:]
    inverse = inv(np.reshape(a, (int(np.prod(rows)), -1)))
    return np.reshape(inverse, (*columns, *rows))


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        order = [k for k in range(np.ndim(a)) if k not in axes]
        a = np.transpose(a, [*order, *axes])
    wanted = np.shape(a)[np.ndim(b) :]
    size = int(np.prod(wanted))
    if np.size(b) != size:
        raise np.linalg.LinAlgError(
            "Input arrays must satisfy the requirement prod(a.shape[b.ndim:])"
        )
    return np.reshape(solve(np.reshape(a, (size, size)), np.ravel(b)), wanted)


MATRICES: dict[str, Callable[..., Any]] = {
    "solve": solve,
    "inv": inv,
    "pinv": _pinv,
    "lstsq": _lstsq,
    "tensorinv": _tensorinv,
    "tensorsolve": _tensorsolve,
    "matrix_power": _matrix_power,
    "matrix_rank": _matrix_rank,
    "cholesky": cholesky,
    "qr": qr,
    "det": det,
    "slogdet": slogdet,
    "eig": eig,
    "eigvals": lambda a: eig(a).eigenvalues,
    "eigh": eigh,
    "eigvalsh": lambda a, UPLO="L": eigh(a, UPLO).eigenvalues,
    "svd": svd,
    "svdvals": lambda x, /: svd(x, compute_uv=False),
    "cond": _cond,
    "norm": _norm,
    "matrix_norm": lambda x, /, *, keepdims=False, ord="fro": _norm(x, ord, (-2, -1), keepdims),
    "multi_dot": lambda arrays: functools.reduce(np.matmul, arrays),
}

__all__ = ["MATRICES"]

"""`np.linalg` of complex matrices: what is made of their factors, and the table of all."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.complexes.eigen import eig
from ad.complexes.elementwise import absolute
from ad.complexes.matrices import det, eigh, slogdet, svd
from ad.complexes.systems import adjoint, cholesky, inv, matrix, qr, solve
from ad.linalg import composed
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


MATRICES: dict[str, Callable[..., Any]] = {
    "solve": solve,
    "inv": inv,
    "pinv": _pinv,
    "lstsq": composed.lstsq,
    "tensorinv": composed.tensorinv,
    "tensorsolve": composed.tensorsolve,
    "matrix_power": _matrix_power,
    "matrix_rank": composed.matrix_rank,
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

"""`np.linalg`'s functions on traced arrays."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import NoRuleError
from ad.linalg import composed, contractions, norms, spectra, systems
from ad.op import Value
from ad.ops.matrices import swap


def _cholesky(a: Any, /, *, upper: bool = False) -> Value:
    return swap(systems.cholesky(swap(a))) if upper else systems.cholesky(a)


def _eig(a: Any) -> Any:
    from ad.complexes.eigen import eig  # noqa: PLC0415 - complex values are written over this

    return eig(a)


def _eigh(a: Any, UPLO: str = "L") -> Value:  # noqa: N803 - NumPy's name
    return spectra.eigh(a, lower=UPLO.upper() == "L")


def _eigvalsh(a: Any, UPLO: str = "L") -> Value:  # noqa: N803 - as above
    return spectra.eigvalsh(a, lower=UPLO.upper() == "L")


def _svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Value:
    if hermitian:
        raise NoRuleError(
            f"np.linalg.svd: hermitian must be False, got True ({user_line()}). "
            "Use np.linalg.eigh and the sizes of its eigenvalues."
        )
    return spectra.svd(a, full_matrices, compute_uv)


MODES = {"reduced": "economic", "complete": "full", "r": "r"}


def _qr(a: Any, mode: str = "reduced") -> Value:
    return spectra.qr(a, MODES.get(mode, mode))


def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Value:  # noqa: A002 - NumPy's name
    return norms.norm(x, ord, axis=(-2, -1), keepdims=keepdims)


def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Value:  # noqa: A002 - as above
    if axis is None:
        flat = norms.norm(np.ravel(x), ord)
        return np.reshape(flat, (1,) * np.ndim(x)) if keepdims else flat
    return norms.norm(x, ord, axis=axis, keepdims=keepdims)


def _cond(x: Any, p: Any = None) -> Value:
    if p in (None, 2, -2):
        values = spectra.svd(x, compute_uv=False)
        large, small = values[..., 0], values[..., -1]
        return small / large if p == -2 else large / small
    return norms.norm(x, p, axis=(-2, -1)) * norms.norm(systems.inv(x), p, axis=(-2, -1))


def _diagonal(x: Any, /, *, offset: int = 0) -> Value:
    return np.diagonal(x, offset, -2, -1)


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, **_: Any) -> Value:
    return norms.pinv(a)  # of full rank, so no tolerance counts


def _vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Value:
    return np.vecdot(np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1))


def _cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Value:
    if np.shape(x1)[axis] != 3 or np.shape(x2)[axis] != 3:
        raise ValueError("Both input arrays must be (arrays of) 3-dimensional vectors")
    return np.cross(x1, x2, axis=axis)


LINALG_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "cholesky": _cholesky,
    "solve": systems.solve,
    "eig": _eig,
    "eigvals": lambda a: _eig(a).eigenvalues,
    "eigh": _eigh,
    "eigvalsh": _eigvalsh,
    "svd": _svd,
    "svdvals": lambda a, /: spectra.svd(a, compute_uv=False),
    "qr": _qr,
    "matrix_power": spectra.matrix_power,
    "matmul": contractions.matmul,
    "tensordot": contractions.tensordot,
    "outer": lambda x1, x2, /: np.outer(x1, x2),
    "multi_dot": lambda arrays, *, out=None: functools.reduce(contractions.matmul, arrays),
    "matrix_transpose": lambda x, /: np.swapaxes(x, -1, -2),
    "diagonal": _diagonal,
    "trace": lambda x, /, *, offset=0, dtype=None: np.sum(_diagonal(x, offset=offset), axis=-1),
    "cond": _cond,
    "norm": norms.norm,
    "matrix_norm": _matrix_norm,
    "vector_norm": _vector_norm,
    "pinv": _pinv,
    "vecdot": _vecdot,
    "cross": _cross,
    "matrix_rank": composed.matrix_rank,
    "lstsq": composed.lstsq,
    "tensorinv": composed.tensorinv,
    "tensorsolve": composed.tensorsolve,
    "inv": systems.inv,
    "det": systems.det,
    "slogdet": systems.slogdet,
}

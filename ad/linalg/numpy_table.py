"""`np.linalg`'s functions on traced arrays."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import NoRuleError
from ad.linalg import contractions, norms, spectra, systems
from ad.op import Value
from ad.ops.matrices import swap


def _cholesky(a: Any, /, *, upper: bool = False) -> Value:
    return swap(systems.cholesky(swap(a))) if upper else systems.cholesky(a)


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


LINALG_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "cholesky": _cholesky,
    "solve": systems.solve,
    "eigh": _eigh,
    "eigvalsh": _eigvalsh,
    "svd": _svd,
    "svdvals": lambda a, /: spectra.svd(a, compute_uv=False),
    "qr": _qr,
    "matrix_power": spectra.matrix_power,
    "matmul": contractions.matmul,
    "tensordot": contractions.tensordot,
    "outer": lambda x1, x2, /: np.outer(x1, x2),
    "multi_dot": lambda arrays: functools.reduce(contractions.matmul, arrays),
    "matrix_transpose": lambda x, /: np.swapaxes(x, -1, -2),
    "diagonal": _diagonal,
    "trace": lambda x, /, *, offset=0: np.sum(_diagonal(x, offset=offset), axis=-1),
    "cond": _cond,
    "norm": norms.norm,
    "matrix_norm": _matrix_norm,
    "vector_norm": _vector_norm,
    "pinv": norms.pinv,
    "inv": systems.inv,
    "det": systems.det,
    "slogdet": systems.slogdet,
}

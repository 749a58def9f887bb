"""`np.linalg`'s functions on traced arrays."""

from collections.abc import Callable
from typing import Any

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
    "norm": norms.norm,
    "pinv": norms.pinv,
    "inv": systems.inv,
    "det": systems.det,
    "slogdet": systems.slogdet,
}

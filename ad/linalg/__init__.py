"""Linear algebra under SciPy's names and arguments, on plain arrays and traced values alike.

`np.linalg`'s functions dispatch to these by themselves; `scipy.linalg` cannot, so these are its
twins. The last two axes are the matrix, axes before them a batch. What cannot be computed (a
singular matrix, one that is not positive definite) is nan, not an exception: inside a density it
means a point outside the support.
"""

from typing import Any

from ad.linalg.equations import (
    solve_continuous_lyapunov,
    solve_discrete_lyapunov,
    solve_lyapunov,
    solve_sylvester,
)
from ad.linalg.factors import (
    LUResult,
    PolarResult,
    eig,
    eigvals,
    lstsq,
    lu,
    lu_factor,
    lu_solve,
    orthogonal_procrustes,
    pinvh,
    polar,
    rq,
    svdvals,
)
from ad.linalg.functions import (
    coshm,
    cosm,
    expm_frechet,
    logm,
    sinhm,
    sinm,
    sqrtm,
    tanhm,
    tanm,
)
from ad.linalg.norms import norm, pinv
from ad.linalg.patterns import (
    cho_solve_banded,
    cholesky_banded,
    companion,
    convolution_matrix,
    eig_banded,
    eigh_tridiagonal,
    eigvals_banded,
    eigvalsh_tridiagonal,
    khatri_rao,
    leslie,
    matmul_toeplitz,
    solve_circulant,
    solve_toeplitz,
)
from ad.linalg.refusals import refuse
from ad.linalg.spectra import (
    EighResult,
    QRResult,
    SVDResult,
    eigh,
    eigvalsh,
    expm,
    matrix_power,
    qr,
    svd,
)
from ad.linalg.structured import (
    block_diag,
    circulant,
    hankel,
    solve_banded,
    solveh_banded,
    toeplitz,
)
from ad.linalg.systems import (
    SlogdetResult,
    cho_factor,
    cho_solve,
    cholesky,
    det,
    inv,
    slogdet,
    solve,
    solve_triangular,
)


def __getattr__(name: str) -> Any:
    refuse(name)


__all__ = [
    "EighResult",
    "LUResult",
    "PolarResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cho_solve_banded",
    "cholesky",
    "cholesky_banded",
    "circulant",
    "companion",
    "convolution_matrix",
    "coshm",
    "cosm",
    "det",
    "eig",
    "eig_banded",
    "eigh",
    "eigh_tridiagonal",
    "eigvals",
    "eigvals_banded",
    "eigvalsh",
    "eigvalsh_tridiagonal",
    "expm",
    "expm_frechet",
    "hankel",
    "inv",
    "khatri_rao",
    "leslie",
    "logm",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_solve",
    "matmul_toeplitz",
    "matrix_power",
    "norm",
    "orthogonal_procrustes",
    "pinv",
    "pinvh",
    "polar",
    "qr",
    "rq",
    "sinhm",
    "sinm",
    "slogdet",
    "solve",
    "solve_banded",
    "solve_circulant",
    "solve_continuous_lyapunov",
    "solve_discrete_lyapunov",
    "solve_lyapunov",
    "solve_sylvester",
    "solve_toeplitz",
    "solve_triangular",
    "solveh_banded",
    "sqrtm",
    "svd",
    "svdvals",
    "tanhm",
    "tanm",
    "toeplitz",
]

"""Linear algebra under SciPy's names and arguments, on plain arrays and traced values alike.

`np.linalg`'s functions dispatch to these by themselves; `scipy.linalg` cannot, so these are its
twins. The last two axes are the matrix, axes before them a batch. What cannot be computed (a
singular matrix, one that is not positive definite) is nan, not an exception: inside a density it
means a point outside the support.
"""

from ad.linalg.norms import norm, pinv
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

__all__ = [
    "EighResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cholesky",
    "circulant",
    "det",
    "eigh",
    "eigvalsh",
    "expm",
    "hankel",
    "inv",
    "matrix_power",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_banded",
    "solve_triangular",
    "solveh_banded",
    "svd",
    "toeplitz",
]

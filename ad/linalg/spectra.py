"""Eigenvalues, singular values, QR and functions of matrices."""

from typing import Any, NamedTuple

import numpy as np

from ad.callsite import user_line
from ad.errors import NoRuleError
from ad.linalg.checks import matrix, square
from ad.linalg.contractions import matmul
from ad.linalg.systems import inv
from ad.op import Value
from ad.ops import orthogonal, spectra
from ad.ops.matrices import identity, swap
from ad.ops.reduction import section


class EighResult(NamedTuple):
    """Eigenvalues, ascending, and eigenvectors, as columns."""

    eigenvalues: Any
    eigenvectors: Any


class SVDResult(NamedTuple):
    """Factors of a = U diag(S) Vh."""

    U: Any
    S: Any
    Vh: Any


class QRResult(NamedTuple):
    """Factors of a = Q R."""

    Q: Any
    R: Any


def eigh(a: Any, lower: bool = True, eigvals_only: bool = False) -> Any:
    """Eigenvalues and eigenvectors of a symmetric matrix.

    Parameters
    ----------
    a : array, shape (..., n, n)
        Only one triangle is read; derivatives with respect to the other are zero.
    lower : bool
        Which triangle.
    eigvals_only : bool
        Whether to give the eigenvalues alone.

    Returns
    -------
    EighResult or array
        Eigenvalues, shape (..., n), ascending; eigenvectors, shape (..., n, n), as columns. nan
        if `a` is not finite.

    Raises
    ------
    ShapeError
        If `a` is not square.

    Notes
    -----
    Derivatives: Giles (2008), "Collected matrix derivative results", section 3.1. First
    derivatives of eigenvalues are right for any symmetric function of them. Those of eigenvectors,
    and second ones, lose digits as the gap to the next eigenvalue gets small; where it is within
    rounding they are not determined, and nan. (A covariance with a noise floor has such
    eigenvalues: use `cholesky` there.)

    Examples
    --------
    >>> import ad
    >>> ad.linalg.eigh([[2.0, 0.0], [0.0, 1.0]]).eigenvalues.tolist()
    [1.0, 2.0]
    """
    a = square("linalg.eigh", a)
    if not lower:
        a = swap(a)
    factors = spectra.eigh(a)
    values = spectra.eigenvalues_of(factors, a)
    return values if eigvals_only else EighResult(values, spectra.eigenvectors_of(factors, a))


def eigvalsh(a: Any, lower: bool = True) -> Any:
    """Eigenvalues of a symmetric matrix, ascending, shape (..., n): those of `eigh`."""
    return eigh(a, lower=lower, eigvals_only=True)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Singular value decomposition.

    Parameters
    ----------
    a : array, shape (..., m, n)
    full_matrices : bool
        Whether to complete U and Vh to square matrices; only for square `a` is there a rule.
    compute_uv : bool
        Whether to give the vectors as well.

    Returns
    -------
    SVDResult or array
        U, shape (..., m, k), S, shape (..., k), descending, and Vh, shape (..., k, n), with
        k = min(m, n); or S alone. nan if `a` is not finite.

    Raises
    ------
    NoRuleError
        For full matrices of an `a` that is not square.

    Notes
    -----
    Derivatives: Giles (2008), section 3.2; Townsend (2016). Those of the vectors, and second ones
    of the values, are nan where singular values agree to rounding, and need them not 0.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.svd([[0.0, 2.0], [1.0, 0.0]], compute_uv=False).tolist()
    [2.0, 1.0]
    """
    a = matrix("linalg.svd", a)
    if compute_uv and full_matrices and a.shape[-1] != a.shape[-2]:
        raise NoRuleError(
            f"linalg.svd: full_matrices must be False for a matrix that is not square, got shape "
            f"{a.shape} ({user_line()}). Its other vectors have no derivative."
        )
    factors = orthogonal.svd(a)
    values = orthogonal.values_of(factors, a)
    if not compute_uv:
        return values
    return SVDResult(orthogonal.left_of(factors, a), values, orthogonal.right_of(factors, a))


def qr(a: Any, mode: str = "full") -> Any:
    """QR factorisation.

    Parameters
    ----------
    a : array, shape (..., m, n)
    mode : {"full", "economic", "r"}
        The reduced factors, or R alone; "full" has a rule only for m <= n, where it is the same.

    Returns
    -------
    QRResult or array
        Q, shape (..., m, k), and R, shape (..., k, n), with k = min(m, n); or R alone. The signs
        are LAPACK's. nan if `a` is not finite.

    Raises
    ------
    NoRuleError
        For full factors of an `a` with more rows than columns.
    ValueError
        If `mode` is none of the above.

    Notes
    -----
    Derivatives: Walter and Lehmann (2018), arXiv:1001.1654; they need full rank.

    Examples
    --------
    >>> import numpy as np, ad
    >>> q, r = ad.linalg.qr([[0.0, 1.0], [2.0, 1.0]])
    >>> np.allclose(q @ r, [[0.0, 1.0], [2.0, 1.0]])
    True
    """
    if mode not in ("full", "economic", "r"):
        raise ValueError(
            f"linalg.qr: mode must be 'full', 'economic' or 'r', got {mode!r} ({user_line()})."
        )
    a = matrix("linalg.qr", a)
    rows, columns = a.shape[-2:]
    if mode == "full" and rows > columns:
        raise NoRuleError(
            "linalg.qr: mode must be 'economic' ('reduced' in NumPy) for a matrix with more rows "
            f"than columns, got shape {a.shape} ({user_line()}). The other columns of Q have no "
            "derivative."
        )
    result = _reduced_qr(a)
    return result.R if mode == "r" else result


def _reduced_qr(a: Value) -> QRResult:
    rows, columns = a.shape[-2:]
    # A wide matrix is factored by its first columns; the rest of R follows.
    core = a if rows >= columns else section(a, len(a.shape) - 1, 0, rows)
    factors = orthogonal.qr(core)
    q, r = orthogonal.orthogonal_of(factors, core), orthogonal.upper_of(factors, core)
    if rows < columns:
        rest = matmul(swap(q), section(a, len(a.shape) - 1, rows, columns))
        r = np.concatenate([r, rest], axis=-1)
    return QRResult(q, r)


def expm(a: Any) -> Any:
    """Exponential of a matrix.

    Parameters
    ----------
    a : array, shape (..., n, n)

    Returns
    -------
    array, shape (..., n, n)
        nan if `a` is not finite.

    Raises
    ------
    ShapeError
        If `a` is not square.

    Notes
    -----
    By scaling, a Pade approximant and squaring (Higham, 2005); its derivatives are exponentials
    of block matrices (Al-Mohy and Higham, 2009, equation 1.3), so exact at every order.

    Examples
    --------
    >>> import numpy as np, ad
    >>> np.allclose(ad.linalg.expm([[0.0, 3.0], [0.0, 0.0]]), [[1.0, 3.0], [0.0, 1.0]])
    True
    """
    return spectra.expm(square("linalg.expm", a))


def matrix_power(a: Any, n: int) -> Any:
    """`a` to an integer power, as `np.linalg.matrix_power` has it, by repeated squaring."""
    a = square("linalg.matrix_power", a)
    if not isinstance(n, int | np.integer):
        raise TypeError(
            f"linalg.matrix_power: n must be an integer, got {n!r} ({user_line()}). For symmetric "
            "matrices use the eigenvalues."
        )
    if n < 0:
        a, n = inv(a), -n
    if n == 0:
        return identity(a.shape) + 0.0 * a
    result, power = None, a
    while n:
        if n % 2:
            result = power if result is None else matmul(result, power)
        n //= 2
        power = matmul(power, power) if n else power
    return result

"""LU factors, least squares, polar factors and other twins of SciPy's decompositions."""

from typing import Any, NamedTuple

import numpy as np

from ad.callsite import user_line
from ad.errors import NoRuleError, ShapeError
from ad.linalg.checks import matrix, one_square, real
from ad.linalg.contractions import matmul
from ad.linalg.spectra import eigh, qr, svd
from ad.linalg.systems import solve_triangular
from ad.op import TABLE, Value, reshape
from ad.ops import factorizations as rows
from ad.ops.matrices import columns_times, identity, keep, swap, triangle

where = TABLE["where"]


class LUResult(NamedTuple):
    """Factors of a = P L U."""

    P: Any
    L: Any
    U: Any


class PolarResult(NamedTuple):
    """Factors of a = U P, or a = P U for the left side."""

    U: Any
    P: Any


def _order(pivots: Any) -> Value:
    """Which row comes where, by the interchanges one after another."""
    size = pivots.shape[0]
    places = order = np.arange(float(size))
    for k in range(size - 1):
        other = np.equal(places, pivots[k])
        mine, there = order[k], np.sum(where(other, order, 0.0))
        order = where(np.equal(places, float(k)), there, where(other, mine, order))
    return order


def _factored(a: Value) -> Value:
    """L below the diagonal and U on and above it, then the row of pivots."""
    size = a.shape[-1]
    turned = rows.lu(swap(a))  # which factors the transpose
    return np.concatenate([swap(turned[:size]), turned[size:]])


def _factored_pullback(ct: Value, value: Value, a: Value) -> Value:
    """With L^-1 dA U^-1 = M for the interchanged A: dL = L tril(M, -1), dU = triu(M) U."""
    size = a.shape[-1]
    both, change = value[:size], ct[:size]
    below = triangle(size, lower=True, strict=True)
    lower, upper = keep(both, below) + identity((size, size)), keep(both, ~below)
    inner = keep(matmul(swap(lower), keep(change, below)), below) + keep(
        matmul(keep(change, ~below), swap(upper)), ~below
    )
    left = solve_triangular(lower, inner, trans=1, lower=True, unit_diagonal=True)
    turned = swap(solve_triangular(upper, swap(left), lower=False))
    # Row i of the interchanged matrix is row order[i] of `a`.
    return matmul(swap(_permutation(value[size])), turned)


def _permutation(pivots: Value) -> Value:
    """The matrix that interchanges rows: element (i, order[i]) is 1."""
    size = pivots.shape[0]
    return where(np.equal(np.reshape(_order(pivots), (size, 1)), np.arange(float(size))), 1.0, 0.0)


def lu_factor(a: Any) -> tuple[Any, Any]:
    """LU factorisation with interchanges of rows, as `lu_solve` takes it.

    Parameters
    ----------
    a : array, shape (n, n)

    Returns
    -------
    lu : array, shape (n, n)
        L below the diagonal, whose own is 1, and U on and above it.
    piv : array, shape (n,)
        Row i was interchanged with row piv[i]; whole numbers, as float where `a` is traced.

    Raises
    ------
    ShapeError
        If `a` is not one square matrix.

    Examples
    --------
    >>> import ad
    >>> lu, piv = ad.linalg.lu_factor([[1.0, 2.0], [2.0, 2.0]])
    >>> lu.tolist(), [int(i) for i in piv]
    ([[2.0, 2.0], [0.5, 1.0]], [1, 1])
    """
    from ad.custom_rules import ruled  # noqa: PLC0415 - it is written over what this serves

    a = one_square("linalg.lu_factor", a)
    size = a.shape[-1]
    packed = ruled(_factored, _factored_pullback, deferred=True)(a)
    return packed[:size], TABLE["stop_gradient"](packed[size])


def lu_solve(lu_and_piv: tuple[Any, Any], b: Any, trans: int = 0) -> Any:
    """Solution x of a x = b, or of a' x = b for `trans` 1 or 2, given `lu_factor` of a.

    Examples
    --------
    >>> import ad
    >>> factors = ad.linalg.lu_factor([[1.0, 2.0], [2.0, 2.0]])
    >>> ad.linalg.lu_solve(factors, [5.0, 6.0]).tolist()
    [1.0, 2.0]
    """
    who = "linalg.lu_solve"
    if trans not in (0, 1, 2):
        raise ValueError(f"{who}: trans must be 0, 1 or 2, got {trans!r} ({user_line()}).")
    factors, pivots = one_square(who, lu_and_piv[0]), real(who, lu_and_piv[1])
    b = real(who, b)
    if not b.shape or b.shape[0] != factors.shape[0] or pivots.shape != factors.shape[:1]:
        raise ShapeError(
            f"{who}: b must have as many rows as a, got shapes {factors.shape} and {b.shape} "
            f"({user_line()})."
        )
    turn = _permutation(pivots)
    if trans:
        half = solve_triangular(factors, b, trans=1)
        half = solve_triangular(factors, half, trans=1, lower=True, unit_diagonal=True)
        return matmul(swap(turn), half)
    half = solve_triangular(factors, matmul(turn, b), lower=True, unit_diagonal=True)
    return solve_triangular(factors, half)


def lu(a: Any, permute_l: bool = False, p_indices: bool = False) -> Any:
    """LU factorisation a = P L U of a square matrix.

    Parameters
    ----------
    a : array, shape (n, n)
    permute_l : bool
        Whether to give P L and U.
    p_indices : bool
        Whether to give P as positions: row i of P L is row p[i] of L.

    Returns
    -------
    LUResult, or (P L, U)
        P, whose derivative is 0, L with ones on its diagonal, and U, each of shape (n, n).

    Raises
    ------
    ShapeError
        If `a` is not one square matrix.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.lu([[1.0, 2.0], [2.0, 2.0]]).L.tolist()
    [[1.0, 0.0], [0.5, 1.0]]
    """
    factors, pivots = lu_factor(one_square("linalg.lu", a))
    size = factors.shape[0]
    below = triangle(size, lower=True, strict=True)
    lower, upper = keep(factors, below) + identity((size, size)), keep(factors, ~below)
    turned = swap(_permutation(pivots))
    if permute_l:
        return matmul(turned, lower), upper
    if p_indices:
        return LUResult(np.argmax(turned, axis=1), lower, upper)
    return LUResult(turned, lower, upper)


def lstsq(a: Any, b: Any) -> tuple[Any, Any, int, Any]:
    """Least squares: x of smallest size that minimises the norm of a x - b, for `a` of full rank.

    Parameters
    ----------
    a : array, shape (m, n)
    b : array, shape (m,) or (m, k)

    Returns
    -------
    x, residues, rank, s
        As `scipy.linalg.lstsq` has them.

    Raises
    ------
    NoRuleError
        If `a` has not full rank.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.lstsq([[1.0], [1.0]], [1.0, 3.0])[0].round(12).tolist()
    [2.0]
    """
    a, b = matrix("linalg.lstsq", a), real("linalg.lstsq", b)
    from ad.linalg.numpy_table import LINALG_FUNCTIONS  # noqa: PLC0415 - written over this package

    x, residues, rank, s = LINALG_FUNCTIONS["lstsq"](a, b)
    return x, reshape(residues, ()) if residues.shape == (1,) and x.ndim == 1 else residues, rank, s


def polar(a: Any, side: str = "right") -> PolarResult:
    """Polar decomposition a = U P (or a = P U for side "left"), `a` of full rank.

    Parameters
    ----------
    a : array, shape (..., m, n)
    side : {"right", "left"}

    Returns
    -------
    PolarResult
        U with orthonormal columns (rows, where n > m), and P, symmetric and not negative.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.polar([[0.0, -2.0], [3.0, 0.0]]).P.round(12).tolist()
    [[3.0, 0.0], [0.0, 2.0]]
    """
    if side not in ("right", "left"):
        raise ValueError(
            f"linalg.polar: side must be 'right' or 'left', got {side!r} ({user_line()})."
        )
    a = matrix("linalg.polar", a)
    left, values, right = svd(a, full_matrices=False)
    u = matmul(left, right)
    basis = swap(right) if side == "right" else left
    return PolarResult(u, matmul(columns_times(basis, values), swap(basis)))


def svdvals(a: Any) -> Any:
    """Singular values, descending: shape (..., min(m, n)) for (..., m, n)."""
    return svd(a, compute_uv=False)


def pinvh(a: Any, lower: bool = True) -> Any:
    """Inverse of a symmetric matrix of full rank, by its eigenvalues."""
    values, vectors = eigh(a, lower=lower)
    return matmul(columns_times(vectors, 1.0 / values), swap(vectors))


def rq(a: Any, mode: str = "full") -> Any:
    """RQ factorisation a = R Q of a matrix with no more rows than columns, or R alone (mode "r").

    By the QR factorisation of the rows in reverse order, whose signs it has; "economic" gives the
    reduced factors, and "full" is the same for a square matrix, and has no rule for others.
    """
    if mode not in ("full", "economic", "r"):
        raise ValueError(
            f"linalg.rq: mode must be 'full', 'economic' or 'r', got {mode!r} ({user_line()})."
        )
    a = matrix("linalg.rq", a)
    if a.shape[-2] > a.shape[-1] or (mode == "full" and a.shape[-2] < a.shape[-1]):
        raise NoRuleError(
            f"linalg.rq: a must have no more rows than columns, and as many for mode 'full', got "
            f"shape {a.shape} ({user_line()}). Use 'economic', or qr."
        )
    q, r = qr(swap(np.flip(a, -2)), "economic")
    upper = np.flip(swap(r), (-2, -1))
    return upper if mode == "r" else (upper, np.flip(swap(q), -2))


def orthogonal_procrustes(A: Any, B: Any) -> tuple[Any, Any]:  # noqa: N803 - SciPy's names
    """Orthogonal matrix R that brings A R nearest to B, and the sum of singular values of A' B."""
    a, b = matrix("linalg.orthogonal_procrustes", A), matrix("linalg.orthogonal_procrustes", B)
    if a.shape != b.shape:
        raise ShapeError(
            f"linalg.orthogonal_procrustes: A and B must have one shape, got {a.shape} and "
            f"{b.shape} ({user_line()})."
        )
    left, values, right = svd(swap(matmul(swap(b), a)))
    return matmul(left, right), np.sum(values, axis=-1)


def eig(a: Any, left: bool = False, right: bool = True) -> Any:
    """Eigenvalues and right eigenvectors of a real matrix, complex: as `scipy.linalg.eig`."""
    if left:
        raise NoRuleError(
            f"linalg.eig: left must be False, got True ({user_line()}). The left vectors are the "
            "right ones of the transpose."
        )
    from ad.complexes.eigen import eig as eigen  # noqa: PLC0415 - written over this package

    values, vectors = eigen(a)
    return (values, vectors) if right else values


def eigvals(a: Any) -> Any:
    """Eigenvalues of a real matrix, complex, shape (..., n)."""
    return eig(a, right=False)


__all__ = [
    "LUResult",
    "PolarResult",
    "eig",
    "eigvals",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_solve",
    "orthogonal_procrustes",
    "pinvh",
    "polar",
    "rq",
    "svdvals",
]

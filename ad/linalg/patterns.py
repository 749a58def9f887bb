"""More matrices of a known form, and solves with them, under SciPy's names."""

from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.linalg.checks import matrix, real
from ad.linalg.contractions import matmul
from ad.linalg.spectra import eigh
from ad.linalg.structured import solve_banded, toeplitz
from ad.linalg.systems import cholesky, solve
from ad.op import Value, reshape
from ad.ops.reduction import section
from ad.ops.shape import assemble


def _column_and_row(c_or_cr: Any) -> tuple[Any, Any]:
    return c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)


def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: bool = True) -> Any:
    """Solution x of T x = b for a Toeplitz matrix.

    Parameters
    ----------
    c_or_cr : array, or tuple of two
        First column, or first column and first row: see `toeplitz`.
    b : array, shape (n,) or (n, k)

    Returns
    -------
    array
        With the shape of `b`.

    Notes
    -----
    By the LU factorisation of the whole matrix, so stable for any (SciPy's recursion is not).

    Examples
    --------
    >>> import ad
    >>> ad.linalg.solve_toeplitz([2.0, 1.0], [4.0, 5.0]).round(12).tolist()
    [1.0, 2.0]
    """
    return solve(toeplitz(*_column_and_row(c_or_cr)), b)


def matmul_toeplitz(c_or_cr: Any, x: Any, check_finite: bool = False, workers: Any = None) -> Any:
    """Product of a Toeplitz matrix and a vector or a matrix."""
    return matmul(toeplitz(*_column_and_row(c_or_cr)), x)


def solve_circulant(c: Any, b: Any) -> Any:
    """Solution x of C x = b for the circulant matrix with first column `c`, by Fourier transforms.

    Parameters
    ----------
    c : array, shape (n,)
    b : array, shape (n,) or (n, k)

    Returns
    -------
    array
        With the shape of `b`.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.solve_circulant([2.0, 1.0], [4.0, 5.0]).round(12).tolist()
    [1.0, 2.0]
    """
    who = "linalg.solve_circulant"
    c, b = _vector(who, c), real(who, b)
    if not b.shape or b.shape[0] != c.shape[0]:
        raise ShapeError(
            f"{who}: b must have as many rows as c has elements, got shapes {c.shape} and "
            f"{b.shape} ({user_line()})."
        )
    spectrum = np.fft.rfft(c)
    if len(b.shape) > 1:
        spectrum = np.reshape(spectrum, (-1, *(1,) * (len(b.shape) - 1)))
    return np.fft.irfft(np.fft.rfft(b, axis=0) / spectrum, c.shape[0], axis=0)


def _vector(who: str, x: Any) -> Value:
    x = real(who, x)
    if len(x.shape) != 1 or not x.shape[0]:
        raise ShapeError(
            f"{who}: the argument must be a vector with elements, got shape {x.shape} "
            f"({user_line()})."
        )
    return x


def khatri_rao(a: Any, b: Any) -> Any:
    """Kronecker products of corresponding columns: shape (m k, n) of (m, n) and (k, n).

    Examples
    --------
    >>> import ad
    >>> ad.linalg.khatri_rao([[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]).tolist()
    [[3.0, 8.0], [5.0, 12.0]]
    """
    who = "linalg.khatri_rao"
    a, b = matrix(who, a), matrix(who, b)
    if a.shape[-1] != b.shape[-1]:
        raise ShapeError(
            f"{who}: a and b must have the same number of columns, got shapes {a.shape} and "
            f"{b.shape} ({user_line()})."
        )
    (m, n), k = a.shape[-2:], b.shape[-2]
    both = reshape(a, (*a.shape[:-2], m, 1, n)) * reshape(b, (*b.shape[:-2], 1, k, n))
    return reshape(both, (*both.shape[:-3], m * k, n))


def companion(a: Any) -> Any:
    """Companion matrix of a polynomial, highest power first: its eigenvalues are the roots."""
    a = _vector("linalg.companion", a)
    size = a.shape[0] - 1
    if size < 1:
        raise ShapeError(
            f"linalg.companion: a must have at least two elements, got {a.shape[0]} "
            f"({user_line()})."
        )
    first = -section(a, 0, 1, size + 1) / section(a, 0, 0, 1)
    places: tuple[Any, ...] = ((0, (1,)), (size, (size + 1,)))
    return assemble(first, np.ones(size - 1), shape=(size, size), places=places)


def convolution_matrix(a: Any, n: int, mode: str = "full") -> Any:
    """The matrix whose product with a vector of n elements is its convolution with `a`."""
    a = _vector("linalg.convolution_matrix", a)
    if n <= 0:
        raise ValueError(f"linalg.convolution_matrix: n must be positive, got {n} ({user_line()}).")
    if mode not in ("full", "same", "valid"):
        raise ValueError(
            f"linalg.convolution_matrix: mode must be 'full', 'same' or 'valid', got {mode!r} "
            f"({user_line()})."
        )
    size = a.shape[0]
    # Column j is `a`, from row j on.
    whole = toeplitz(np.concatenate([a, np.zeros(n - 1)]), np.zeros(n))
    if mode == "full":
        return whole
    rows = max(size, n) if mode == "same" else max(size, n) - min(size, n) + 1
    start = (min(size, n) - 1) // 2 if mode == "same" else min(size, n) - 1
    return section(whole, 0, start, start + rows)


def leslie(f: Any, s: Any) -> Any:
    """Leslie matrix: fecundities `f` in the first row, survivals `s` below the diagonal."""
    f, s = _vector("linalg.leslie", f), _vector("linalg.leslie", s)
    size = f.shape[0]
    if s.shape[0] != size - 1:
        raise ShapeError(
            f"linalg.leslie: s must have one element less than f, got {s.shape[0]} and {size} "
            f"({user_line()})."
        )
    return assemble(f, s, shape=(size, size), places=((0, (1,)), (size, (size + 1,))))


# ---- banded symmetric matrices -------------------------------------------------------------------


def _dense(who: str, ab: Any, lower: bool) -> Value:
    """The whole symmetric matrix, of its diagonals."""
    ab = matrix(who, ab)
    width, size = ab.shape[0] - 1, ab.shape[1]
    if len(ab.shape) != 2 or width >= size:
        raise ShapeError(
            f"{who}: ab must have at most as many rows as columns, got shape {ab.shape} "
            f"({user_line()})."
        )
    parts, places = [], []
    for k in range(width + 1):
        row = section(ab, 0, k if lower else width - k, (k if lower else width - k) + 1)
        start = 0 if lower else k
        inside = reshape(section(row, 1, start, start + size - k), (size - k,))
        for begin in dict.fromkeys((k * size, k)):
            parts.append(inside)
            places.append((begin, (size + 1,)))
    return assemble(*parts, shape=(size, size), places=tuple(places))


def cholesky_banded(ab: Any, lower: bool = False) -> Any:
    """Cholesky factor of a symmetric positive definite banded matrix, in the form of `ab`.

    Parameters
    ----------
    ab : array, shape (u + 1, n)
        As `solveh_banded` has it.
    lower : bool
        Which form `ab` and the result have.

    Returns
    -------
    array, shape (u + 1, n)
        What lies outside the matrix is 0; nan if it is not positive definite.

    Notes
    -----
    By the factor of the whole matrix, which has the same band; its cost is n^3.
    """
    who = "linalg.cholesky_banded"
    whole = cholesky(_dense(who, ab, lower), lower=lower)
    (rows, size), parts, places = np.shape(ab), [], []
    for k in range(rows):
        parts.append(np.diagonal(whole, -k if lower else k))
        row, start = (k, 0) if lower else (rows - 1 - k, k)
        places.append((row * size + start, (1,)))
    return assemble(*parts, shape=(rows, size), places=tuple(places))


def cho_solve_banded(cb_and_lower: tuple[Any, bool], b: Any) -> Any:
    """Solution x of a x = b, given the banded Cholesky factor of a, and which form it has."""
    factor, lower = cb_and_lower
    width = np.shape(factor)[0] - 1
    turned = _transposed_band(matrix("linalg.cho_solve_banded", factor), lower)
    bands = ((width, 0), (0, width))
    if not lower:
        half = solve_banded(bands[0], turned, b)
        return solve_banded(bands[1], factor, half)
    return solve_banded(bands[1], turned, solve_banded(bands[0], factor, b))


def _transposed_band(ab: Value, lower: bool) -> Value:
    """The diagonals of the transpose, in its own form."""
    rows, size = ab.shape
    parts, places = [], []
    for k in range(rows):
        row = k if lower else rows - 1 - k
        start = 0 if lower else k
        line = section(section(ab, 0, row, row + 1), 1, start, start + size - k)
        parts.append(reshape(line, (size - k,)))
        other, begin = (rows - 1 - k, k) if lower else (k, 0)
        places.append((other * size + begin, (1,)))
    return assemble(*parts, shape=(rows, size), places=tuple(places))


def eigh_tridiagonal(d: Any, e: Any, eigvals_only: bool = False) -> Any:
    """Eigenvalues and vectors of a symmetric tridiagonal matrix, by those of the whole matrix.

    Parameters
    ----------
    d : array, shape (n,)
        Diagonal.
    e : array, shape (n - 1,)
        The one beside it.
    """
    who = "linalg.eigh_tridiagonal"
    d, e = _vector(who, d), real(who, e)
    size = d.shape[0]
    if e.shape != (size - 1,):
        raise ShapeError(
            f"{who}: e must have one element less than d, got shapes {d.shape} and {e.shape} "
            f"({user_line()})."
        )
    places = tuple((start, (size + 1,)) for start in (0, 1, size))
    parts = [(p, place) for p, place in zip((d, e, e), places, strict=True) if p.shape[0]]
    whole = assemble(*(p for p, _ in parts), shape=(size, size), places=tuple(q for _, q in parts))
    return eigh(whole, eigvals_only=eigvals_only)


def eigvalsh_tridiagonal(d: Any, e: Any) -> Any:
    """Eigenvalues of a symmetric tridiagonal matrix, ascending: see `eigh_tridiagonal`."""
    return eigh_tridiagonal(d, e, eigvals_only=True)


def eig_banded(a_band: Any, lower: bool = False, eigvals_only: bool = False) -> Any:
    """Eigenvalues and vectors of a symmetric banded matrix, by those of the whole matrix."""
    return eigh(_dense("linalg.eig_banded", a_band, lower), eigvals_only=eigvals_only)


def eigvals_banded(a_band: Any, lower: bool = False) -> Any:
    """Eigenvalues of a symmetric banded matrix, ascending: see `eig_banded`."""
    return eig_banded(a_band, lower, eigvals_only=True)


__all__ = [
    "cho_solve_banded",
    "cholesky_banded",
    "companion",
    "convolution_matrix",
    "eig_banded",
    "eigh_tridiagonal",
    "eigvals_banded",
    "eigvalsh_tridiagonal",
    "khatri_rao",
    "leslie",
    "matmul_toeplitz",
    "solve_circulant",
    "solve_toeplitz",
]

"""Factors, linear systems, inverses and determinants."""

from typing import Any, NamedTuple

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.linalg.checks import real, square, together
from ad.op import TABLE, Value, reshape
from ad.ops import factorizations as rows
from ad.ops.matrices import diagonal, identity, keep, swap, symmetric, triangle
from ad.ops.reduction import product, section


class SlogdetResult(NamedTuple):
    """Sign and logarithm of the absolute value of a determinant."""

    sign: Any
    logabsdet: Any


def cholesky(a: Any, lower: bool = True) -> Any:
    """Cholesky factor of a symmetric positive definite matrix.

    Parameters
    ----------
    a : array, shape (..., n, n)
        Only its lower triangle is read (the upper one if `lower` is false), so derivatives
        with respect to the other elements are zero.
    lower : bool
        Whether to give L with L L' = a, or its transpose.

    Returns
    -------
    array, shape (..., n, n)
        Triangular, zero in the other triangle. nan everywhere if `a` is not positive definite:
        a density of it is then outside its support.

    Raises
    ------
    ShapeError
        If `a` is not square.

    Notes
    -----
    Derivatives: Murray (2016), arXiv:1602.07527, equations 8 and 10. The factor solves a problem
    perturbed by about n eps (Higham, 2002, theorem 10.3).

    Examples
    --------
    >>> import numpy as np, ad
    >>> ad.linalg.cholesky([[4.0, 0.0], [2.0, 5.0]]).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    a = square("linalg.cholesky", a)
    return rows.cholesky(a) if lower else swap(rows.cholesky(swap(a)))


def cho_factor(a: Any, lower: bool = False) -> tuple[Any, bool]:
    """Cholesky factor and which triangle it is, as `cho_solve` takes them."""
    return cholesky(a, lower=lower), lower


def cho_solve(c_and_lower: tuple[Any, bool], b: Any) -> Any:
    """Solution x of a x = b, given the Cholesky factor of a.

    Parameters
    ----------
    c_and_lower : (array, bool)
        The factor, and whether it is the lower one.
    b : array, shape (n,) or (..., n, k)

    Returns
    -------
    array
        With the shape of `b`.

    Examples
    --------
    >>> import ad
    >>> factor = ad.linalg.cho_factor([[4.0, 2.0], [2.0, 5.0]])
    >>> ad.linalg.cho_solve(factor, [8.0, 12.0]).tolist()
    [1.0, 2.0]
    """
    factor, lower = c_and_lower
    half = solve_triangular(factor, b, trans=0 if lower else 1, lower=lower)
    return solve_triangular(factor, half, trans=1 if lower else 0, lower=lower)


def solve_triangular(
    a: Any,
    b: Any,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
) -> Any:
    """Solution x of a x = b, or of a' x = b, for triangular a.

    Parameters
    ----------
    a : array, shape (..., n, n)
        The other triangle is not read.
    b : array, shape (n,) or (..., n, k)
    trans : 0, 1, 2, "N", "T" or "C"
        Whether to solve with the transpose (all but 0 and "N").
    lower : bool
        Which triangle of `a` is used.
    unit_diagonal : bool
        Whether to take the diagonal of `a` as ones.

    Returns
    -------
    array
        With the shape of `b`; nan if a diagonal element is zero.

    Raises
    ------
    ShapeError
        If the shapes do not fit.
    ValueError
        If `trans` is none of the above.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.solve_triangular([[2.0, 0.0], [1.0, 4.0]], [2.0, 9.0], lower=True).tolist()
    [1.0, 2.0]
    """
    who = "linalg.solve_triangular"
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ValueError(
            f"{who}: trans must be 0, 1, 2, 'N', 'T' or 'C', got {trans!r} ({user_line()})."
        )
    a = square(who, a)
    if unit_diagonal:
        size = a.shape[-1]
        strict = keep(a, triangle(size, lower, strict=True))
        a = strict + identity((size, size))
    transposed = trans not in (0, "N")
    return _solved(
        who, a, b, lambda a, b: rows.triangular_solve(a, b, lower=lower, transposed=transposed)
    )


def solve(a: Any, b: Any, lower: bool = False, assume_a: str = "gen") -> Any:
    """Solution x of a x = b.

    Parameters
    ----------
    a : array, shape (..., n, n)
    b : array, shape (n,) or (..., n, k)
    lower : bool
        With "sym" and "pos": which triangle of `a` is read.
    assume_a : {"gen", "sym", "pos"}
        Whether `a` is general, symmetric, or symmetric and positive definite (half the work).

    Returns
    -------
    array
        With the shape of `b`; nan if `a` is singular, or not positive definite for "pos".

    Raises
    ------
    ShapeError
        If the shapes do not fit.
    ValueError
        If `assume_a` is none of the above.

    Notes
    -----
    The relative error is about eps times the condition number of `a`. One factorisation serves
    the value and all derivatives.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.solve([[0.0, 2.0], [1.0, 1.0]], [4.0, 3.0]).tolist()
    [1.0, 2.0]
    """
    who = "linalg.solve"
    if assume_a not in ("gen", "general", "sym", "symmetric", "pos", "positive definite"):
        raise ValueError(
            f"{who}: assume_a must be 'gen', 'sym' or 'pos', got {assume_a!r} ({user_line()})."
        )
    a = square(who, a)
    if assume_a.startswith("pos"):
        return cho_solve(cho_factor(a, lower=lower), b)
    if assume_a.startswith("sym"):
        a = symmetric(a if lower else swap(a))
    return _solved(who, a, b, lambda a, b: rows.lu_solve(rows.lu(a), a, b, transposed=False))


def inv(a: Any) -> Any:
    """Inverse of a matrix, shape (..., n, n); nan if it is singular.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.inv([[2.0, 0.0], [0.0, 4.0]]).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    a = square("linalg.inv", a)
    return rows.inverse(rows.lu(a), a)


def det(a: Any) -> Any:
    """Determinant, shape (...), of matrices of shape (..., n, n).

    Its derivative goes through the inverse, so it is nan where the matrix is singular, though the
    limit exists. `slogdet` neither overflows nor underflows.

    Examples
    --------
    >>> import ad
    >>> float(ad.linalg.det([[0.0, 2.0], [1.0, 1.0]]))
    -2.0
    """
    a = square("linalg.det", a)
    return rows.lu_det(rows.lu(a), a, log=False)


def slogdet(a: Any) -> SlogdetResult:
    """Sign and logarithm of the absolute value of the determinant.

    Parameters
    ----------
    a : array, shape (..., n, n)

    Returns
    -------
    SlogdetResult
        `sign`, shape (...): -1, 0 or 1, with derivative 0; and `logabsdet`, shape (...), in nats:
        -inf for a singular matrix.

    Examples
    --------
    >>> import ad
    >>> sign, logabsdet = ad.linalg.slogdet([[0.0, 1.0], [1.0, 0.0]])
    >>> float(sign), float(logabsdet)
    (-1.0, 0.0)
    """
    a = square("linalg.slogdet", a)
    factors = rows.lu(a)
    return SlogdetResult(_sign(factors, a.shape[-1]), rows.lu_det(factors, a, log=True))


def _sign(factors: Value, size: int) -> Value:
    """Sign of the determinant: of U's diagonal, and -1 for each interchange."""
    last = len(factors.shape) - 1
    signs = product(TABLE["sign"](diagonal(factors)), axis=(last - 1,))
    pivots = section(factors, last - 1, size, size + 1)
    moved = TABLE["not_equal"](pivots, np.arange(float(size)))
    swaps = product(TABLE["where"](moved, -1.0, 1.0), axis=(last - 1, last))
    return signs * swaps


def _solved(who: str, a: Value, b: Any, rule: Any) -> Value:
    """`rule` on matrices, for a vector or a matrix `b`."""
    b = real(who, b)
    vector = len(b.shape) == 1
    if vector:
        b = reshape(b, (*b.shape, 1))
    if len(b.shape) < 2 or b.shape[-2] != a.shape[-1]:
        raise ShapeError(
            f"{who}: b must have as many rows as a, got shapes {a.shape} and "
            f"{b.shape[: -1 if vector else None]} ({user_line()})."
        )
    a, b = together(who, a, b)
    x = rule(a, b)
    return reshape(x, x.shape[:-1]) if vector else x

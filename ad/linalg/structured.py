"""Matrices of a known form, and solves with banded ones, under SciPy's names."""

from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.linalg.checks import matrix, real, together
from ad.op import Value, reshape
from ad.ops.banded import banded_solve
from ad.ops.reduction import section
from ad.ops.shape import assemble, c_strides, gather


def block_diag(*arrs: Any) -> Any:
    """Matrix with the given blocks along its diagonal.

    Parameters
    ----------
    *arrs : array, each of shape (m, n), (n,) or ()
        A vector counts as one row.

    Returns
    -------
    array, shape (sum of m, sum of n)

    Raises
    ------
    ShapeError
        If a block has more than two axes.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.block_diag([[1.0, 2.0]], 3.0).tolist()
    [[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]]
    """
    who = "linalg.block_diag"
    blocks = []
    for arr in arrs or ([[]],):
        block = real(who, arr)
        if len(block.shape) > 2:
            raise ShapeError(
                f"{who}: blocks must have at most two axes, got shape {block.shape} "
                f"({user_line()})."
            )
        wide = (1,) * (2 - len(block.shape)) + tuple(block.shape)
        blocks.append(reshape(block, wide))
    shape = (sum(b.shape[0] for b in blocks), sum(b.shape[1] for b in blocks))
    row, column, places = 0, 0, []
    for block in blocks:
        places.append((row * shape[1] + column, (shape[1], 1)))
        row, column = row + block.shape[0], column + block.shape[1]
    filled = [(b, place) for b, place in zip(blocks, places, strict=True) if 0 not in b.shape]
    return assemble(*(b for b, _ in filled), shape=shape, places=tuple(p for _, p in filled))


def _joined(who: str, *vectors: Any) -> tuple[Value, list[int]]:
    """Vectors end to end, and their sizes."""
    flat = [real(who, vector) for vector in vectors]
    flat = [reshape(vector, (int(np.prod(vector.shape)),)) for vector in flat]
    sizes = [vector.shape[0] for vector in flat]
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    places = tuple((start, (1,)) for start in starts)
    if len(flat) == 1:
        return flat[0], sizes
    return assemble(*flat, shape=(sum(sizes),), places=places), sizes


def toeplitz(c: Any, r: Any = None) -> Any:
    """Toeplitz matrix, constant along its diagonals: shape (len(c), len(r)).

    Parameters
    ----------
    c : array
        First column, raveled.
    r : array, optional
        First row, raveled; its first element is not read. `c` if not given.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.toeplitz([1.0, 2.0], [9.0, 3.0, 4.0]).tolist()
    [[1.0, 3.0, 4.0], [2.0, 1.0, 3.0]]
    """
    whole, (rows, columns) = _joined("linalg.toeplitz", c, c if r is None else r)
    lag = np.arange(rows)[:, None] - np.arange(columns)
    return gather(whole, np.where(lag >= 0, lag, rows - lag))


def hankel(c: Any, r: Any = None) -> Any:
    """Hankel matrix, constant along its other diagonals: shape (len(c), len(r)).

    Parameters
    ----------
    c : array
        First column, raveled.
    r : array, optional
        Last row, raveled; its first element is not read. Zeros if not given.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.hankel([1.0, 2.0], [9.0, 3.0]).tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    whole, (rows, columns) = _joined(
        "linalg.hankel", c, np.zeros(np.size(c) if hasattr(c, "__len__") else 1) if r is None else r
    )
    place = np.arange(rows)[:, None] + np.arange(columns)
    return gather(whole, np.where(place < rows, place, place + 1))


def circulant(c: Any) -> Any:
    """Circulant matrix with first column `c`: shape (n, n).

    Examples
    --------
    >>> import ad
    >>> ad.linalg.circulant([1.0, 2.0, 3.0]).tolist()
    [[1.0, 3.0, 2.0], [2.0, 1.0, 3.0], [3.0, 2.0, 1.0]]
    """
    whole, (size,) = _joined("linalg.circulant", c)
    return gather(whole, (np.arange(size)[:, None] - np.arange(size)) % size)


def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any) -> Any:
    """Solution x of a x = b for a banded matrix a, in O(n (l + u)^2).

    Parameters
    ----------
    l_and_u : (int, int)
        Numbers of diagonals below and above the main one.
    ab : array, shape (..., l + u + 1, n)
        Row u + i - j, column j is a[i, j]; what lies outside a is not read.
    b : array, shape (n,) or (..., n, k)

    Returns
    -------
    array
        With the shape of `b`; nan if a is singular.

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Examples
    --------
    >>> import ad
    >>> ab = [[0.0, 1.0, 1.0], [4.0, 4.0, 4.0], [1.0, 1.0, 0.0]]
    >>> ad.linalg.solve_banded((1, 1), ab, [5.0, 6.0, 5.0]).round(12).tolist()
    [1.0, 1.0, 1.0]
    """
    who = "linalg.solve_banded"
    lower, upper = (int(one) for one in l_and_u)
    ab, b = matrix(who, ab), real(who, b)
    if lower < 0 or upper < 0 or ab.shape[-2] != lower + upper + 1:
        raise ShapeError(
            f"{who}: ab must have l + u + 1 = {lower + upper + 1} rows, got shape {ab.shape} "
            f"({user_line()})."
        )
    vector = len(b.shape) == 1
    if vector:
        b = reshape(b, (*b.shape, 1))
    if len(b.shape) < 2 or b.shape[-2] != ab.shape[-1]:
        raise ShapeError(
            f"{who}: b must have as many rows as ab has columns, got shapes {ab.shape} and "
            f"{b.shape[: -1 if vector else None]} ({user_line()})."
        )
    ab, b = together(who, ab, b)
    x = banded_solve(ab, b, lower=lower, upper=upper, transposed=False)
    return reshape(x, x.shape[:-1]) if vector else x


def solveh_banded(ab: Any, b: Any, lower: bool = False) -> Any:
    """Solution x of a x = b for a symmetric banded matrix a of which one half is given.

    Parameters
    ----------
    ab : array, shape (..., u + 1, n)
        Upper form: row u + i - j, column j is a[i, j] for i <= j; lower form (`lower`): row i - j,
        column j is a[i, j] for i >= j.
    b : array, shape (n,) or (..., n, k)
    lower : bool
        Which form `ab` has.

    Returns
    -------
    array
        With the shape of `b`. Unlike SciPy's, it need not be positive definite.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.solveh_banded([[2.0, 2.0], [1.0, 0.0]], [3.0, 3.0], lower=True).tolist()
    [1.0, 1.0]
    """
    ab = matrix("linalg.solveh_banded", ab)
    width, size, axis = ab.shape[-2] - 1, ab.shape[-1], len(ab.shape) - 2
    shape = (*ab.shape[:-2], 2 * width + 1, size)
    strides = c_strides(shape)
    parts, places = [], []
    for k in range(min(width, size - 1) + 1):
        given = section(ab, axis, k if lower else width - k, (k if lower else width - k) + 1)
        # Of the diagonal k apart, the elements inside: first at column 0 below, at k above.
        start = 0 if lower else k
        inside = section(given, axis + 1, start, start + size - k)
        for row, column in dict.fromkeys(((width + k, 0), (width - k, k))):
            parts.append(inside)
            places.append((row * size + column, strides))
    whole = assemble(*parts, shape=shape, places=tuple(places))
    return solve_banded((width, width), whole, b)


__all__ = ["block_diag", "circulant", "hankel", "solve_banded", "solveh_banded", "toeplitz"]

"""Factors of complex matrices, given as real and imaginary part and packed like those of real ones.

They have no derivatives by themselves: `ad.complexes.matrices` and `ad.complexes.eigen` give them
rules.
"""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.op import Op, Shape
from ad.ops.factorizations import each
from ad.ops.spectra import packed

Array = npt.NDArray[Any]


def _factors(
    name: str,
    length: Callable[[int, int], int],
    function: Callable[[Array], Array],
    read: Callable[[Array], Array],
    summary: str,
) -> Op:
    """Row of a factorisation of a complex matrix, of which `read` gives the elements it reads."""

    def one(re: Array, im: Array) -> Array:
        z = re + 1j * im
        lost = np.full(length(*z.shape), np.nan)
        if not np.isfinite(read(z)).all():
            return lost
        try:
            return function(z)
        except np.linalg.LinAlgError:
            return lost

    def shape(re: Shape, im: Shape) -> Shape:
        return (*re[:-2], length(*re[-2:]))

    return Op(
        name,
        lambda re, im: each(one, shape(np.shape(re), np.shape(im)), re, im),
        shape,
        kind="library",
        summary=summary,
    )


def _eigh(z: Array) -> Array:
    values, vectors = np.linalg.eigh(z)
    return packed(values, vectors.T.real, vectors.T.imag)


def _eig(z: Array) -> Array:
    values, vectors = np.linalg.eig(z)
    return packed(values.real, values.imag, vectors.T.real, vectors.T.imag)


def _svd(z: Array) -> Array:
    left, values, right = np.linalg.svd(z, full_matrices=False)
    return packed(values, left.T.real, left.T.imag, right.T.real, right.T.imag)


def _lu(z: Array) -> Array:
    # Only products of the diagonal are asked for: the sign of the interchanges and the diagonal.
    if not len(z):
        return np.zeros(0)
    factors, pivots, _ = importlib.import_module("scipy.linalg.lapack").zgetrf(z)
    swaps = np.where(pivots != np.arange(len(z)), -1.0, 1.0)
    return packed(np.diagonal(factors).real, np.diagonal(factors).imag, swaps)


# Eigenvalues, then real and imaginary parts of the vectors, one vector after another.
eigh_complex: Op = _factors(
    "eigh_complex",
    lambda rows, columns: rows + 2 * rows * rows,
    _eigh,
    np.tril,
    "eigenvalues and vectors of the Hermitian matrix in the lower triangle, packed",
)
# Parts of the eigenvalues, then real and imaginary parts of the vectors, one vector after another.
eig_complex: Op = _factors(
    "eig_complex",
    lambda rows, columns: 2 * rows * (rows + 1),
    _eig,
    lambda z: z,
    "eigenvalues and vectors of a complex matrix, packed",
)
# Singular values, then the parts of the left vectors, one after another, and of the right ones,
# element by element.
svd_complex: Op = _factors(
    "svd_complex",
    lambda rows, columns: min(rows, columns) * (1 + 2 * rows + 2 * columns),
    _svd,
    lambda z: z,
    "singular values and vectors of a complex matrix, packed",
)
# Parts of the diagonal of U, and -1 for each interchange of rows.
lu_complex: Op = _factors(
    "lu_complex",
    lambda rows, columns: 3 * rows,
    _lu,
    lambda z: z,
    "diagonal of U in the LU factorisation of a complex matrix, and the interchanges, packed",
)

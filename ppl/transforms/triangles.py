"""Tables of positions: which element of a vector goes where in a triangular matrix."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Index = np.ndarray[Any, np.dtype[np.intp]]


class Triangle:
    """Elements of a matrix in an order.

    Attributes
    ----------
    rows, columns : array of int, shape (n,)
        Where the elements of the vector are in the matrix.
    table : array of int, shape (number of rows, number of columns)
        1 + which element is there; 0 where none is.
    """

    def __init__(self, shape: tuple[int, int], rows: Index, columns: Index) -> None:
        self.rows, self.columns = rows, columns
        self.table = np.zeros(shape, dtype=np.intp)
        self.table[rows, columns] = np.arange(1, rows.size + 1)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(self.rows.size)

    def fill(self, x: Any) -> Any:
        """Put vectors (last axis) into matrices of zeros."""
        zero = np.zeros((*np.shape(x)[:-1], 1))
        return np.concatenate([zero, x], axis=-1)[..., self.table]

    def take(self, matrix: Any) -> Any:
        """Vectors of the elements of matrices (last two axes)."""
        return matrix[..., self.rows, self.columns]


@lru_cache(maxsize=64)
def lower_rows(rows: int, columns: int) -> Triangle:
    """Lower triangle with the diagonal, row by row."""
    return Triangle((rows, columns), *np.tril_indices(rows, 0, columns))


@lru_cache(maxsize=64)
def strict_rows(order: int) -> Triangle:
    """Lower triangle without the diagonal, row by row."""
    return Triangle((order, order), *np.tril_indices(order, -1))


@lru_cache(maxsize=64)
def strict_columns(order: int) -> Triangle:
    """Lower triangle without the diagonal, column by column."""
    columns, rows = np.triu_indices(order, 1)
    return Triangle((order, order), rows, columns)


def order_of(size: int, elements: Callable[[int], int]) -> int | None:
    """The n from 1 with `elements(n)`, which is about n^2 / 2, equal to `size`; None if none is."""
    guess = math.isqrt(2 * size)
    return next((n for n in range(max(guess - 2, 1), guess + 3) if elements(n) == size), None)

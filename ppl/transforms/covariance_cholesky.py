"""Vectors onto Cholesky factors of covariance matrices."""

from typing import Any

import numpy as np

from ppl.transforms.base import MatrixTransform, Shape
from ppl.transforms.triangles import Triangle, lower_rows, order_of


class CovarianceCholesky(MatrixTransform):
    """Lower triangular matrices with a positive diagonal, row by row; the diagonal is exp(x).

    log |det dy/dx| is the sum of the x on the diagonal. Stan reference manual, "Cholesky factors of
    covariance matrices".

    Parameters
    ----------
    columns : int, optional
        Number of columns of a factor with more rows than columns; it is square if not given.
    """

    def __init__(self, columns: int | None = None) -> None:
        self.columns = columns

    def forward(self, x: Any) -> Any:
        """Return the factor."""
        triangle = self._triangle(np.shape(x)[-1])
        filled = triangle.fill(x)
        return np.where(_diagonal(triangle), np.exp(filled), filled)

    def inverse(self, y: Any) -> Any:
        """Return the lower triangle, with the logarithm of the diagonal."""
        triangle = lower_rows(*np.shape(y)[-2:])
        elements, diagonal = triangle.take(y), triangle.rows == triangle.columns
        return np.where(diagonal, np.log(np.where(diagonal, elements, 1.0)), elements)

    def log_jacobian(self, x: Any) -> Any:
        """Return the sum of the x on the diagonal."""
        triangle = self._triangle(np.shape(x)[-1])
        return np.sum(x[..., triangle.rows == triangle.columns], axis=-1)

    def _triangle(self, size: int) -> Triangle:
        return lower_rows(*self._constrained_event((size,)))

    def _unconstrained_event(self, event: Shape) -> Shape:
        columns = event[0] if self.columns is None else self.columns
        if event[1] != columns or event[0] < columns or not columns:
            wanted = "square" if self.columns is None else f"of {columns} columns, and as many rows"
            raise self._wrong_size(f"the factor must be {wanted}", event)
        return (lower_rows(*event).size,)

    def _constrained_event(self, event: Shape) -> tuple[int, int]:
        if self.columns is None:
            order = order_of(event[0], lambda n: n * (n + 1) // 2)
            if order is None:
                raise self._wrong_size("the unconstrained value must fill a triangle", event)
            return (order, order)
        n = self.columns
        rest = event[0] - n * (n + 1) // 2
        if rest < 0 or rest % n:
            raise self._wrong_size(f"the unconstrained value must fill {n} columns", event)
        return (n + rest // n, n)


def _diagonal(triangle: Triangle) -> Any:
    return np.eye(*triangle.table.shape) > 0.0

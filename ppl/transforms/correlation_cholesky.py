"""Vectors onto Cholesky factors of correlation matrices."""

from typing import Any

import numpy as np

from ppl.transforms.base import MatrixTransform, Shape
from ppl.transforms.partial_correlations import factor, log_cosh, partials
from ppl.transforms.triangles import order_of, strict_rows


class CorrelationCholesky(MatrixTransform):
    """Factors from partial correlations tanh(x), the strict lower triangle row by row.

    L_ij = tanh(x_ij) prod_{k<j} sech(x_ik), L_ii = prod_{k<i} sech(x_ik). log |det dL/dx| is less
    the sum of (i - j + 1) log cosh(x_ij). Stan reference manual, "Cholesky factors of correlation
    matrices".
    """

    def forward(self, x: Any) -> Any:
        """Return the factor; its rows have length 1."""
        return factor(strict_rows(self._constrained_event(np.shape(x)[-1:])[0]).fill(x))

    def inverse(self, y: Any) -> Any:
        """Return the hyperbolic arctangents of the partial correlations."""
        return strict_rows(np.shape(y)[-1]).take(partials(y))

    def log_jacobian(self, x: Any) -> Any:
        """Return less the sum of (i - j + 1) log cosh(x_ij)."""
        triangle = strict_rows(self._constrained_event(np.shape(x)[-1:])[0])
        weights = triangle.rows - triangle.columns + 1.0
        return -np.sum(weights * log_cosh(x), axis=-1)

    def _unconstrained_event(self, event: Shape) -> Shape:
        order = self._square(event)
        return (order * (order - 1) // 2,)

    def _constrained_event(self, event: Shape) -> tuple[int, int]:
        order = order_of(event[0], lambda n: n * (n - 1) // 2)
        if order is None:
            raise self._wrong_size("the unconstrained value must fill a triangle", event)
        return (order, order)

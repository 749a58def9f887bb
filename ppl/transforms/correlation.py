"""Vectors onto correlation matrices."""

from typing import Any

import numpy as np

import ad
from ppl.transforms.base import MatrixTransform, Shape
from ppl.transforms.correlation_cholesky import CorrelationCholesky
from ppl.transforms.partial_correlations import factor, log_cosh, partials
from ppl.transforms.triangles import strict_columns

_FACTOR = CorrelationCholesky()


class Correlation(MatrixTransform):
    """y = L L', L from partial correlations tanh(x), the lower triangle column by column.

    (In `CorrelationCholesky` it is row by row; both are Stan's orders.) log |det dy/dx| of the
    strict lower triangle is less the sum of (n - j + 1) log cosh(x_ij), j = 1, ..., n the column.
    Stan reference manual, "Correlation matrices".
    """

    def forward(self, x: Any) -> Any:
        """Return L L', with a diagonal of exactly 1."""
        lower = factor(strict_columns(self._constrained_event(np.shape(x)[-1:])[0]).fill(x))
        product = lower @ np.swapaxes(lower, -1, -2)
        return np.where(np.eye(np.shape(product)[-1]) > 0.0, 1.0, product)

    def inverse(self, y: Any) -> Any:
        """Return the hyperbolic arctangents of the partial correlations."""
        lower = ad.linalg.cholesky(y, lower=True)
        return strict_columns(np.shape(y)[-1]).take(partials(lower))

    def log_jacobian(self, x: Any) -> Any:
        """Return less the sum of (n - j + 1) log cosh(x_ij)."""
        order = self._constrained_event(np.shape(x)[-1:])[0]
        weights = float(order) - strict_columns(order).columns
        return -np.sum(weights * log_cosh(x), axis=-1)

    def _unconstrained_event(self, event: Shape) -> Shape:
        order = self._square(event)
        return (order * (order - 1) // 2,)

    def _constrained_event(self, event: Shape) -> Shape:
        return _FACTOR.constrained_shape(event)

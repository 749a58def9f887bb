"""Vectors onto covariance matrices."""

import math
from typing import Any

import numpy as np

import ad
from ppl.transforms.base import MatrixTransform, Shape
from ppl.transforms.covariance_cholesky import CovarianceCholesky
from ppl.transforms.triangles import lower_rows

_FACTOR = CovarianceCholesky()


class Covariance(MatrixTransform):
    """y = L L', L as in `CovarianceCholesky`.

    log |det dy/dx| of the lower triangle is n log 2 + the sum of (n - k + 2) x_kk, k = 1, ..., n.
    Stan reference manual, "Covariance matrices".
    """

    def forward(self, x: Any) -> Any:
        """Return L L'."""
        factor = _FACTOR.forward(x)
        return factor @ np.swapaxes(factor, -1, -2)

    def inverse(self, y: Any) -> Any:
        """Return the unconstrained value of the Cholesky factor."""
        return _FACTOR.inverse(ad.linalg.cholesky(y, lower=True))

    def log_jacobian(self, x: Any) -> Any:
        """Return n log 2 + sum of (n - k + 2) x_kk."""
        order = self._constrained_event(np.shape(x)[-1:])[0]
        triangle = lower_rows(order, order)
        weights = np.arange(order + 1.0, 1.0, -1.0)
        diagonal = x[..., triangle.rows == triangle.columns]
        return np.sum(weights * diagonal, axis=-1) + order * math.log(2.0)

    def _unconstrained_event(self, event: Shape) -> Shape:
        order = self._square(event)
        return (order * (order + 1) // 2,)

    def _constrained_event(self, event: Shape) -> Shape:
        return _FACTOR.constrained_shape(event)

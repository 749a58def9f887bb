"""Vectors onto increasing vectors of positive numbers."""

from typing import Any

import numpy as np

from ppl.transforms.base import VectorTransform


class PositiveOrdered(VectorTransform):
    """y_1 = exp(x_1), y_k = y_{k-1} + exp(x_k).

    log |det dy/dx| is the sum of x. Stan reference manual, "Positive, ordered vector".
    """

    def forward(self, x: Any) -> Any:
        """Return the cumulative sums of exp(x)."""
        return np.cumsum(np.exp(x), axis=-1)

    def inverse(self, y: Any) -> Any:
        """Return the logarithms of y_1 and of the differences."""
        return np.log(np.concatenate([y[..., :1], y[..., 1:] - y[..., :-1]], axis=-1))

    def log_jacobian(self, x: Any) -> Any:
        """Return the sum of x."""
        return np.sum(x, axis=-1)

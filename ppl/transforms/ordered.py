"""Vectors onto increasing vectors."""

from typing import Any

import numpy as np

from ppl.transforms.base import VectorTransform


class Ordered(VectorTransform):
    """y_1 = x_1, y_k = y_{k-1} + exp(x_k).

    log |det dy/dx| is the sum of x_2 to x_n. Stan reference manual, "Ordered vector".
    """

    def forward(self, x: Any) -> Any:
        """Return the cumulative sums of x_1, exp(x_2), exp(x_3) and so on."""
        return np.cumsum(np.concatenate([x[..., :1], np.exp(x[..., 1:])], axis=-1), axis=-1)

    def inverse(self, y: Any) -> Any:
        """Return y_1 and the logarithms of the differences."""
        return np.concatenate([y[..., :1], np.log(y[..., 1:] - y[..., :-1])], axis=-1)

    def log_jacobian(self, x: Any) -> Any:
        """Return the sum of x but for its first element."""
        return np.sum(x[..., 1:], axis=-1)

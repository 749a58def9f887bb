"""Vectors in another order."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ppl.transforms.base import VectorTransform


class Permute(VectorTransform):
    """y_i = x[order[i]] along the last axis; the log-Jacobian is 0.

    Parameters
    ----------
    order : sequence of int
        Each of 0 to n - 1 once.
    """

    def __init__(self, order: Sequence[int]) -> None:
        self.order = np.asarray(order)
        if self.order.ndim != 1 or not np.array_equal(
            np.sort(self.order), np.arange(self.order.size)
        ):
            raise self._wrong_size("order must have each of 0 to n - 1 once", self.order.shape)

    def forward(self, x: Any) -> Any:
        """Return x in the new order."""
        return x[..., self.order]

    def inverse(self, y: Any) -> Any:
        """Return y in the old order."""
        return y[..., np.argsort(self.order)]

    def log_jacobian(self, x: Any) -> Any:
        """Return 0."""
        return np.zeros(np.shape(x)[:-1])[()]

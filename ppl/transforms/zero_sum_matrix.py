"""Matrices onto matrices whose rows and columns have sum 0."""

from typing import Any

import numpy as np

from ppl.transforms.base import Shape, Transform
from ppl.transforms.zero_sum import ZeroSum

_VECTORS = ZeroSum()


class ZeroSumMatrix(Transform):
    """`ZeroSum` along both axes; the log-Jacobian is 0.

    The unconstrained value is the transpose of Stan's free matrix: read row by row, it has the
    elements in Stan's order, column by column. Stan reference manual, "Zero sum matrix".
    """

    event_dim = 2
    unconstrained_dim = 2

    def forward(self, x: Any) -> Any:
        """Return the matrix, one row and one column larger, and transposed."""
        along = _VECTORS.forward(x)
        return _VECTORS.forward(np.swapaxes(along, -1, -2))

    def inverse(self, y: Any) -> Any:
        """Return the coordinates along both axes, transposed."""
        along = _VECTORS.inverse(y)
        return _VECTORS.inverse(np.swapaxes(along, -1, -2))

    def log_jacobian(self, x: Any) -> Any:
        """Return 0."""
        return np.zeros(np.shape(x)[:-2])[()]

    def _unconstrained_event(self, event: Shape) -> Shape:
        if min(event) < 1:
            raise self._wrong_size("a matrix with sums 0 must have an element", event)
        return (event[1] - 1, event[0] - 1)

    def _constrained_event(self, event: Shape) -> Shape:
        return (event[1] + 1, event[0] + 1)

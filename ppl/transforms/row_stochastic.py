"""Matrices onto matrices whose rows are simplexes."""

from typing import Any

import numpy as np

from ppl.transforms.base import Shape, Transform
from ppl.transforms.stick_breaking import StickBreaking

_SIMPLEX = StickBreaking()


class RowStochastic(Transform):
    """`StickBreaking` of each row.

    The unconstrained value is the transpose of Stan's free matrix: read row by row, it has the
    elements in Stan's order, column by column. Stan reference manual, "Stochastic matrix".
    """

    event_dim = 2
    unconstrained_dim = 2

    def forward(self, x: Any) -> Any:
        """Return the matrix."""
        return _SIMPLEX.forward(np.swapaxes(x, -1, -2))

    def inverse(self, y: Any) -> Any:
        """Return the broken sticks."""
        return np.swapaxes(_SIMPLEX.inverse(y), -1, -2)

    def log_jacobian(self, x: Any) -> Any:
        """Return the sum of the rows' log-Jacobians."""
        return np.sum(_SIMPLEX.log_jacobian(np.swapaxes(x, -1, -2)), axis=-1)

    def _unconstrained_event(self, event: Shape) -> Shape:
        if min(event) < 1:
            raise self._wrong_size("a stochastic matrix must have an element", event)
        return (event[1] - 1, event[0])

    def _constrained_event(self, event: Shape) -> Shape:
        return (event[1], event[0] + 1)

"""Matrices onto matrices whose columns are simplexes."""

from typing import Any

import numpy as np

from ppl.transforms.base import Shape, Transform
from ppl.transforms.stick_breaking import StickBreaking

_SIMPLEX = StickBreaking()


class ColumnStochastic(Transform):
    """`StickBreaking` of each column.

    The unconstrained value has a row for each column: read row by row, it has the elements in
    Stan's order, column by column. Stan reference manual, "Stochastic matrix".
    """

    event_dim = 2
    unconstrained_dim = 2

    def forward(self, x: Any) -> Any:
        """Return the matrix."""
        return np.swapaxes(_SIMPLEX.forward(x), -1, -2)

    def inverse(self, y: Any) -> Any:
        """Return the broken sticks."""
        return _SIMPLEX.inverse(np.swapaxes(y, -1, -2))

    def log_jacobian(self, x: Any) -> Any:
        """Return the sum of the columns' log-Jacobians."""
        return np.sum(_SIMPLEX.log_jacobian(x), axis=-1)

    def _unconstrained_event(self, event: Shape) -> Shape:
        if min(event) < 1:
            raise self._wrong_size("a stochastic matrix must have an element", event)
        return (event[1], event[0] - 1)

    def _constrained_event(self, event: Shape) -> Shape:
        return (event[1] + 1, event[0])

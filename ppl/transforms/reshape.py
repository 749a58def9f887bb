"""Values in another shape."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ppl.transforms.base import Shape, Transform


class Reshape(Transform):
    """The same elements, row by row; the log-Jacobian is 0.

    Parameters
    ----------
    unconstrained, constrained : sequence of int
        Shapes of one x and of one y, with the same number of elements.
    """

    def __init__(self, unconstrained: Sequence[int], constrained: Sequence[int]) -> None:
        self.unconstrained = tuple(unconstrained)
        self.constrained = tuple(constrained)
        if math.prod(self.unconstrained) != math.prod(self.constrained):
            raise self._wrong_size(
                f"the shapes must have as many elements as {self.unconstrained}", self.constrained
            )
        self.event_dim = len(self.constrained)
        self.unconstrained_dim = len(self.unconstrained)

    def forward(self, x: Any) -> Any:
        """Return x in the shape of y."""
        return np.reshape(x, self.constrained_shape(np.shape(x)))

    def inverse(self, y: Any) -> Any:
        """Return y in the shape of x."""
        return np.reshape(y, self.unconstrained_shape(np.shape(y)))

    def log_jacobian(self, x: Any) -> Any:
        """Return 0."""
        batch, _ = self._split(np.shape(x), self.unconstrained_dim, "an unconstrained value")
        return np.zeros(batch)[()]

    def _unconstrained_event(self, event: Shape) -> Shape:
        if event != self.constrained:
            raise self._wrong_size(f"a value must have shape {self.constrained}", event)
        return self.unconstrained

    def _constrained_event(self, event: Shape) -> Shape:
        if event != self.unconstrained:
            raise self._wrong_size(f"an unconstrained value must be {self.unconstrained}", event)
        return self.constrained

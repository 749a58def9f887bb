"""Vectors onto vectors of length 1."""

from typing import Any

import numpy as np

from ppl.transforms.base import Shape, VectorTransform


class UnitVector(VectorTransform):
    """y = x / |x|, with -|x|^2 / 2 in place of a log-Jacobian.

    The map takes n numbers to n - 1 dimensions and has no Jacobian determinant: x is given a
    standard normal law, under which y is uniform on the sphere, without its constant. (So has Stan:
    reference manual, "Unit vector".) At the origin, where there is no direction, y is the first
    unit vector.
    """

    def forward(self, x: Any) -> Any:
        """Return x divided by its length."""
        # By its largest element first: the squares must neither overflow nor underflow.
        largest = np.max(np.abs(x), axis=-1, keepdims=True)
        origin = largest == 0.0
        first = np.eye(1, np.shape(x)[-1])[0]
        scaled = np.where(origin, first, x) / np.where(origin, 1.0, largest)
        return scaled / np.sqrt(np.sum(scaled * scaled, axis=-1, keepdims=True))

    def inverse(self, y: Any) -> Any:
        """Return y itself, one of the points that go there."""
        return y

    def log_jacobian(self, x: Any) -> Any:
        """Return -|x|^2 / 2."""
        return -0.5 * np.sum(x * x, axis=-1)

    def _unconstrained_event(self, event: Shape) -> Shape:
        if event[0] < 1:
            raise self._wrong_size("a unit vector must have an element", event)
        return event

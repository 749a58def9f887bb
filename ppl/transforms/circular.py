"""The real line onto the circle."""

from typing import Any

import numpy as np

from ppl.transforms.base import Transform


class Circular(Transform):
    """y = x less the nearest multiple of 2 pi: an angle from -pi to pi. The log-Jacobian is 0.

    The line winds round the circle, so the inverse is one of the points that go to y, and a density
    on the line is not normalised: samplers meet the same posterior in every turn.
    """

    def forward(self, x: Any) -> Any:
        """Return the angle, by its sine and cosine."""
        # 2 arctan of the half angle's tangent, which has no jump in its derivative at +-pi.
        sine, cosine = np.sin(x), np.cos(x)
        # From either side of the circle by the formula that does not cancel there.
        right = cosine >= 0.0
        below = np.where(right, 1.0 + cosine, 1.0)
        above = np.where(right, 1.0, 1.0 - cosine)
        far = np.where(sine >= 0.0, np.pi, -np.pi)
        near_zero = 2.0 * np.arctan(np.where(right, sine, 0.0) / below)
        return np.where(right, near_zero, far - 2.0 * np.arctan(sine / above))

    def inverse(self, y: Any) -> Any:
        """Return y itself."""
        return y

    def log_jacobian(self, x: Any) -> Any:
        """Return zeros, of the shape of x."""
        return np.zeros(np.shape(x))

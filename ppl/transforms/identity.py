"""The real line onto itself."""

from typing import Any

import numpy as np

from ppl.transforms.base import Transform


class Identity(Transform):
    """y = x."""

    def forward(self, x: Any) -> Any:
        """Return x."""
        return x

    def inverse(self, y: Any) -> Any:
        """Return y."""
        return y

    def log_jacobian(self, x: Any) -> Any:
        """Return zeros, of the shape of x."""
        return np.zeros(np.shape(x))

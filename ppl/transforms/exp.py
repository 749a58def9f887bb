"""The real line onto the positive numbers."""

from typing import Any

import numpy as np

from ppl.transforms.base import Transform


class Exp(Transform):
    """y = e^x, with log |dy/dx| = x.

    Beyond the range of double precision (x < -745, x > 709) y is 0 or infinity.

    Parameters
    ----------
    event_dim : int, default 0
        Trailing axes of one value; the log-Jacobian is summed over them.
    """

    def __init__(self, event_dim: int = 0) -> None:
        self.event_dim = self.unconstrained_dim = event_dim

    def forward(self, x: Any) -> Any:
        """Return e^x."""
        return np.exp(x)

    def inverse(self, y: Any) -> Any:
        """Return log y."""
        return np.log(y)

    def log_jacobian(self, x: Any) -> Any:
        """Return x, or its sum over the axes of one value."""
        return np.sum(x, axis=tuple(range(-self.event_dim, 0))) if self.event_dim else x

    def __repr__(self) -> str:
        return f"Exp({self.event_dim or ''})"

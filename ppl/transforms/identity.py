"""Unconstrained values onto themselves."""

from typing import Any

import numpy as np

from ppl.transforms.base import Transform


class Identity(Transform):
    """y = x.

    Parameters
    ----------
    event_dim : int, default 0
        Trailing axes of one value.
    """

    def __init__(self, event_dim: int = 0) -> None:
        self.event_dim = self.unconstrained_dim = event_dim

    def forward(self, x: Any) -> Any:
        """Return x."""
        return x

    def inverse(self, y: Any) -> Any:
        """Return y."""
        return y

    def log_jacobian(self, x: Any) -> Any:
        """Return zeros, one for each value."""
        shape = np.shape(x)
        return np.zeros(shape[: len(shape) - self.event_dim])[()]

    def __repr__(self) -> str:
        return f"Identity({self.event_dim or ''})"

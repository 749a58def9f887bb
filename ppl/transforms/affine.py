"""Shift and stretch."""

from typing import Any

import numpy as np

from ppl.transforms.base import Transform


class Affine(Transform):
    """y = loc + scale x, with log |dy/dx| = log |scale|: Stan's offset and multiplier.

    Parameters
    ----------
    loc : array, shape (...), default 0
    scale : array, shape (...), default 1
        Not 0. Both broadcast with x.
    """

    def __init__(self, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self.loc = loc
        self.scale = scale

    def forward(self, x: Any) -> Any:
        """Return loc + scale x."""
        return self.loc + self.scale * x

    def inverse(self, y: Any) -> Any:
        """Return (y - loc) / scale."""
        return (y - self.loc) / self.scale

    def log_jacobian(self, x: Any) -> Any:
        """Return log |scale|, of the shape of x."""
        return np.log(np.abs(self.scale)) + np.zeros(np.shape(x))

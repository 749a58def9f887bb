"""The real line onto the numbers above a bound."""

from typing import Any

import numpy as np

from ppl.transforms.base import Transform


class Lower(Transform):
    """y = low + e^x, with log |dy/dx| = x.

    Parameters
    ----------
    low : array, shape (...)
        The bound; it broadcasts with x.
    """

    def __init__(self, low: Any) -> None:
        self.low = low

    def forward(self, x: Any) -> Any:
        """Return low + e^x."""
        return self.low + np.exp(x)

    def inverse(self, y: Any) -> Any:
        """Return log(y - low)."""
        return np.log(y - self.low)

    def log_jacobian(self, x: Any) -> Any:
        """Return x."""
        return x

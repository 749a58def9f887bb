"""The real line onto the numbers below a bound."""

from typing import Any

import numpy as np

from ppl.transforms.base import Transform


class Upper(Transform):
    """y = high - e^x, with log |dy/dx| = x.

    Parameters
    ----------
    high : array, shape (...)
        The bound; it broadcasts with x.
    """

    def __init__(self, high: Any) -> None:
        self.high = high

    def forward(self, x: Any) -> Any:
        """Return high - e^x."""
        return self.high - np.exp(x)

    def inverse(self, y: Any) -> Any:
        """Return log(high - y)."""
        return np.log(self.high - y)

    def log_jacobian(self, x: Any) -> Any:
        """Return x."""
        return x

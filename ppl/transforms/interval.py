"""The real line onto an interval."""

from typing import Any

import numpy as np

import ad
from ppl.transforms.base import Transform


class Interval(Transform):
    """y = low + (high - low) expit(x).

    log |dy/dx| = log(high - low) + log expit(x) + log expit(-x), finite for every finite x.
    Where expit(x) rounds to 1 (x > 37), y is `high` itself.

    Parameters
    ----------
    low, high : array, shape (...)
        The ends; they broadcast with x.
    """

    def __init__(self, low: Any = 0.0, high: Any = 1.0) -> None:
        self.low = low
        self.high = high
        self._unit = _is_number(low, 0.0) and _is_number(high, 1.0)

    def forward(self, x: Any) -> Any:
        """Return low + (high - low) expit(x)."""
        if self._unit:
            return ad.special.expit(x)
        # Rounding may carry the sum past `high` by one unit in the last place.
        return np.minimum(self.low + (self.high - self.low) * ad.special.expit(x), self.high)

    def inverse(self, y: Any) -> Any:
        """Return log((y - low) / (high - y))."""
        # Two logarithms keep their digits near either end.
        return np.log(y - self.low) - np.log(self.high - y)

    def log_jacobian(self, x: Any) -> Any:
        """Return log(high - low) + log expit(x) + log expit(-x)."""
        slope = ad.special.log_expit(x) + ad.special.log_expit(-x)
        return slope if self._unit else np.log(self.high - self.low) + slope

    def __repr__(self) -> str:
        return f"Interval(low={self.low!r}, high={self.high!r})"


def _is_number(value: Any, number: float) -> bool:
    return not ad.is_traced(value) and np.ndim(value) == 0 and bool(value == number)

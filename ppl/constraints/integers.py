"""Sets of integers."""

from typing import Any

import numpy as np

from ppl.constraints.base import Constraint, Shape, number


class IntegerAtLeast(Constraint):
    """The integers from a bound up."""

    discrete = True

    def __init__(self, low: Any = 0) -> None:
        self.low = low

    def __str__(self) -> str:
        return f"an integer, at least {number(self.low)}"

    def _contains(self, value: Any) -> Any:
        return (value >= self.low) & (value < np.inf) & (value == np.floor(value))

    def _interior(self, _event_shape: Shape) -> Any:
        return self.low

    def _clip(self, value: Any) -> Any:
        return np.maximum(np.floor(value), self.low)

    def _lowest(self) -> Any:
        return self.low


class Integer(IntegerAtLeast):
    """All integers."""

    def __init__(self) -> None:
        super().__init__(-np.inf)

    def __str__(self) -> str:
        return "an integer"

    def _contains(self, value: Any) -> Any:
        return (np.abs(value) < np.inf) & (value == np.floor(value))

    def _interior(self, _event_shape: Shape) -> Any:
        return 0.0


class NonnegativeInteger(IntegerAtLeast):
    """The counts 0, 1, 2 and so on."""

    def __str__(self) -> str:
        return "a nonnegative integer"


class IntegerInterval(Constraint):
    """The integers between two bounds, both included."""

    discrete = True

    def __init__(self, low: Any = 0, high: Any = 1) -> None:
        self.low = low
        self.high = high

    def __str__(self) -> str:
        return f"an integer from {number(self.low)} to {number(self.high)}"

    def _contains(self, value: Any) -> Any:
        return (value >= self.low) & (value <= self.high) & (value == np.floor(value))

    def _interior(self, _event_shape: Shape) -> Any:
        return self.low

    def _clip(self, value: Any) -> Any:
        return np.minimum(np.maximum(np.floor(value), self.low), self.high)

    def _lowest(self) -> Any:
        return self.low


class Boolean(IntegerInterval):
    """The two values 0 and 1."""

    def __str__(self) -> str:
        return "0 or 1"

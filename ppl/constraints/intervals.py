"""The real line and its parts."""

from typing import Any

import numpy as np

from ppl.constraints.base import Constraint, Shape, number


class Real(Constraint):
    """The real line."""

    def __str__(self) -> str:
        return "finite"

    def _contains(self, value: Any) -> Any:
        return np.abs(value) < np.inf

    def _interior(self, _event_shape: Shape) -> Any:
        return 0.0


class ExtendedReal(Real):
    """The real line and both infinities."""

    def __str__(self) -> str:
        return "a number or infinite"

    def _contains(self, value: Any) -> Any:
        return value == value  # noqa: PLR0124 - not NaN


class AtLeast(Constraint):
    """The closed half line from a bound up."""

    def __init__(self, low: Any = 0.0) -> None:
        self.low = low

    def __str__(self) -> str:
        return f"finite and at least {number(self.low)}"

    def _contains(self, value: Any) -> Any:
        return (value >= self.low) & (value < np.inf)

    def _interior(self, _event_shape: Shape) -> Any:
        return self.low + 1.0

    def _clip(self, value: Any) -> Any:
        return np.maximum(value, self.low)

    def _lowest(self) -> Any:
        return self.low


class GreaterThan(AtLeast):
    """The open half line above a bound."""

    def __str__(self) -> str:
        return f"finite and greater than {number(self.low)}"

    def _contains(self, value: Any) -> Any:
        return (value > self.low) & (value < np.inf)


class Above(GreaterThan):
    """The numbers above a bound, and infinity."""

    def __str__(self) -> str:
        return f"greater than {number(self.low)}"

    def _contains(self, value: Any) -> Any:
        return value > self.low


class Positive(GreaterThan):
    """The positive numbers."""

    def __str__(self) -> str:
        return "positive"


class Nonnegative(AtLeast):
    """The positive numbers and 0."""

    def __str__(self) -> str:
        return "nonnegative"


class LessThan(Constraint):
    """The open half line below a bound."""

    def __init__(self, high: Any = 0.0) -> None:
        self.high = high

    def __str__(self) -> str:
        return f"finite and less than {number(self.high)}"

    def _contains(self, value: Any) -> Any:
        return (value < self.high) & (value > -np.inf)

    def _interior(self, _event_shape: Shape) -> Any:
        return self.high - 1.0

    def _clip(self, value: Any) -> Any:
        return np.minimum(value, self.high)


class AtMost(LessThan):
    """The closed half line from a bound down."""

    def __str__(self) -> str:
        return f"finite and at most {number(self.high)}"

    def _contains(self, value: Any) -> Any:
        return (value <= self.high) & (value > -np.inf)


class Interval(Constraint):
    """A closed interval."""

    def __init__(self, low: Any = 0.0, high: Any = 1.0) -> None:
        self.low = low
        self.high = high

    def __str__(self) -> str:
        return f"in the interval [{number(self.low)}, {number(self.high)}]"

    def _contains(self, value: Any) -> Any:
        return (value >= self.low) & (value <= self.high)

    def _interior(self, _event_shape: Shape) -> Any:
        return self.low + 0.5 * (self.high - self.low)

    def _clip(self, value: Any) -> Any:
        return np.minimum(np.maximum(value, self.low), self.high)

    def _lowest(self) -> Any:
        return self.low


class OpenInterval(Interval):
    """An interval without its ends."""

    def __str__(self) -> str:
        return f"strictly between {number(self.low)} and {number(self.high)}"

    def _contains(self, value: Any) -> Any:
        return (value > self.low) & (value < self.high)


class Angle(Interval):
    """The angles from -pi to pi, whose ends are the same place."""

    def __init__(self) -> None:
        super().__init__(-np.pi, np.pi)

    def __str__(self) -> str:
        return "an angle from -pi to pi"

"""Sets that values live in: where a parameter may lie, and where a distribution has support.

A constraint is the set; the map that takes unconstrained numbers into it is a transform
(`ppl.transforms`). Bounds may be numbers, arrays or traced values.
"""

from typing import Any

import numpy as np

import ad

Index = tuple[int, ...]


class Constraint:
    """A set of values; its text follows "must be" in a message.

    Attributes
    ----------
    event_dim : int
        How many trailing axes one value takes: 0 for numbers.
    discrete : bool
        Whether the set is countable.
    """

    event_dim = 0
    discrete = False

    def contains(self, value: Any) -> Any:
        """Say which values lie in the set.

        Parameters
        ----------
        value : array, shape (...)

        Returns
        -------
        bool or array of bool, shape (...)
            False for NaN and for infinities.
        """
        return self._contains(value)

    def check(self, value: Any) -> Index | None:
        """Find the first value that is not in the set.

        Parameters
        ----------
        value : array, shape (...)
            Plain numbers, not traced.

        Returns
        -------
        tuple of int or None
            Its index, `()` for a scalar; None if all values are in the set.

        Examples
        --------
        >>> positive.check(np.array([1.0, -2.0, 3.0]))
        (1,)
        """
        inside = np.asarray(self._contains(value))
        if inside.all():
            return None
        return tuple(int(i) for i in np.argwhere(~inside)[0])

    def interior(self) -> Any:
        """Return some value well inside, which can stand in for values outside."""
        return self._interior()

    def clip(self, value: Any) -> Any:
        """Return the nearest value of the closed set that is not greater, or the lowest one."""
        return self._clip(value)

    def lowest(self) -> Any:
        """Return the lower end of the set."""
        return self._lowest()

    def _contains(self, value: Any) -> Any:
        raise NotImplementedError

    def _interior(self) -> Any:
        raise NotImplementedError

    def _clip(self, value: Any) -> Any:
        return value

    def _lowest(self) -> Any:
        return -np.inf


class Real(Constraint):
    """The real line."""

    def __str__(self) -> str:
        return "finite"

    def _contains(self, value: Any) -> Any:
        return np.abs(value) < np.inf

    def _interior(self) -> Any:
        return 0.0


class AtLeast(Constraint):
    """The closed half line from a bound up."""

    def __init__(self, low: Any = 0.0) -> None:
        self.low = low

    def __str__(self) -> str:
        return f"finite and at least {_number(self.low)}"

    def _contains(self, value: Any) -> Any:
        return (value >= self.low) & (value < np.inf)

    def _interior(self) -> Any:
        return self.low + 1.0

    def _clip(self, value: Any) -> Any:
        return np.maximum(value, self.low)

    def _lowest(self) -> Any:
        return self.low


class GreaterThan(AtLeast):
    """The open half line above a bound."""

    def __str__(self) -> str:
        return f"finite and greater than {_number(self.low)}"

    def _contains(self, value: Any) -> Any:
        return (value > self.low) & (value < np.inf)


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
        return f"finite and less than {_number(self.high)}"

    def _contains(self, value: Any) -> Any:
        return (value < self.high) & (value > -np.inf)

    def _interior(self) -> Any:
        return self.high - 1.0

    def _clip(self, value: Any) -> Any:
        return np.minimum(value, self.high)


class Interval(Constraint):
    """A closed interval."""

    def __init__(self, low: Any = 0.0, high: Any = 1.0) -> None:
        self.low = low
        self.high = high

    def __str__(self) -> str:
        return f"in the interval [{_number(self.low)}, {_number(self.high)}]"

    def _contains(self, value: Any) -> Any:
        return (value >= self.low) & (value <= self.high)

    def _interior(self) -> Any:
        return self.low + 0.5 * (self.high - self.low)

    def _clip(self, value: Any) -> Any:
        return np.minimum(np.maximum(value, self.low), self.high)

    def _lowest(self) -> Any:
        return self.low


class IntegerAtLeast(Constraint):
    """The integers from a bound up."""

    discrete = True

    def __init__(self, low: Any = 0) -> None:
        self.low = low

    def __str__(self) -> str:
        return f"an integer, at least {_number(self.low)}"

    def _contains(self, value: Any) -> Any:
        return (value >= self.low) & (value < np.inf) & (value == np.floor(value))

    def _interior(self) -> Any:
        return self.low

    def _clip(self, value: Any) -> Any:
        return np.maximum(np.floor(value), self.low)

    def _lowest(self) -> Any:
        return self.low


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
        return f"an integer from {_number(self.low)} to {_number(self.high)}"

    def _contains(self, value: Any) -> Any:
        return (value >= self.low) & (value <= self.high) & (value == np.floor(value))

    def _interior(self) -> Any:
        return self.low

    def _clip(self, value: Any) -> Any:
        return np.minimum(np.maximum(np.floor(value), self.low), self.high)

    def _lowest(self) -> Any:
        return self.low


class Boolean(IntegerInterval):
    """The two values 0 and 1."""

    def __str__(self) -> str:
        return "0 or 1"


real = Real()
positive = Positive()
nonnegative = Nonnegative()
unit_interval = Interval()
boolean = Boolean()
nonnegative_integer = NonnegativeInteger()


def greater_than(low: Any) -> Constraint:
    """Make the set of numbers above `low`."""
    return GreaterThan(low)


def at_least(low: Any) -> Constraint:
    """Make the set of numbers from `low` up, `low` included."""
    return AtLeast(low)


def less_than(high: Any) -> Constraint:
    """Make the set of numbers below `high`."""
    return LessThan(high)


def interval(low: Any, high: Any) -> Constraint:
    """Make the set of numbers from `low` to `high`, both included."""
    return Interval(low, high)


def integer_interval(low: Any, high: Any) -> Constraint:
    """Make the set of integers from `low` to `high`, both included."""
    return IntegerInterval(low, high)


def _number(bound: Any) -> str:
    """Show a bound in a message; an array of bounds by its shape."""
    value = ad.value_of(bound)
    return f"{value:g}" if np.ndim(value) == 0 else f"a bound of shape {np.shape(value)}"

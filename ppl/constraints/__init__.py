"""Sets that values live in: where a parameter may lie, and where a distribution has support.

A constraint is the set; the map that takes unconstrained numbers into it is a transform
(`ppl.transforms`). Bounds may be numbers, arrays or traced values.
"""

from typing import Any

from ppl.constraints.base import Constraint
from ppl.constraints.integers import (
    Boolean,
    Integer,
    IntegerAtLeast,
    IntegerInterval,
    NonnegativeInteger,
)
from ppl.constraints.intervals import (
    Above,
    AtLeast,
    AtMost,
    ExtendedReal,
    GreaterThan,
    Interval,
    LessThan,
    Nonnegative,
    OpenInterval,
    Positive,
    Real,
)
from ppl.constraints.vectors import Ordered, RealVector, Simplex

__all__ = [
    "Above",
    "AtLeast",
    "AtMost",
    "Boolean",
    "Constraint",
    "ExtendedReal",
    "GreaterThan",
    "Integer",
    "IntegerAtLeast",
    "IntegerInterval",
    "Interval",
    "LessThan",
    "Nonnegative",
    "NonnegativeInteger",
    "OpenInterval",
    "Ordered",
    "Positive",
    "Real",
    "RealVector",
    "Simplex",
    "at_least",
    "at_most",
    "boolean",
    "extended_real",
    "greater_than",
    "integer",
    "integer_at_least",
    "integer_interval",
    "interval",
    "less_than",
    "nonnegative",
    "nonnegative_integer",
    "open_unit_interval",
    "ordered",
    "positive",
    "real",
    "real_vector",
    "simplex",
    "unit_interval",
]

real = Real()
positive = Positive()
nonnegative = Nonnegative()
unit_interval = Interval()
open_unit_interval = OpenInterval()
boolean = Boolean()
integer = Integer()
nonnegative_integer = NonnegativeInteger()
extended_real = ExtendedReal()
real_vector = RealVector()
ordered = Ordered()
simplex = Simplex()


def greater_than(low: Any) -> Constraint:
    """Make the set of numbers above `low`."""
    return GreaterThan(low)


def at_least(low: Any) -> Constraint:
    """Make the set of numbers from `low` up, `low` included."""
    return AtLeast(low)


def less_than(high: Any) -> Constraint:
    """Make the set of numbers below `high`."""
    return LessThan(high)


def at_most(high: Any) -> Constraint:
    """Make the set of numbers up to `high`, `high` included."""
    return AtMost(high)


def interval(low: Any, high: Any) -> Constraint:
    """Make the set of numbers from `low` to `high`, both included."""
    return Interval(low, high)


def integer_at_least(low: Any) -> Constraint:
    """Make the set of integers from `low` up, `low` included."""
    return IntegerAtLeast(low)


def integer_interval(low: Any, high: Any) -> Constraint:
    """Make the set of integers from `low` to `high`, both included."""
    return IntegerInterval(low, high)

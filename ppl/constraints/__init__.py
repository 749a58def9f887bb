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
    Angle,
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
from ppl.constraints.matrices import (
    ColumnStochastic,
    Correlation,
    CorrelationCholesky,
    CovarianceCholesky,
    PositiveDefinite,
    RealMatrix,
    RowStochastic,
    ZeroSumMatrix,
)
from ppl.constraints.vectors import (
    Counts,
    OneHot,
    Ordered,
    Permutation,
    PositiveOrdered,
    PositiveVector,
    RealVector,
    Simplex,
    UnitVector,
    ZeroSum,
)

__all__ = [
    "Above",
    "Angle",
    "AtLeast",
    "AtMost",
    "Boolean",
    "ColumnStochastic",
    "Constraint",
    "Correlation",
    "CorrelationCholesky",
    "Counts",
    "CovarianceCholesky",
    "ExtendedReal",
    "GreaterThan",
    "Integer",
    "IntegerAtLeast",
    "IntegerInterval",
    "Interval",
    "LessThan",
    "Nonnegative",
    "NonnegativeInteger",
    "OneHot",
    "OpenInterval",
    "Ordered",
    "Permutation",
    "Positive",
    "PositiveDefinite",
    "PositiveOrdered",
    "PositiveVector",
    "Real",
    "RealMatrix",
    "RealVector",
    "RowStochastic",
    "Simplex",
    "UnitVector",
    "ZeroSum",
    "ZeroSumMatrix",
    "angle",
    "at_least",
    "at_most",
    "boolean",
    "column_stochastic",
    "correlation",
    "correlation_cholesky",
    "counts",
    "covariance_cholesky",
    "extended_real",
    "greater_than",
    "integer",
    "integer_at_least",
    "integer_interval",
    "interval",
    "less_than",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "open_unit_interval",
    "ordered",
    "permutation",
    "positive",
    "positive_definite",
    "positive_ordered",
    "positive_vector",
    "real",
    "real_matrix",
    "real_vector",
    "row_stochastic",
    "simplex",
    "unit_interval",
    "unit_vector",
    "zero_sum",
    "zero_sum_matrix",
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
angle = Angle()
positive_vector = PositiveVector()
positive_ordered = PositiveOrdered()
zero_sum = ZeroSum()
unit_vector = UnitVector()
one_hot = OneHot()
permutation = Permutation()
real_matrix = RealMatrix()
row_stochastic = RowStochastic()
column_stochastic = ColumnStochastic()
zero_sum_matrix = ZeroSumMatrix()
positive_definite = PositiveDefinite()
correlation = Correlation()
correlation_cholesky = CorrelationCholesky()


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


def counts(total: Any) -> Constraint:
    """Make the set of vectors of nonnegative integers with sum `total`."""
    return Counts(total)


def covariance_cholesky(columns: int | None = None) -> Constraint:
    """Make the set of lower triangular matrices, with `columns` columns if given, else square."""
    return CovarianceCholesky(columns)

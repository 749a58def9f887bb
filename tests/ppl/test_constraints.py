"""Sets of values: membership, the first violation, and messages."""

import math
from typing import Any

import numpy as np
import pytest

from ppl import constraints
from ppl.constraints import Constraint

SETS: list[tuple[Constraint, list[float], list[float], str]] = [
    (constraints.real, [-1e300, 0.0, 5.0], [], "finite"),
    (constraints.positive, [5e-324, 1e300], [0.0, -1.0], "positive"),
    (constraints.nonnegative, [0.0, 1.0], [-5e-324], "nonnegative"),
    (constraints.unit_interval, [0.0, 0.5, 1.0], [-0.1, 1.0 + 2**-52], "in the interval [0, 1]"),
    (constraints.interval(-2, 3), [-2.0, 3.0], [-2.1, 3.1], "in the interval [-2, 3]"),
    (constraints.greater_than(2), [2.1], [2.0], "finite and greater than 2"),
    (constraints.at_least(2), [2.0], [1.9], "finite and at least 2"),
    (constraints.less_than(2), [1.9, -1e300], [2.0], "finite and less than 2"),
    (constraints.boolean, [0.0, 1.0], [-1.0, 0.5, 2.0], "0 or 1"),
    (constraints.nonnegative_integer, [0.0, 7.0], [-1.0, 0.5], "a nonnegative integer"),
    (
        constraints.integer_interval(2, 4),
        [2.0, 3.0, 4.0],
        [1.0, 5.0, 2.5],
        "an integer from 2 to 4",
    ),
    (constraints.at_most(2), [2.0, -1e300], [2.0 + 2**-51], "finite and at most 2"),
    (constraints.open_unit_interval, [5e-324, 0.5], [0.0, 1.0], "strictly between 0 and 1"),
    (constraints.integer, [-3.0, 0.0, 1e15], [0.5], "an integer"),
    (constraints.IntegerAtLeast(1), [1.0, 9.0], [0.0, 1.5], "an integer, at least 1"),
]


@pytest.mark.parametrize(("constraint", "inside", "outside", "text"), SETS)
def test_membership(
    constraint: Constraint, inside: list[float], outside: list[float], text: str
) -> None:
    assert constraint.check(np.array(inside)) is None
    assert constraint.check(constraint.interior()) is None
    for value in [*outside, math.nan, math.inf, -math.inf]:
        assert constraint.check(value) == ()
        assert constraint.check(np.array([[inside[0], value]])) == (0, 1)
    assert str(constraint) == text


@pytest.mark.parametrize(("constraint", "inside", "outside", "text"), SETS)
def test_clip_and_lowest(
    constraint: Constraint, inside: list[float], outside: list[float], text: str
) -> None:
    del text
    for value in inside:
        assert constraint.clip(value) == value
        assert value >= constraint.lowest()
    if constraint.discrete:
        assert constraint.clip(inside[0] + 0.5) == inside[0]
    for value in outside:
        clipped = constraint.clip(value)
        assert clipped >= constraint.lowest()
        assert constraint.clip(clipped) == clipped


def test_bounds_may_be_arrays() -> None:
    constraint: Any = constraints.greater_than(np.array([0.0, 1.0, 2.0]))
    assert constraint.check(1.5) == (2,)
    assert str(constraint) == "finite and greater than a bound of shape (3,)"


def test_sets_with_infinities() -> None:
    assert constraints.extended_real.check(np.array([-math.inf, 0.0, math.inf])) is None
    assert constraints.extended_real.check(math.nan) == ()
    assert constraints.Above(2.0).check(np.array([math.inf, 2.5, 2.0, math.nan])) == (2,)
    assert constraints.Above(-math.inf).check(-math.inf) == ()


def test_sets_of_vectors() -> None:
    rows = np.array([[0.2, 0.3, 0.5], [0.5, 0.5, 0.1], [0.1, 1.1, -0.2]])
    np.testing.assert_array_equal(constraints.simplex.contains(rows), [True, False, False])
    assert constraints.simplex.check(rows) == (1,)
    np.testing.assert_array_equal(constraints.ordered.contains(rows), [True, False, False])
    assert constraints.ordered.check(np.array([1.0, math.inf])) == ()
    assert constraints.real_vector.check(rows) is None
    assert constraints.real_vector.check(np.array([[0.0], [math.nan]])) == (1,)
    assert constraints.real_vector.check(np.zeros(0)) == ()


EVENTS: list[tuple[Constraint, tuple[int, ...], Any, Any, str]] = [
    (constraints.real_vector, (2,), [1.0, -2.0], [1.0, math.inf], "a vector of finite"),
    (constraints.positive_vector, (2,), [1.0, 2.0], [1.0, 0.0], "a vector of positive"),
    (constraints.ordered, (3,), [-1.0, 0.0, 2.0], [0.0, 0.0, 1.0], "a strictly increasing"),
    (constraints.positive_ordered, (2,), [1.0, 2.0], [-1.0, 2.0], "increasing vector of positive"),
    (constraints.simplex, (2,), [0.25, 0.75], [0.5, 0.6], "with sum 1"),
    (constraints.zero_sum, (3,), [1.0, 2.0, -3.0], [1.0, 2.0, 3.0], "with sum 0"),
    (constraints.unit_vector, (2,), [0.6, -0.8], [1.0, 1.0], "of length 1"),
    (constraints.one_hot, (3,), [0.0, 1.0, 0.0], [1.0, 1.0, 0.0], "zeros and one 1"),
    (constraints.counts(4), (2,), [1.0, 3.0], [1.5, 2.5], "integers with sum 4"),
    (constraints.permutation, (3,), [2.0, 0.0, 1.0], [2.0, 2.0, 1.0], "each once"),
    (constraints.real_matrix, (1, 2), [[1.0, 2.0]], [[1.0, math.nan]], "a matrix of finite"),
    (
        constraints.row_stochastic,
        (1, 2),
        [[0.5, 0.5]],
        [[1.0, 1.0]],
        "with rows of nonnegative",
    ),
    (
        constraints.column_stochastic,
        (2, 1),
        [[0.5], [0.5]],
        [[1.0], [1.0]],
        "with columns of nonnegative",
    ),
    (
        constraints.zero_sum_matrix,
        (2, 2),
        [[1.0, -1.0], [-1.0, 1.0]],
        [[1.0, -1.0], [1.0, -1.0]],
        "rows and columns have sum 0",
    ),
    (
        constraints.positive_definite,
        (2, 2),
        [[2.0, 1.0], [1.0, 2.0]],
        [[1.0, 2.0], [2.0, 1.0]],
        "a symmetric positive definite",
    ),
    (
        constraints.correlation,
        (2, 2),
        [[1.0, 0.5], [0.5, 1.0]],
        [[2.0, 0.5], [0.5, 2.0]],
        "with diagonal 1",
    ),
    (
        constraints.covariance_cholesky(),
        (2, 2),
        [[2.0, 0.0], [1.0, 3.0]],
        [[2.0, 1.0], [1.0, 3.0]],
        "a lower triangular matrix",
    ),
    (
        constraints.covariance_cholesky(1),
        (2, 1),
        [[2.0], [1.0]],
        [[-2.0], [1.0]],
        "a lower triangular matrix",
    ),
    (
        constraints.correlation_cholesky,
        (2, 2),
        [[1.0, 0.0], [0.6, 0.8]],
        [[1.0, 0.0], [0.6, 0.9]],
        "rows of length 1",
    ),
]


@pytest.mark.parametrize(("constraint", "shape", "inside", "outside", "text"), EVENTS)
def test_sets_of_events(
    constraint: Constraint, shape: tuple[int, ...], inside: Any, outside: Any, text: str
) -> None:
    assert constraint.event_dim == len(shape)
    assert constraint.check(np.array(inside)) is None
    assert constraint.check(constraint.interior(shape)) is None
    assert constraint.check(np.array([inside, outside, inside])) == (1,)
    assert constraint.check(np.full(shape, math.nan)) == ()
    assert text in str(constraint)


def test_matrices_that_are_not_square() -> None:
    for constraint in (constraints.positive_definite, constraints.correlation):
        assert constraint.check(np.ones((2, 3))) == ()
    assert constraints.covariance_cholesky().check(np.ones((3, 2))) == ()
    assert constraints.positive_definite.check(np.array([[1.0, 0.5], [0.2, 1.0]])) == ()

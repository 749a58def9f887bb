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

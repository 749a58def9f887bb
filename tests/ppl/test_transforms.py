"""Laws of transforms: log-Jacobians are derivatives, inverses undo, images are valid."""

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ad
from ppl import constraints
from ppl.constraints import Constraint
from ppl.transforms import Exp, Identity, Interval, Transform, transform_for

# A set, and the map of Stan's reference manual onto it in mpmath.
MAPS: list[tuple[Constraint, Callable[[Any], Any]]] = [
    (constraints.real, lambda x: x),
    (constraints.positive, mp.exp),
    (constraints.nonnegative, mp.exp),
    (constraints.greater_than(-3.0), lambda x: -3 + mp.exp(x)),
    (constraints.at_least(0.25), lambda x: mp.mpf(0.25) + mp.exp(x)),
    (constraints.less_than(5.0), lambda x: 5 - mp.exp(x)),
    (constraints.unit_interval, lambda x: 1 / (1 + mp.exp(-x))),
    (constraints.interval(-2.0, 7.0), lambda x: -2 + 9 / (1 + mp.exp(-x))),
]
IDS = [str(constraint) for constraint, _ in MAPS]
POINTS = (-700.0, -40.0, -3.0, -0.1, 0.0, 1e-9, 0.5, 4.0, 36.0, 300.0, 700.0)


@pytest.mark.parametrize(("constraint", "exact"), MAPS, ids=IDS)
@pytest.mark.parametrize("x", POINTS)
def test_forward_is_the_definition(
    constraint: Constraint, exact: Callable[[Any], Any], x: float
) -> None:
    with mp.workdps(400):
        want = exact(mp.mpf(x))
        got = transform_for(constraint).forward(np.float64(x))
        scale = max(abs(want), 3 if "-3" in str(constraint) or "-2" in str(constraint) else 0)
        assert abs(got - want) <= 4e-16 * 3 * scale


@pytest.mark.parametrize(("constraint", "exact"), MAPS, ids=IDS)
@pytest.mark.parametrize("x", POINTS)
def test_log_jacobian_is_the_derivative(
    constraint: Constraint, exact: Callable[[Any], Any], x: float
) -> None:
    with mp.workdps(700):
        want = float(mp.log(abs(mp.diff(exact, mp.mpf(x), h=mp.mpf(10) ** -200))))
    got = float(transform_for(constraint).log_jacobian(np.float64(x)))
    assert got == pytest.approx(want, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("constraint", "exact"), MAPS, ids=IDS)
@pytest.mark.parametrize("x", [-20.0, -3.0, 0.0, 0.5, 10.0])
def test_log_jacobian_is_what_differentiation_says(
    constraint: Constraint, exact: Callable[[Any], Any], x: float
) -> None:
    del exact
    transform = transform_for(constraint)
    slope = ad.grad(lambda v: transform.forward(v[0]) + 0.0)(np.array([x]))[0]
    assert np.log(abs(slope)) == pytest.approx(float(transform.log_jacobian(x)), abs=1e-12)


@pytest.mark.parametrize(("constraint", "exact"), MAPS, ids=IDS)
@given(x=st.floats(-15, 15))
def test_inverse_undoes(constraint: Constraint, exact: Callable[[Any], Any], x: float) -> None:
    del exact
    transform = transform_for(constraint)
    y = transform.forward(np.float64(x))
    # What rounding y can do to x: one unit in the last place of y, or of a bound next to it.
    slack = 16 * 2.0**-52 * (max(abs(y), 7.0) / np.exp(transform.log_jacobian(x)) + abs(x))
    assert transform.inverse(y) == pytest.approx(x, abs=float(slack) + 1e-15)


@pytest.mark.parametrize(("constraint", "exact"), MAPS, ids=IDS)
@given(x=st.floats(-700, 700))
def test_image_is_in_the_closed_set(
    constraint: Constraint, exact: Callable[[Any], Any], x: float
) -> None:
    del exact
    y = transform_for(constraint).forward(np.float64(x))
    assert constraint.clip(y) == y
    assert np.isfinite(y)


def test_a_wrong_jacobian_is_noticed() -> None:
    # Negative control: the same comparison refuses a log-Jacobian that forgets the width.
    wrong = float(Interval(0.0, 1.0).log_jacobian(0.3))
    slope = ad.grad(lambda v: Interval(-2.0, 7.0).forward(v[0]) + 0.0)(np.array([0.3]))[0]
    assert np.log(abs(slope)) != pytest.approx(wrong, abs=1e-2)


def test_shapes_and_batches() -> None:
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    for constraint, _ in MAPS:
        transform = transform_for(constraint)
        assert transform.forward(x).shape == transform.log_jacobian(x).shape == (2, 3)
        assert (
            transform.unconstrained_shape((2, 3)) == transform.constrained_shape((2, 3)) == (2, 3)
        )


def test_bounds_broadcast() -> None:
    low = np.array([[0.0], [1.0]])
    y = Interval(low, low + np.array([1.0, 2.0, 3.0])).forward(np.zeros((2, 3)))
    np.testing.assert_array_equal(y, low + np.array([0.5, 1.0, 1.5]))


def test_choice() -> None:
    assert isinstance(transform_for(constraints.real), Identity)
    assert isinstance(transform_for(constraints.nonnegative), Exp)
    assert repr(transform_for(constraints.interval(0, 2))) == "Interval(low=0, high=2)"
    assert isinstance(Exp(), Transform)
    with pytest.raises(NotImplementedError, match="values that must be a nonnegative integer"):
        transform_for(constraints.nonnegative_integer)

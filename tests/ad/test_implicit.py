"""Roots, fixed points and minima as functions of parameters, against closed forms."""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import scipy.optimize

import ad
from tests.ad.harness import assert_close

RNG = np.random.default_rng(4)
DESIGN = RNG.normal(size=(30, 3))
RESPONSE = DESIGN @ np.array([1.0, -2.0, 0.5]) + 0.1 * RNG.normal(size=30)


def square_root(a: Any) -> Any:
    return ad.root(lambda x, a: x**2 - a, 1.0, a)


def square_root_of_outside(a: Any) -> Any:
    return ad.root(lambda x: x**2 - a, 1.0)


def square_root_by_iteration(a: Any) -> Any:
    return ad.fixed_point(lambda x, a: 0.5 * (x + a / x), 1.0, a)


def square_root_by_minimum(a: Any) -> Any:
    return ad.argmin(lambda x, a: x**3 / 3.0 - a * x, 1.0, a)


WAYS = pytest.mark.parametrize(
    "f",
    [square_root, square_root_of_outside, square_root_by_iteration, square_root_by_minimum],
)


@WAYS
def test_square_root_in_every_mode(f: Callable[[Any], Any]) -> None:
    assert float(f(9.0)) == pytest.approx(3.0, rel=1e-15)
    assert ad.grad(f)(9.0) == pytest.approx(1 / 6, rel=1e-14)
    assert ad.jvp(f, (9.0,), (1.0,))[1] == pytest.approx(1 / 6, rel=1e-14)
    for outer in (ad.grad, lambda g: lambda x: ad.jvp(g, (x,), (1.0,))[1]):
        for inner in (ad.grad, lambda g: lambda x: ad.jvp(g, (x,), (1.0,))[1]):
            assert outer(inner(f))(9.0) == pytest.approx(-1 / 108, rel=1e-13)
    assert ad.grad(ad.grad(ad.grad(f)))(9.0) == pytest.approx(1 / 648, rel=1e-12)
    xs = np.array([1.0, 4.0, 9.0])
    assert_close(ad.vmap(f)(xs), np.sqrt(xs), 1e-14)
    assert_close(ad.vmap(ad.grad(f))(xs), 0.5 / np.sqrt(xs), 1e-13)


def ridge(penalty: Any) -> Any:
    def loss(b: dict[str, Any], penalty: Any) -> Any:
        error = DESIGN @ b["slopes"] - RESPONSE
        return 0.5 * np.sum(error**2) + 0.5 * penalty * np.sum(b["slopes"] ** 2)

    return ad.argmin(loss, {"slopes": np.zeros(3)}, penalty)["slopes"]


def test_ridge_regression() -> None:
    normal = DESIGN.T @ DESIGN + 2.0 * np.eye(3)
    best = np.linalg.solve(normal, DESIGN.T @ RESPONSE)
    assert_close(ridge(2.0), best, 1e-13)
    # (X'X + l) b = X'y, so db/dl = -(X'X + l)^-1 b.
    slope = -np.linalg.solve(normal, best)
    for mode in ("forward", "reverse"):
        assert_close(ad.jacobian(ridge, mode=mode)(2.0), slope, 1e-12)
    assert_close(ad.jacobian(ad.jacobian(ridge))(2.0), -2.0 * np.linalg.solve(normal, slope), 1e-11)


def test_choosing_a_penalty_by_a_gradient() -> None:
    # The outer problem of a nested optimisation: loss on held-out data by the inner minimum.
    held_out = RNG.normal(size=(10, 3))
    y = held_out @ np.array([1.0, -2.0, 0.5])
    ad.check_grads(lambda p: np.sum((held_out @ ridge(np.exp(p)) - y) ** 2), 0.3)


def test_a_system_of_equations() -> None:
    def circle_and_line(p: dict[str, Any]) -> Any:
        return ad.root(
            lambda x, p: {"circle": x[0] ** 2 + x[1] ** 2 - p["radius"] ** 2, "line": x[1] - x[0]},
            np.array([1.0, 0.5]),
            p,
        )

    got = circle_and_line({"radius": 2.0})
    assert_close(got, [math.sqrt(2.0)] * 2, 1e-14)
    slope = ad.jacobian(circle_and_line)({"radius": 2.0})["radius"]
    assert_close(slope, [1.0 / math.sqrt(2.0)] * 2, 1e-13)


def test_kepler() -> None:
    # E - e sin E = M: dE/dM = 1 / (1 - e cos E), dE/de = sin E / (1 - e cos E).
    def anomaly(mean: Any, eccentricity: Any) -> Any:
        return ad.fixed_point(lambda e, m, ecc: m + ecc * np.sin(e), mean, mean, eccentricity)

    e = float(anomaly(1.0, 0.6))
    assert e - 0.6 * math.sin(e) == pytest.approx(1.0, rel=1e-14)
    by_mean, by_eccentricity = ad.grad(anomaly, (0, 1))(1.0, 0.6)
    assert by_mean == pytest.approx(1.0 / (1.0 - 0.6 * math.cos(e)), rel=1e-13)
    assert by_eccentricity == pytest.approx(math.sin(e) / (1.0 - 0.6 * math.cos(e)), rel=1e-13)


def test_branches_at_the_solution() -> None:
    def f(a: Any) -> Any:
        return ad.root(lambda x, a: x**3 - a if x > 0 else x - a, 1.0, a)

    assert f(8.0) == pytest.approx(2.0)
    assert ad.grad(f)(8.0) == pytest.approx(1 / 12)
    assert ad.grad(f)(-2.0) == pytest.approx(1.0)
    assert_close(ad.vmap(ad.grad(f))(np.array([8.0, -2.0])), [1 / 12, 1.0], 1e-13)


def test_a_solver_of_ones_own() -> None:
    seen: list[Any] = []

    def bisect(residual: Callable[[Any], Any], start: Any) -> Any:
        seen.append(start)
        return [scipy.optimize.brentq(lambda x: float(residual(np.array([x]))[0]), 0.0, 10.0)]

    f: Callable[[Any], Any] = lambda a: ad.root(lambda x, a: x**2 - a, 5.0, a, solver=bisect)  # noqa: E731
    assert f(9.0) == pytest.approx(3.0, rel=1e-15)
    assert ad.grad(f)(9.0) == pytest.approx(1 / 6)
    assert all(start.tolist() == [5.0] for start in seen)


def test_a_rough_solver_is_polished() -> None:
    assert ad.root(
        lambda x, a: x**2 - a, 1.0, 2.0, solver=lambda f, x: np.array([1.41])
    ) == pytest.approx(math.sqrt(2.0), rel=1e-15)


def test_no_solution_is_an_error_outside_and_nan_inside() -> None:
    with pytest.raises(ad.errors.ConvergenceError, match=r"ad.root: .* x0 = \[0.5\].*implicit.py"):
        ad.root(lambda x: x**2 + 1.0, 0.5)
    with pytest.warns(RuntimeWarning, match=r"ad.root: no solution .* \(.*test_implicit.py:\d+\)"):
        assert math.isnan(ad.grad(lambda a: ad.root(lambda x, a: x**2 + a, 0.5, a))(1.0))
    with pytest.raises(ad.errors.ConvergenceError, match="Hessian is not positive definite"):
        ad.argmin(lambda x: -(x**2), 0.0)
    with pytest.raises(ad.errors.ConvergenceError, match=r"not finite|do not converge"):
        ad.fixed_point(lambda x: 2.0 * x + 1.0 + x**2, 1.0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ad.root(lambda x: x[:1], np.ones(2)),
            ad.errors.ShapeError,
            "must give 2 numbers, got 1",
        ),
        (
            lambda: ad.argmin(lambda x: x, np.ones(2)),
            ad.errors.ShapeError,
            "must give 1 numbers, got 2",
        ),
        (lambda: ad.root(np.sin, "a"), ad.errors.TraceError, "x0 must be an array"),
        (lambda: ad.root(np.sin, np.array(["a"])), ad.errors.TraceError, "x0 must be an array"),
        (
            lambda: ad.root(np.sin, 3.0, solver=cast("Any", "hybr")),
            ad.errors.TraceError,
            "solver must be",
        ),
        (
            lambda: ad.root(lambda x: x - 1.0, 3.0, solver=lambda f, x: np.ones(3)),
            ad.errors.ShapeError,
            r"vector of shape \(1,\), got \(3,\)",
        ),
        (
            lambda: ad.grad(lambda a: ad.root(lambda x: x - a if x > 0 else x + a, 1.0))(2.0),
            ad.errors.TraceError,
            "branches must get what it depends on as parameters",
        ),
        (
            lambda: ad.compile(square_root)(4.0),
            ad.errors.NoRuleError,
            "got ad.root, which runs in Python",
        ),
    ],
)
def test_what_does_not_fit(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()

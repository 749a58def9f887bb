"""Tools that find mistakes: wrong derivatives, and where values stop being finite."""

import inspect
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad.checking import extrapolated
from tests.ad import programs

X = np.array([0.3, 1.2, -0.7])


# ---- check_grads ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        np.sin,
        lambda x: np.sum(np.exp(x) * x),
        lambda x: {"a": np.outer(x, x), "b": np.linalg.norm(x)},
        lambda x: x @ np.linalg.solve(np.eye(3) + np.outer(x, x), x),
        lambda x: 3.0,
        lambda x: x[:0],
    ],
)
def test_right_derivatives_pass(function: Callable[[Any], Any]) -> None:
    ad.check_grads(function, X, order=3)


def test_containers_pass() -> None:
    point = {"a": 2.0, "b": (X, [np.ones(2)])}
    ad.check_grads(lambda d: np.sum(d["b"][0]) ** 2 * d["a"] + d["b"][1][0] @ np.ones(2), point)


def wrong(factor: float) -> Callable[[Any], Any]:
    """Sine with a derivative that is off by a factor."""
    return ad.custom(np.sin, pullback=lambda ct, value, x: factor * ct * np.cos(x))


@pytest.mark.parametrize("modes", [("forward",), ("reverse",), ("forward", "reverse")])
@pytest.mark.parametrize("factor", [0.0, -1.0, 1.0 + 1e-5, np.nan])
def test_wrong_derivatives_are_found(modes: Any, factor: float) -> None:
    with pytest.raises(ad.errors.GradientError, match=f"in {modes[0]} mode .*test_checking.py"):
        ad.check_grads(wrong(factor), X, modes=modes)


def test_a_derivative_within_tolerance_passes() -> None:
    ad.check_grads(wrong(1.0 + 1e-5), X, order=1, rtol=1e-4)


def test_the_element_is_named() -> None:
    slopes = np.array([1.0, 1.0, 2.0])  # right for the first two
    f = ad.custom(lambda x: x * 1.0, pullback=lambda ct, value, x: ct * slopes)
    with pytest.raises(ad.errors.GradientError, match=r"by x\['b'\]\[2\] in forward mode"):
        ad.check_grads(lambda d: np.sum(f(d["b"])) + d["a"], {"a": 1.0, "b": X})


def test_a_wrong_second_derivative_is_found() -> None:
    # The first derivative is right, but says nothing of how it changes.
    f = ad.custom(np.sin, pullback=lambda ct, value, x: ct * ad.special.stop_gradient(np.cos(x)))
    ad.check_grads(f, X, order=1)
    with pytest.raises(ad.errors.GradientError, match=r"in forward over forward mode"):
        ad.check_grads(f, X, order=2)


def test_a_kink_is_found() -> None:
    with pytest.raises(ad.errors.GradientError, match="kink near x"):
        ad.check_grads(lambda x: np.sum(np.where(x > 0.0, x, 0.0)), np.zeros(2), order=1)


def test_near_the_edge_of_a_domain() -> None:
    ad.check_grads(lambda x: np.sum(np.log(x)), np.array([1e-3, 2.0]), order=2)


def test_differences_know_their_error() -> None:
    for f, want in ((math.exp, 1.0), (math.sin, 1.0), (lambda t: math.cos(30.0 * t) + t, 1.0)):
        got = extrapolated(f, 0.1)
        assert abs(got.value - want) <= 10.0 * got.error
        assert got.error < 1e-7


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ad.check_grads(np.sin, X, order=0), ValueError, "order must be a whole number"),
        (lambda: ad.check_grads(np.sin, X, order=1.5), ValueError, "order must be a whole number"),
        (lambda: ad.check_grads(np.sin, X, modes=("up",)), ValueError, "modes must be some of"),
        (lambda: ad.check_grads(np.sin, X, modes="forward"), ValueError, "modes must be some of"),
        (lambda: ad.check_grads(np.sin, X, modes=()), ValueError, "modes must be some of"),
        (
            lambda: ad.check_grads(np.sin, np.array(["a"])),
            ad.errors.TraceError,
            "x must be an array of real numbers",
        ),
        (
            lambda: ad.grad(lambda x: ad.check_grads(np.sin, x))(1.0),
            ad.errors.TraceError,
            "got a traced value",
        ),
    ],
)
def test_bad_input(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


# ---- find_nan ------------------------------------------------------------------------------------


def line_of(function: Callable[..., Any], text: str) -> str:
    lines, start = inspect.getsourcelines(function)
    (offset,) = (number for number, line in enumerate(lines) if text in line)
    return f"test_checking.py:{start + offset}"


def with_bad_value(x: Any) -> Any:
    y = x**2
    z = np.log(y - 1.0)  # of a negative number
    return np.sum(z * y)


def with_bad_slope(x: Any) -> Any:
    y = x * 3.0
    r = np.sqrt(np.abs(y))  # infinitely steep at 0
    return np.sum(r + y)


def test_the_first_bad_value() -> None:
    found = ad.find_nan(with_bad_value, np.array([2.0, 0.5]))
    assert found is not None
    assert (found.what, found.operation, found.index) == ("value", "log", (1,))
    assert found.operands == (0.25 - 1.0,)
    assert math.isnan(found.found)
    assert found.line.endswith(line_of(with_bad_value, "of a negative number"))
    assert str(found).startswith("the value of log(-0.75) is nan at index (1,) (")


def test_the_first_bad_slope() -> None:
    found = ad.find_nan(with_bad_slope, np.array([1.0, 0.0, 2.0]))
    assert found is not None
    assert (found.what, found.operation, found.index) == ("derivative", "sqrt", (1,))
    assert found.operands == (0.0,)
    assert found.found == math.inf
    assert found.line.endswith(line_of(with_bad_slope, "infinitely steep"))
    assert str(found).startswith("the derivative of sqrt(0) by argument 0 is inf at index (1,) (")


def test_a_bad_argument() -> None:
    found = ad.find_nan(lambda a, b: a + b["x"], 1.0, {"x": np.array([1.0, math.inf])})
    assert found is not None
    assert (found.what, found.operation, found.index) == ("value", "argument", (1,))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(x**2),
        # Not finite on the way, but never taken.
        lambda x: np.sum(np.where(x > 0, np.log(x), 0.0)),
        lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)),
        lambda x: 3.0,
    ],
)
def test_nothing_is_found_where_all_is_finite(function: Callable[[Any], Any]) -> None:
    assert ad.find_nan(function, np.array([0.0, 1.0, -2.0])) is None


def test_infinity_that_becomes_nan() -> None:
    def f(x: Any) -> Any:
        big = np.exp(1000.0 * x)
        return big - big * 2.0

    found = ad.find_nan(f, 1.0)
    assert found is not None
    assert (found.operation, found.operands, found.found) == ("exp", (1000.0,), math.inf)


@pytest.mark.parametrize("seed", range(10))
def test_random_programs_are_finite(seed: int) -> None:
    assert ad.find_nan(programs.build(seed, 10), programs.point(seed)) is None


def _log_in_a_scan(x: Any) -> Any:
    def step(carry: Any, row: Any) -> Any:
        moved = carry[0] - row
        return (np.log(moved), carry[1]), moved  # line of the value

    (last, _), moved = ad.scan(step, (x, 0.0), np.arange(3.0))
    return last + np.sum(moved)


def _root_in_a_while(x: Any) -> Any:
    def step(state: Any) -> Any:
        count, total = state
        return count + 1.0, total + np.sqrt(x - count)  # line of the slope

    return ad.while_loop(lambda s: s[0] < 3.0, step, (0.0, 0.0))[1]


def _root_in_a_branch(x: Any) -> Any:
    return ad.cond(x < 0.0, lambda x: x, lambda x: 2.0 + np.sqrt(x), x - 2.0)  # line of the slope


def _log_under_a_checkpoint(x: Any) -> Any:
    return ad.checkpoint(lambda x: x * np.log(x - 2.0))(x)  # line of the value


@pytest.mark.parametrize(
    ("function", "operation", "operands"),
    [
        (_log_in_a_scan, "log", (-1.0 + np.log(2.0),)),
        (_root_in_a_while, "sqrt", (0.0,)),
        (_root_in_a_branch, "sqrt", (0.0,)),
        (_log_under_a_checkpoint, "log", (0.0,)),
    ],
)
def test_the_line_is_the_one_inside_a_loop(
    function: Any, operation: str, operands: tuple[float, ...]
) -> None:
    found = ad.find_nan(function, 2.0)
    assert found is not None
    assert found.operation == operation
    assert found.operands == pytest.approx(operands)
    source = inspect.getsource(sys.modules[__name__]).splitlines()
    assert (
        f"# line of the {'slope' if found.what == 'derivative' else 'value'}"
        in source[int(found.line.rsplit(":", 1)[1]) - 1]
    )


def test_bad_arguments_of_find_nan() -> None:
    with pytest.raises(ad.errors.TraceError, match=r"ad\.find_nan: argument 0 must be an array"):
        ad.find_nan(np.sin, np.array(["a"]))

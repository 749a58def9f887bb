"""Rules given by the user, and functions that cannot be traced."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad.blackbox import differences
from tests.ad.harness import assert_close


def doubled_exp() -> Callable[[Any], Any]:
    """exp, with a derivative that only the rule can have given."""
    return ad.custom(np.exp, pullback=lambda ct, value, x: 2.0 * ct * value)


def doubled_exp_forward() -> Callable[[Any], Any]:
    return ad.custom(np.exp, pushforward=lambda tangents, value, x: 2.0 * tangents[0] * value)


BOTH = pytest.mark.parametrize("make", [doubled_exp, doubled_exp_forward])
X = np.array([0.1, -0.4, 1.2])


@BOTH
def test_every_mode_has_the_rule(make: Callable[[], Any]) -> None:
    f = make()
    e = np.exp(X)
    assert np.array_equal(f(X), e)
    value, gradient = ad.value_and_grad(lambda x: np.sum(f(x)))(X)
    assert value == np.sum(e)
    assert_close(gradient, 2.0 * e, 1e-15)
    assert_close(ad.jvp(f, (X,), (np.ones(3),))[1], 2.0 * e, 1e-15)
    for mode in ("forward", "reverse"):
        assert_close(ad.jacobian(f, mode=mode)(X), np.diag(2.0 * e), 1e-15)
    assert_close(ad.hessian(lambda x: np.sum(f(x)))(X), np.diag(4.0 * e), 1e-15)
    assert_close(ad.vmap(ad.grad(f))(X), 2.0 * e, 1e-15)
    assert_close(ad.vmap(ad.vmap(ad.grad(ad.grad(f))))(X[:, None]), 4.0 * e[:, None], 1e-15)
    compiled = ad.compile(ad.value_and_grad(lambda x: np.sum(f(x))))
    assert_close(compiled(X)[1], 2.0 * e, 1e-14)
    density = ad.density(lambda x: np.sum(f(x)), 3)
    assert_close(density.logdensity_and_gradient(X)[1], 2.0 * e, 1e-14)
    # A Taylor series by the rule: y' = 2 y.
    assert_close(ad.taylor(f, 0.0, 1.0, 3), [1.0, 2.0, 2.0, 4.0 / 3.0], 1e-15)
    assert_close(ad.sparse_jacobian(f)(X).toarray(), np.diag(2.0 * e), 1e-14)


@BOTH
def test_nested_within_other_derivatives(make: Callable[[], Any]) -> None:
    f = make()

    def inner(y: Any) -> Any:
        return ad.grad(lambda x: f(x * y))(1.0)  # 2 y e^y

    assert ad.grad(inner)(0.7) == pytest.approx(2.0 * math.exp(0.7) * (1.0 + 2.0 * 0.7))


def applied(f: Callable[..., Any]) -> Callable[[Any], Any]:
    """A function of several arguments as one of a tuple."""
    return lambda p: f(*p)


def test_several_arguments_and_results() -> None:
    def plain(a: Any, b: dict[str, Any]) -> dict[str, Any]:
        return {"product": a * b["x"], "sum": np.sum(a)}

    def pushed(tangents: Any, value: Any, a: Any, b: Any) -> dict[str, Any]:
        da, db = tangents
        return {"product": da * b["x"] + a * db["x"], "sum": np.sum(da)}

    def pulled(ct: Any, value: Any, a: Any, b: Any) -> tuple[Any, Any]:
        return ct["product"] * b["x"] + ct["sum"], {"x": ct["product"] * a}

    args = (np.array([1.0, 2.0]), {"x": np.array([3.0, 5.0])})
    want = ad.jacobian(plain, (0, 1))(*args)
    for f in (ad.custom(plain, pushforward=pushed), ad.custom(plain, pullback=pulled)):
        for mode in ("forward", "reverse"):
            got = ad.jacobian(f, (0, 1), mode=mode)(*args)
            for name in ("product", "sum"):
                assert np.array_equal(got[name][0], want[name][0])
                assert np.array_equal(got[name][1]["x"], want[name][1]["x"])
        ad.check_grads(applied(f), args)


def test_an_argument_without_influence() -> None:
    f = ad.custom(lambda x, n: x * n, pullback=lambda ct, value, x, n: (ct * n, None))
    assert ad.grad(f, (0, 1))(2.0, 3.0) == (3.0, 0.0)


def test_a_rule_may_read_what_is_traced_outside() -> None:
    def total(scale: Any) -> Any:
        f = ad.custom(np.sin, pullback=lambda ct, value, x: ct * scale * np.cos(x))
        return ad.grad(f)(0.3)  # scale cos 0.3

    assert total(2.0) == pytest.approx(2.0 * math.cos(0.3))
    assert ad.grad(total)(2.0) == pytest.approx(math.cos(0.3))
    assert ad.jvp(total, (2.0,), (1.0,))[1] == pytest.approx(math.cos(0.3))


def test_a_rule_may_branch_on_the_arguments() -> None:
    f = ad.custom(np.abs, pullback=lambda ct, value, x: ct if x > 0 else -3.0 * ct)
    assert ad.grad(f)(2.0) == 1.0
    assert ad.grad(f)(-2.0) == -3.0
    assert ad.vmap(ad.grad(f))(np.array([2.0, -2.0, 1.0])).tolist() == [1.0, -3.0, 1.0]
    compiled = ad.compile(ad.grad(f))
    assert [float(compiled(x)) for x in (2.0, -2.0, 1.0)] == [1.0, -3.0, 1.0]


def test_a_straight_through_estimator() -> None:
    rounded = ad.custom(np.rint, pullback=lambda ct, value, x: ct)
    assert ad.grad(lambda x: np.sum(rounded(3.0 * x) ** 2))(X).tolist() == [0.0, -6.0, 24.0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ad.custom(np.sin), ValueError, "pullback or pushforward must be given"),
        (
            lambda: ad.grad(ad.custom(np.sum, pullback=lambda ct, v, x: ct))(X),
            ad.errors.ShapeError,
            r"argument 0 must have shape \(3,\), got \(\)",
        ),
        (
            lambda: ad.grad(ad.custom(lambda a, b: a, pullback=lambda ct, v, a, b: ct))(1.0, 2.0),
            ad.errors.ShapeError,
            "a tuple with one cotangent per argument",
        ),
        (
            lambda: ad.grad(ad.custom(np.sum, pushforward=lambda t, v, x: t[0]))(X),
            ad.errors.ShapeError,
            r"the pushforward's result must have shape \(\), got \(3,\)",
        ),
        (
            lambda: ad.grad(lambda y: ad.custom(lambda x: x * y, pullback=lambda c, v, x: c)(y))(
                1.0
            ),
            ad.errors.TraceError,
            "a traced value from outside",
        ),
        (
            lambda: ad.grad(ad.custom(np.sin, pullback=lambda c, v, x: c if c > 0 else -c))(1.0),
            ad.errors.TraceError,
            "got a branch on one",
        ),
        (
            lambda: ad.grad(lambda x: ad.external(lambda d: d)({"a": x}))(1.0),
            ad.errors.TraceError,
            "argument 0 must be an array, got dict",
        ),
        (
            lambda: ad.external(lambda x: "text")(1.0),
            ad.errors.TraceError,
            "must return an array of real numbers",
        ),
        (
            lambda: ad.grad(ad.external(np.sum, gradient=lambda x: 1.0))(X),
            ad.errors.ShapeError,
            r"by argument 0 must have shape \(3,\), got \(\)",
        ),
        (
            lambda: ad.compile(ad.external(np.sin))(1.0),
            ad.errors.NoRuleError,
            "got sin, which runs in Python",
        ),
    ],
)
def test_what_does_not_fit(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


# ---- black boxes ---------------------------------------------------------------------------------


def black_box(x: Any) -> Any:
    """What no trace can follow."""
    return np.array([math.sin(float(x[0])) * float(x[1]), math.exp(float(x[1]))])


def black_box_slope(x: Any) -> Any:
    return np.array([[math.cos(x[0]) * x[1], math.sin(x[0])], [0.0, math.exp(x[1])]])


AT = np.array([0.4, 1.3])


def test_a_black_box_with_a_gradient() -> None:
    f = ad.external(black_box, gradient=black_box_slope)
    assert np.array_equal(f(AT), black_box(AT))
    for mode in ("forward", "reverse"):
        assert np.array_equal(ad.jacobian(f, mode=mode)(AT), black_box_slope(AT))
    assert np.array_equal(ad.vmap(f)(np.stack([AT, 2.0 * AT]))[1], black_box(2.0 * AT))
    slopes = ad.grad(lambda xs: np.sum(ad.vmap(f)(xs)))(np.stack([AT, 2.0 * AT]))
    assert_close(slopes[1], np.sum(black_box_slope(2.0 * AT), axis=0), 1e-15)
    # The gradient has no derivative of its own: differences.
    second = ad.hessian(lambda x: np.sum(f(x)))(AT)
    want = [[-math.sin(0.4) * 1.3, math.cos(0.4)], [math.cos(0.4), math.exp(1.3)]]
    assert_close(second, want, 1e-8)


def test_without_a_gradient_it_warns_once() -> None:
    f = ad.external(black_box)
    assert np.array_equal(f(AT), black_box(AT))  # no derivative, no warning
    with pytest.warns(RuntimeWarning, match=r"black_box has no gradient.*test_custom\.py"):
        first = ad.jacobian(f)(AT)
    again = ad.jacobian(f, mode="reverse")(AT)  # a warning would be an error
    assert_close(first, black_box_slope(AT), 1e-9, 1e-10)
    assert_close(again, black_box_slope(AT), 1e-9, 1e-10)


def test_several_arguments_of_a_black_box() -> None:
    f = ad.external(
        lambda a, b: float(a) ** 2 * np.asarray(b),
        gradient=lambda a, b: (2.0 * a * b, a**2 * np.eye(2)),
    )
    a, b = ad.jacobian(f, (0, 1))(3.0, np.array([1.0, 2.0]))
    assert a.tolist() == [6.0, 12.0]
    assert b.tolist() == [[9.0, 0.0], [0.0, 9.0]]


def test_a_black_box_is_not_called_more_than_needed() -> None:
    calls = []

    def slow(x: Any) -> Any:
        calls.append(1)
        return np.sum(x**2)

    f = ad.external(slow, gradient=lambda x: 2.0 * x)
    assert ad.grad(lambda x: f(x) ** 2)(AT).tolist() == (4.0 * np.sum(AT**2) * AT).tolist()
    assert len(calls) == 1


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_differences(scale: float) -> None:
    # Steps grow with the argument, so large ones keep their digits.
    got = differences(lambda x: np.sum(x**2), (scale * AT,), 0)
    assert_close(got, 2.0 * scale * AT, 1e-9, 1e-9)


def test_second_derivatives_of_a_black_box_by_differences() -> None:
    f = ad.external(lambda x: np.sum(np.sin(x)) * x[0])
    with pytest.warns(RuntimeWarning, match="finite differences"):
        got = ad.hessian(f)(AT)
    want = ad.hessian(lambda x: np.sum(np.sin(x)) * x[0])(AT)
    assert_close(got, want, 1e-5, 1e-5)  # differences of differences
    ad.check_grads(f, AT, rtol=1e-4)

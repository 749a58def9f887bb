"""Programs as users write them: recursion, branches under several derivatives, kept values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.special
import scipy.stats

import ad
from ad.errors import TraceError
from tests.ad.harness import assert_close

# ---- recursion -----------------------------------------------------------------------------------


def test_recursion_of_a_given_depth() -> None:
    def power(x: Any, n: int) -> Any:
        if n == 0:
            return 1.0
        half = power(x, n // 2)
        return half * half * (x if n % 2 else 1.0)

    for take in (
        ad.grad,
        lambda f: ad.compile(ad.grad(f)),
        lambda f: ad.jacobian(f, mode="forward"),
    ):
        assert_close(take(lambda x: power(x, 13))(1.1), 13 * 1.1**12, 1e-14)
    assert_close(ad.hessian(lambda x: power(x, 13))(1.1), 13 * 12 * 1.1**11, 1e-14)


def test_recursion_that_the_value_ends() -> None:
    def folded(x: Any) -> Any:
        return x * x if x < 1.0 else 3.0 * folded(x / 2.0)

    slope = ad.compile(ad.grad(folded))
    for x, folds in ((0.5, 0), (1.5, 1), (5.0, 3)):
        want = 2.0 * x * 3.0**folds / 4.0**folds
        assert_close(ad.grad(folded)(x), want, 1e-14)
        assert_close(slope(x), want, 1e-14)


# ---- branches under several derivatives ----------------------------------------------------------


def bent(x: Any) -> Any:
    return x**3 if x > 0.0 else -(x**2)


SLOPES = {2.0: (12.0, 12.0), -2.0: (4.0, -2.0)}  # first and second derivatives


@pytest.mark.parametrize("x", list(SLOPES))
def test_a_branch_is_taken_in_every_mode(x: float) -> None:
    first, second = SLOPES[x]

    def tangent(y: Any) -> Any:
        return ad.jvp(bent, (y,), (1.0,))[1]

    assert_close(ad.grad(bent)(x), first, 1e-14)
    assert_close(tangent(x), first, 1e-14)
    twice: list[Callable[[Any], Any]] = [
        ad.grad(tangent),
        ad.grad(ad.grad(bent)),
        ad.hessian(bent),
        lambda y: ad.jvp(ad.grad(bent), (y,), (1.0,))[1],
        lambda y: ad.jvp(tangent, (y,), (1.0,))[1],
        lambda y: ad.hvp(bent, (y,), (1.0,)),
        lambda y: 2.0 * ad.taylor(bent, y, 1.0, 2)[2],
        ad.compile(ad.grad(tangent)),
    ]
    for derivative in twice:
        assert_close(derivative(x), second, 1e-14)


def test_each_instance_takes_its_own_branch() -> None:
    x = np.array(list(SLOPES))
    first, second = np.array([*SLOPES.values()]).T

    def total(y: Any) -> Any:
        return np.sum(ad.vmap(bent)(y))

    assert_close(ad.vmap(ad.grad(bent))(x), first, 1e-14)
    assert_close(ad.vmap(ad.hessian(bent))(x), second, 1e-14)
    assert_close(ad.grad(total)(x), first, 1e-14)
    assert_close(ad.hessian(total)(x), np.diag(second), 1e-14)
    compiled = ad.compile(ad.grad(total))
    assert_close(compiled(x), first, 1e-14)
    assert_close(compiled(x[::-1].copy()), first[::-1], 1e-14)


def test_a_branch_on_two_levels() -> None:
    def outer(y: Any) -> Any:
        inner = ad.grad(lambda x: x * x * y if x * y > 3.0 else x * y * y)(2.0)
        return inner * y if inner > 0.0 else inner

    # 4 y^2 where 2 y > 3, else y^3.
    assert_close(ad.grad(outer)(2.0), 16.0, 1e-14)
    assert_close(ad.grad(outer)(1.0), 3.0, 1e-14)


# ---- values that are kept ------------------------------------------------------------------------


def kept_from(take: Callable[..., Any]) -> Callable[[Any], Any]:
    """A closure over a traced value of a derivative that is done."""
    kept: list[Callable[[Any], Any]] = []

    def function(x: Any) -> Any:
        kept.append(lambda y: x * y)
        return x * x

    take(function)
    return kept[-1]


@pytest.mark.parametrize(
    "take",
    [
        lambda f: ad.grad(f)(2.0),
        lambda f: ad.jvp(f, (2.0,), (1.0,)),
        lambda f: ad.vjp(f, 2.0),
        lambda f: ad.compile(f)(2.0),
    ],
)
def test_a_value_of_a_derivative_that_is_over_is_refused_in_another(
    take: Callable[..., Any],
) -> None:
    closure = kept_from(take)
    for again in (
        lambda: ad.grad(closure)(1.0),
        lambda: ad.jvp(closure, (1.0,), (1.0,)),
        lambda: ad.grad(lambda z: ad.grad(lambda y: closure(y) * z)(1.0))(1.0),
    ):
        with pytest.raises(TraceError, match=r"while its function is differentiated.*test_user_pr"):
            again()


def test_a_closure_that_a_derivative_returns_is_differentiated_rightly() -> None:
    # Manzyuk et al. (2019), "Perturbation confusion in forward automatic differentiation of
    # higher-order functions": s = D (u -> f -> x -> f(x + u)) at 0 is D itself.
    def shift(u: Any) -> Any:
        return lambda f: lambda x: f(x + u)

    def derivative(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: ad.jvp(lambda u: shift(u)(f)(x), (0.0,), (1.0,))[1]

    x = 0.7
    assert_close(derivative(derivative(np.exp))(x), np.exp(x), 1e-14)
    assert_close(ad.grad(derivative(np.sin))(x), -np.sin(x), 1e-14)


# ---- rules and solutions, differentiated again ---------------------------------------------------


def test_a_pushforward_alone_serves_all_modes_twice() -> None:
    sine = ad.custom(np.sin, pushforward=lambda tangents, _, x: tangents[0] * np.cos(x))
    x = 0.6
    assert_close(ad.grad(lambda y: sine(y) * y)(x), np.sin(x) + x * np.cos(x), 1e-14)
    second = 2.0 * np.cos(x) - x * np.sin(x)
    assert_close(ad.hessian(lambda y: sine(y) * y)(x), second, 1e-14)
    assert_close(ad.grad(ad.grad(lambda y: sine(y) * y))(x), second, 1e-14)
    assert_close(ad.compile(ad.grad(lambda y: sine(y) * y))(x), np.sin(x) + x * np.cos(x), 1e-14)
    assert_close(ad.vmap(ad.grad(sine))(np.array([0.1, 0.2])), np.cos([0.1, 0.2]), 1e-14)


def test_solutions_have_second_derivatives() -> None:
    def cube(a: Any) -> Any:
        return ad.root(lambda x, a: x**3 - a, 1.0, a)

    assert_close(ad.hessian(cube)(8.0), -2.0 / 9.0 * 8.0 ** (-5.0 / 3.0), 1e-12)
    assert_close(ad.grad(ad.grad(cube))(8.0), -2.0 / 9.0 * 8.0 ** (-5.0 / 3.0), 1e-12)

    # x = (x + a / x) / 2 at the square root of a.
    def heron(a: Any) -> Any:
        return ad.fixed_point(lambda x, a: 0.5 * (x + a / x), 1.0, a)

    assert_close(ad.hessian(heron)(4.0), -0.25 * 4.0**-1.5, 1e-9)

    # The minimum of (x - a^2)^2 + x^2 is at a^2 / 2.
    def least(a: Any) -> Any:
        return ad.argmin(lambda x, a: (x - a * a) ** 2 + x * x, 0.3, a)

    assert_close(ad.grad(least)(3.0), 3.0, 1e-9)
    assert_close(ad.hessian(least)(3.0), 1.0, 1e-9)


# ---- what a mistake gets -------------------------------------------------------------------------

X = np.array([0.3, 0.7, 1.1])
NUMBER: Any = 3  # where a function belongs


def of_text(*_: Any) -> Any:
    return "text"


MISTAKES: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no function": (
        lambda: ad.grad(NUMBER)(X),
        TypeError,
        "ad.grad: the first argument must be a f",
    ),
    "none compiled": (
        lambda: ad.compile(NUMBER),
        TypeError,
        "ad.compile: the first argument must be",
    ),
    **{
        f"no function, {who}": (call, TypeError, f"ad.{who}: the first argument must be a function")
        for who, call in (
            ("check_grads", lambda: ad.check_grads(NUMBER, X)),
            ("find_nan", lambda: ad.find_nan(NUMBER, X)),
            ("density", lambda: ad.density(NUMBER, 3)),
            ("custom", lambda: ad.custom(NUMBER, pullback=of_text)),
            ("external", lambda: ad.external(NUMBER)),
            ("sparse_jacobian", lambda: ad.sparse_jacobian(NUMBER)),
            ("taylor", lambda: ad.taylor(NUMBER, X, X, 2)),
            ("root", lambda: ad.root(NUMBER, 1.0)),
        )
    },
    "none mapped": (
        lambda: ad.vmap(NUMBER)(X),
        TypeError,
        "ad.vmap: the first argument must be a fun",
    ),
    "nothing": (lambda: ad.grad(lambda _: None)(X), ad.errors.ShapeError, "scalar, got None"),
    "text": (lambda: ad.grad(of_text)(X), ad.errors.ShapeError, "scalar, got 'text'"),
    "a function": (
        lambda: ad.jvp(lambda x: lambda y: x * y, (2.0,), (1.0,)),
        TraceError,
        r"got a function .*lambda x: f\(x\)\(y\)",
    ),
    "a twin": (
        lambda: ad.grad(lambda x: scipy.special.logsumexp(x) + 0.0)(X),
        TraceError,
        "scipy.special.logsumexp .*Use ad.special.logsumexp",
    ),
    "a twin of matrices": (
        lambda: ad.grad(lambda x: np.sum(scipy.linalg.expm(np.outer(x, x))))(X),
        TraceError,
        "scipy.linalg.expm .*Use ad.linalg.expm",
    ),
    "no twin": (
        lambda: ad.grad(lambda x: scipy.linalg.schur(np.outer(x, x))[0][0, 0])(X),
        TraceError,
        "scipy.linalg.schur .*nearest that is covered: eig",
    ),
    "a law": (
        lambda: ad.grad(lambda x: np.sum(scipy.stats.norm.logpdf(x)))(X),
        TraceError,
        "scipy.stats.logpdf .*log_prob",
    ),
    "SciPy's ufunc": (
        lambda: ad.grad(lambda x: scipy.special.struve(1, x[0]))(X),
        ad.errors.NoRuleError,
        "got scipy.special.struve",
    ),
    "NumPy's ufunc": (
        lambda: ad.grad(lambda x: np.sum(np.frexp(x)[0]))(X),
        ad.errors.NoRuleError,
        r"got np.frexp .*nearest that has one: np.exp, np.exp2",
    ),
}


@pytest.mark.parametrize(("call", "kind", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes(call: Callable[[], Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        call()
    assert "test_user_programs.py:" in str(caught.value)


def test_derivatives_are_float64() -> None:
    for slope in (3, np.int64(3), np.array([3, 3, 3], np.int8), True):
        found = ad.grad(lambda x, slope=slope: np.sum(slope * x))(X)
        assert found.dtype == np.float64
        assert found.tolist() == [float(np.max(slope))] * 3
    numbers = ad.grad(lambda a, b: 3 * a * b, argnums=(0, 1))(2.0, 5)
    assert all(type(number) is np.float64 for number in (*numbers, ad.grad(lambda a: 3 * a)(2.0)))

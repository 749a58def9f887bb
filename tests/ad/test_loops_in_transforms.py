"""Scans, branches and loops of unknown length under every transform, against plain Python."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from tests.ad.harness import assert_close

Function = Callable[[Any], Any]
WEIGHTS = 0.4 * np.random.default_rng(0).normal(size=(3, 3))
ROWS = np.linspace(0.0, 1.0, 15).reshape(5, 3)


def by_scan(x: Any) -> Any:
    carry, ys = ad.scan(lambda c, r: (np.tanh(WEIGHTS @ c + r), np.sum(c**2)), x, ROWS)
    return np.sum(carry) + np.sum(ys)


def by_loop(x: Any) -> Any:
    total = 0.0
    for row in ROWS:
        total, x = total + np.sum(x**2), np.tanh(WEIGHTS @ x + row)
    return np.sum(x) + total


def by_while(x: Any) -> Any:
    def step(state: tuple[Any, Any]) -> tuple[Any, Any]:
        a, b = state
        return a * 1.5 + x[0], b + np.sin(a * x)

    return np.sum(ad.while_loop(lambda state: state[0] < 10.0, step, (x[0], 0.0 * x))[1])


def by_python_while(x: Any) -> Any:
    a, b = x[0], 0.0 * x
    while a < 10.0:
        a, b = a * 1.5 + x[0], b + np.sin(a * x)
    return np.sum(b)


def by_cond(x: Any) -> Any:
    return np.sum(ad.cond(x[0] > 0.5, lambda x: x**2 * x[::-1], np.exp, x))


def by_if(x: Any) -> Any:
    return np.sum(x**2 * x[::-1] if x[0] > 0.5 else np.exp(x))


CASES = {
    "scan": (by_scan, by_loop),
    "while": (by_while, by_python_while),
    "cond": (by_cond, by_if),
    "checkpoint": (ad.checkpoint(by_loop), by_loop),
}
X = np.array([0.8, 0.2, -0.3])
POINTS = np.stack([X, 0.5 * X, X[::-1] + 1.0])
EACH = pytest.mark.parametrize("name", CASES)


def close(got: Any, want: Any, what: str) -> None:
    assert_close(got, want, 1e-12, 1e-13 * max(1.0, float(np.abs(want).max())), what)


@EACH
def test_mapped(name: str) -> None:
    loop, plain = CASES[name]
    values = np.stack([plain(x) for x in POINTS])
    slopes = np.stack([ad.grad(plain)(x) for x in POINTS])
    close(ad.vmap(loop)(POINTS), values, "map")
    close(ad.vmap(ad.grad(loop))(POINTS), slopes, "map of grad")
    close(ad.grad(lambda xs: np.sum(ad.vmap(loop)(xs)))(POINTS), slopes, "grad of map")


@EACH
def test_jacobians_and_hessians(name: str) -> None:
    loop, plain = CASES[name]
    for mode in ("forward", "reverse"):
        close(ad.jacobian(loop, mode=mode)(X), ad.grad(plain)(X), mode)
    hessian = ad.hessian(plain)(X)
    close(ad.hessian(loop)(X), hessian, "hessian")
    close(ad.sparse_hessian(loop)(X).toarray(), hessian, "sparse")
    close(ad.compile(ad.hessian(loop))(X), hessian, "compiled")


@EACH
def test_series(name: str) -> None:
    loop, plain = CASES[name]
    v = np.cos(np.arange(3.0))
    close(ad.taylor(loop, X, v, 5), ad.taylor(plain, X, v, 5), "series")


@EACH
def test_checked(name: str) -> None:
    loop, _ = CASES[name]
    ad.check_grads(loop, X)
    assert ad.find_nan(loop, X) is None


SCALE = np.array([1.0, 2.0, 3.0])
RULES: dict[str, Function] = {
    "pullback": ad.custom(np.sin, pullback=lambda ct, value, x: SCALE * ct * np.cos(x)),
    "pushforward of two results": lambda x: ad.custom(
        lambda x: (np.sin(x), np.cos(x)),
        pushforward=lambda t, value, x: (SCALE * t[0] * value[1], -t[0] * value[0]),
    )(x)[0],
    "mapped": lambda x: ad.vmap(
        ad.custom(
            lambda x, s: np.sin(x), pullback=lambda ct, value, x, s: (s * ct * np.cos(x), None)
        )
    )(x, SCALE),
}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_rules_of_the_user_within_a_scan(name: str, mode: str) -> None:
    def f(x: Any) -> Any:
        return np.sum(ad.scan(lambda c, _: (RULES[name](c), None), x, length=2)[0])

    want = SCALE**2 * np.cos(X) * np.cos(np.sin(X))
    slope = ad.jacobian(f, mode=mode)
    close(slope(X), want, "interpreted")
    close(ad.compile(slope)(X), want, "native")


def test_derivatives_within_a_scan() -> None:
    def f(x: Any) -> Any:
        step = ad.grad(lambda z: np.sum(np.sin(z)))
        return np.sum(ad.scan(lambda c, _: (step(c), None), x, length=2)[0])

    close(ad.grad(f)(X), np.sin(X) * np.sin(np.cos(X)), "grad of a scan of grad")


def test_a_root_of_a_scan() -> None:
    def residual(x: Any, a: Any) -> Any:
        return ad.scan(lambda c, _: (0.5 * c + x - a, None), 0.0 * x, length=3)[0]

    assert ad.grad(lambda a: ad.root(residual, 0.5, a))(2.0) == pytest.approx(1.0)

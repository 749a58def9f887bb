"""Branches, loops of unknown length and what is refused: in every mode, and native."""

from typing import Any

import numpy as np
import pytest

import ad
from ad.errors import GuardError, ShapeError, TraceError
from tests.ad.harness import assert_close

RNG = np.random.default_rng(20261123)
STEPS, WIDTH = 12, 4
NUMBER: Any = 2.5  # where something else belongs
ROWS, COLUMN = RNG.normal(size=(STEPS, WIDTH)), RNG.normal(size=STEPS)
MIXING = 0.4 * RNG.normal(size=(WIDTH, WIDTH))
DIMENSION = 6


def point(seed: int = 0) -> Any:
    return 0.5 * np.random.default_rng(seed).normal(size=DIMENSION)


# ---- branches ------------------------------------------------------------------------------------


def chosen(x: Any) -> Any:
    def steep(a: Any, b: Any) -> Any:
        return {"sum": np.sum(np.sin(a) * b), "first": a[0] ** 2}

    def flat(a: Any, b: Any) -> Any:
        return {"sum": np.prod(a * np.exp(b)), "first": ad.special.gammaln(2.0 + a[1] ** 2)}

    both = ad.cond(x[0] * x[1] > 0.0, steep, flat, x[:4], ROWS[0])
    return both["sum"] * x[5] + both["first"]


def test_a_branch_in_every_mode_and_native() -> None:
    density = ad.density(chosen, DIMENSION)
    assert len(density._paths.paths) == 1
    taken = set()
    for seed in range(6):
        x, v = point(seed), np.random.default_rng(seed).normal(size=DIMENSION)
        positive = bool(x[0] * x[1] > 0.0)
        taken.add(positive)

        def plain(x: Any, positive: bool = positive) -> Any:
            a, b = x[:4], ROWS[0]
            if positive:
                return np.sum(np.sin(a) * b) * x[5] + a[0] ** 2
            return np.prod(a * np.exp(b)) * x[5] + ad.special.gammaln(2.0 + a[1] ** 2)

        value, gradient = density.logdensity_and_gradient(x)
        assert_close(value, plain(x), 1e-13)
        assert_close(gradient, ad.grad(plain)(x), 1e-12, 1e-14)
        assert_close(ad.grad(chosen)(x), gradient, 1e-12, 1e-14)
        assert_close(ad.jvp(chosen, (x,), (v,))[1], gradient @ v, 1e-11, 1e-13)
        assert_close(ad.hvp(chosen, (x,), (v,)), ad.hvp(plain, (x,), (v,)), 1e-11, 1e-13)
    assert taken == {True, False}


def test_the_branch_not_taken_poisons_nothing() -> None:
    safe = lambda x: ad.cond(x[0] > 0.0, np.log, lambda a: 0.0 * a, x[0])  # noqa: E731 - short
    for x, slope in ((2.0, 0.5), (-1.0, 0.0), (0.0, 0.0)):
        assert ad.grad(safe)(np.array([x])).tolist() == [slope]
        assert ad.density(safe, 1).logdensity_and_gradient([x])[1].tolist() == [slope]


# ---- loops of unknown length ---------------------------------------------------------------------


def iterated(x: Any, limit: float) -> Any:
    """A counted loop whose count depends on the argument."""

    def step(carry: Any) -> Any:
        z, count = carry
        return np.sin(MIXING @ z + x[:4]), count + 1.0

    def goes_on(carry: Any) -> Any:
        return carry[1] < limit + x[4] * x[4]

    z, count = ad.while_loop(goes_on, step, (x[1:5], 0.0))
    return np.sum(z * ROWS[1]) + 0.01 * count


# 1024 states are kept: lengths below, above (kept at every second step, and a third time thinned).
@pytest.mark.parametrize("limit", [-1.0, 0.5, 30.0, 1023.0, 1024.0, 1025.0, 3000.0, 5000.0])
def test_a_loop_of_unknown_length(limit: float) -> None:
    x = point(3)
    function = lambda x: iterated(x, limit)  # noqa: E731 - short
    z, count = x[1:5], 0.0
    jacobian = np.zeros((4, DIMENSION))
    jacobian[:, 1:5] = np.eye(4)
    while count < limit + x[4] ** 2:
        inner = MIXING @ z + x[:4]
        jacobian = np.cos(inner)[:, None] * (MIXING @ jacobian + np.eye(4, DIMENSION))
        z, count = np.sin(inner), count + 1.0
    value, gradient = ad.density(function, DIMENSION).logdensity_and_gradient(x)
    assert_close(value, z @ ROWS[1] + 0.01 * count, 1e-13)
    assert_close(gradient, ROWS[1] @ jacobian, 1e-11, 1e-13)
    if limit < 100:
        v = point(4)
        assert_close(ad.grad(function)(x), gradient, 1e-12, 1e-14)
        assert_close(ad.jvp(function, (x,), (v,))[1], gradient @ v, 1e-11, 1e-13)

        def slope(h: float) -> Any:
            return ad.grad(function)(x + h * v)

        expected = (slope(1e-5) - slope(-1e-5)) / 2e-5
        assert_close(ad.hvp(function, (x,), (v,)), expected, 1e-7, 1e-9)


def test_a_long_way_back_is_run_in_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    from ad.lower import branches  # noqa: PLC0415 - what is patched

    monkeypatch.setattr(branches, "MOST_STATES", 4)
    for limit in (3.0, 4.0, 5.0, 17.0, 63.0, 200.0):
        x = point(5)
        function = lambda x, limit=limit: iterated(x, limit)  # noqa: E731 - short
        value, gradient = ad.density(function, DIMENSION).logdensity_and_gradient(x)
        expected, slope = ad.value_and_grad(function)(x)
        assert_close(value, expected, 1e-13)
        assert_close(gradient, slope, 1e-12, 1e-14)


def test_loops_in_loops_and_branches() -> None:
    def mixed(x: Any) -> Any:
        def step(c: Any, row: Any) -> tuple[Any, Any]:
            c = ad.cond(c > 0.0, lambda c: np.sin(c) + x[0], lambda c: c * x[1] + 0.3, c)
            d = ad.while_loop(lambda d: d * d > 0.2, lambda d: 0.5 * d * np.cos(x[2]), c + row)
            return d + x[3], c * d

        last, seen = ad.scan(step, x[4], COLUMN)
        return last * np.sum(seen)

    def plain(x: Any) -> Any:
        c, total = x[4], 0.0
        for t in range(STEPS):
            c = np.sin(c) + x[0] if c > 0.0 else c * x[1] + 0.3
            d = c + COLUMN[t]
            while d * d > 0.2:
                d = 0.5 * d * np.cos(x[2])
            total, c = total + c * d, d + x[3]
        return c * total

    density = ad.density(mixed, DIMENSION)
    for seed in range(5):
        x = point(seed)
        expected, slope = ad.value_and_grad(plain)(x)
        assert_close(ad.grad(mixed)(x), slope, 1e-12, 1e-14)
        value, gradient = density.logdensity_and_gradient(x)
        assert_close(value, expected, 1e-12, 1e-14)
        assert_close(gradient, slope, 1e-11, 1e-13)


# ---- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: ad.scan(lambda c, _: c, x, ROWS), ShapeError, "must return (carry, y)"),
        (lambda x: ad.scan(lambda c, r: (c[:2], r), x, ROWS), ShapeError, "leave the carry"),
        (lambda x: ad.scan(lambda c, r: ((c, c), r), x, ROWS), ShapeError, "leave the carry"),
        (lambda x: ad.scan(lambda c, r: (c, r), x, 3.0), ShapeError, "must have a first axis"),
        (lambda x: ad.scan(lambda c, r: (c, r), x), ShapeError, "one number of steps"),
        (
            lambda x: ad.scan(lambda c, r: (c, r), x, (ROWS, COLUMN[:5])),
            ShapeError,
            "one number of steps, got [5, 12]",
        ),
        (lambda x: ad.scan(lambda c, r: (c, r), x, ROWS, length=3), ShapeError, "one number"),
        (lambda _: ad.scan(lambda c, r: (c, r), np.array(["a"]), ROWS), TraceError, "real numbers"),
        (lambda x: ad.scan(lambda c, r: (c, r), x, None, length=-1), ValueError, "from 0, got -1"),
        (lambda x: ad.scan(lambda c, r: (c, r), x, None, length=NUMBER), ValueError, "got 2.5"),
        (lambda x: ad.scan(NUMBER, x, ROWS), TypeError, "must be a function, got float"),
        (
            lambda x: ad.cond(x[0] > 0.0, np.sin, NUMBER, x),
            TypeError,
            "must be a function, got float",
        ),
        (
            lambda x: ad.scan(lambda c, r: (c if c[0] > 0 else -c, r), x, ROWS),
            GuardError,
            "must not branch on a traced value",
        ),
        (lambda x: ad.cond(x > 0.0, np.sin, np.cos, x), ShapeError, "predicate must be a scalar"),
        (
            lambda x: ad.cond(x[0] > 0.0, lambda x: x, lambda x: x[0], x),
            ShapeError,
            "same form and shapes",
        ),
        (
            lambda x: ad.while_loop(lambda c: c > 0.0, lambda c: c, x),
            ShapeError,
            "condition must be a scalar",
        ),
        (
            lambda x: ad.while_loop(lambda c: c[0] > 0.0, lambda c: c[1:], x),
            ShapeError,
            "leave the carry",
        ),
    ],
)
def test_mistakes_are_named_with_the_users_line(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error) as caught:
        ad.grad(lambda x: np.sum(call(x)))(np.ones(4))
    assert message in str(caught.value)
    assert "test_branches.py:" in str(caught.value)


def _newton(x: Any) -> Any:
    """The root of y^3 + y = x_0 x_1 from x_1, by Newton's method, and a sum along the way."""

    def step(state: Any) -> Any:
        y, total, _ = state
        new = y - (y**3 + y - x[0] * x[1]) / (3.0 * y**2 + 1.0)
        return new, total + np.sin(new * x), np.abs(new - y)

    y, total, _ = ad.while_loop(lambda s: s[2] > 1e-3, step, (x[1], 0.0 * x, 1.0))
    return y**2 + np.sum(total * x)


def _newton_in_python(x: Any) -> Any:
    y, total, gap = x[1], 0.0 * x, 1.0
    while gap > 1e-3:
        new = y - (y**3 + y - x[0] * x[1]) / (3.0 * y**2 + 1.0)
        y, total, gap = new, total + np.sin(new * x), np.abs(new - y)
    return y**2 + np.sum(total * x)


def _twice(function: Any) -> Any:
    return ad.grad(lambda x: np.sum(np.cos(x) * ad.grad(function)(x)))


def _thrice(function: Any) -> Any:
    return ad.grad(lambda x: np.sum(x**2 * _twice(function)(x)))


def _forward_of_twice(function: Any) -> Any:
    return lambda x: ad.jvp(_twice(function), (x,), (np.ones_like(x),))[1]


def _twice_of_forward(function: Any) -> Any:
    return _twice(lambda x: ad.jvp(function, (x,), (np.ones_like(x),))[1])


@pytest.mark.parametrize("mode", [_twice, _thrice, _forward_of_twice, _twice_of_forward])
def test_reverse_over_reverse_through_an_unknown_length(mode: Any) -> None:
    x = np.array([1.7, 0.9])
    want = mode(_newton_in_python)(x)
    assert_close(mode(_newton)(x), want, 1e-11, 1e-12, "interpreted")
    assert_close(ad.compile(mode(_newton))(x), want, 1e-11, 1e-12, "native")


def test_reverse_over_reverse_keeps_zeros_of_a_branch_not_taken() -> None:
    def function(x: Any) -> Any:
        def step(state: Any) -> Any:
            count, y = state
            return count + 1.0, y * x[1] + np.where(x[0] > 0.0, np.sqrt(x[0]) * y, 0.0)

        return ad.while_loop(lambda s: s[0] < 3.0, step, (0.0, x[1]))[1]  # x[1]**4 where x[0] is 0

    x = np.array([0.0, 1.5])
    got = ad.grad(lambda x: ad.grad(function)(x)[1])(x)
    assert_close(got, np.array([0.0, 12 * 1.5**2]), 1e-14, 0.0, "a root's slope is infinite there")

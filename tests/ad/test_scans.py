"""`ad.scan`: against loops written out, in every mode, and native."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad.errors import TraceError
from ad.graph import reachable
from ad.lower import scans
from ad.lower.unrolled import MOST_OPERATIONS
from tests.ad.harness import assert_close

RNG = np.random.default_rng(20261123)
STEPS, WIDTH = 12, 4
ROWS, COLUMN = RNG.normal(size=(STEPS, WIDTH)), RNG.normal(size=STEPS)
MIXING = 0.4 * RNG.normal(size=(WIDTH, WIDTH))
DIMENSION = 6

Step = Callable[..., tuple[Any, Any]]


def unrolled(step: Step, init: Any, xs: Any, reverse: bool = False) -> tuple[Any, Any]:
    """`ad.scan` as a Python loop."""
    carry, ys = init, []
    order = range(len(xs[0] if isinstance(xs, tuple) else xs))
    for t in reversed(order) if reverse else order:
        row = tuple(x[t] for x in xs) if isinstance(xs, tuple) else xs[t]
        carry, y = step(carry, row)
        ys.append(y)
    return carry, np.stack(ys[::-1] if reverse else ys)


def filtered(scan: Any, x: Any) -> Any:
    """A recurrence with a sum over it: the cycle is one number."""

    def step(carry: Any, row: Any) -> tuple[Any, Any]:
        level, total = carry
        before, now = row
        level = np.exp(x[0]) + ad.special.expit(x[1]) * (before - x[2]) ** 2 + 0.3 * level
        return (level, total - 0.5 * now**2 / level - 0.5 * np.log(level)), np.sqrt(level)

    (level, total), levels = scan(step, (x[3], x[4]), (COLUMN**2, COLUMN))
    return total + level * np.sum(levels)


def recurrent(scan: Any, x: Any) -> Any:
    """Vectors and matrices, results that depend on both."""
    weight = MIXING * x[0] + np.outer(x[:4], x[2:6])

    def step(state: Any, row: Any) -> tuple[Any, Any]:
        state = np.tanh(weight @ state + row)
        return state, state[1:3] * np.sum(row * x[1])

    state, seen = scan(step, x[:4], ROWS)
    return np.sum(state**2) + np.sum(np.sin(seen))


def backwards(scan: Any, x: Any) -> Any:
    """From the last row to the first, with a lag of two and a carry that stays as it is."""

    def step(carry: Any, row: Any) -> tuple[Any, Any]:
        last, older, fixed = carry
        return (np.sin(x[0] * last - older) + row, last, fixed), older * fixed

    (last, older, fixed), seen = scan(step, (x[1], x[2], x[3]), COLUMN, reverse=True)
    return last * older + fixed * np.sum(seen * np.arange(STEPS))


def likely(scan: Any, x: Any) -> Any:
    """Forward algorithm of a hidden Markov model: log-sum-exp over states."""
    rates = np.log(ad.special.expit(x[:4] + MIXING))

    def step(logs: Any, y: Any) -> tuple[Any, Any]:
        logs = ad.special.logsumexp(logs[:, None] + rates, axis=0) - 0.5 * (y - x[2:6]) ** 2
        return logs, np.max(logs)

    logs, tops = scan(step, np.zeros(WIDTH), COLUMN)
    return ad.special.logsumexp(logs) + 0.1 * np.sum(tops)


def within(scan: Any, x: Any) -> Any:
    """A scan in a scan."""

    def outer(level: Any, row: Any) -> tuple[Any, Any]:
        def inner(deep: Any, y: Any) -> tuple[Any, Any]:
            return np.tanh(x[0] * deep + y) + 0.1 * level, deep

        deep, seen = scan(inner, level, row)
        return deep * x[1] + 0.1 * np.sum(seen), seen[1:]

    level, seen = scan(outer, x[2], ROWS)
    return level + np.sum(seen * seen)


PROGRAMS = (filtered, recurrent, backwards, likely, within)


def point(seed: int = 0) -> Any:
    return 0.5 * np.random.default_rng(seed).normal(size=DIMENSION)


def written(program: Any) -> Any:
    return lambda x: program(unrolled, x)


def looped(program: Any) -> Any:
    return lambda x: program(ad.scan, x)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_a_scan_is_the_loop_written_out_in_every_mode(program: Any) -> None:
    x, v = point(), np.random.default_rng(1).normal(size=DIMENSION)
    scan, loop = looped(program), written(program)
    assert_close(scan(x), loop(x), 1e-13)
    assert_close(ad.grad(scan)(x), ad.grad(loop)(x), 1e-12, 1e-13)
    assert_close(ad.jvp(scan, (x,), (v,))[1], ad.jvp(loop, (x,), (v,))[1], 1e-12, 1e-13)
    forward_over_reverse = ad.hvp(scan, (x,), (v,))
    assert_close(forward_over_reverse, ad.hvp(loop, (x,), (v,)), 1e-11, 1e-12)
    reverse_over_reverse = ad.grad(lambda x: np.sum(ad.grad(scan)(x) * v))(x)
    assert_close(reverse_over_reverse, forward_over_reverse, 1e-11, 1e-12)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("most", [MOST_OPERATIONS, 0], ids=["written-out", "called"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_native_code_of_a_scan(
    program: Any, most: int, strict: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "MOST_OPERATIONS", most)
    density = ad.density(looped(program), DIMENSION, strict=strict)
    for seed in range(3):
        x = point(seed)
        value, gradient = density.logdensity_and_gradient(x)
        expected, slope = ad.value_and_grad(written(program))(x)
        assert_close(value, expected, 1e-12)
        assert_close(gradient, slope, 1e-11, 1e-12)


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
@pytest.mark.parametrize("reverse", [False, True])
def test_short_scans(steps: int, reverse: bool) -> None:
    rows = ROWS[:steps]

    def scan(x: Any) -> Any:
        def step(c: Any, row: Any) -> tuple[Any, Any]:
            return (c[0] + x[0] * np.sum(row), np.sin(c[1] * x[1])), c[1] + row[0]

        (a, b), seen = ad.scan(step, (x[2], x[3]), rows, reverse=reverse)
        return a * b + np.sum(seen * np.arange(1.0, steps + 1))

    def loop(x: Any) -> Any:
        a, b, total = x[2], x[3], 0.0
        for t in range(steps)[::-1] if reverse else range(steps):
            total = total + (b + rows[t, 0]) * (t + 1.0)
            a, b = a + x[0] * np.sum(rows[t]), np.sin(b * x[1])
        return a * b + total

    x = point()
    value, gradient = ad.density(scan, DIMENSION).logdensity_and_gradient(x)
    assert_close(value, loop(x), 1e-13)
    assert_close(gradient, ad.grad(loop)(x), 1e-12, 1e-14)


def test_only_the_recurrence_stays_a_loop() -> None:
    """Of the filter, one number depends on itself: a product and a sum a step.

    Backwards the same: c_t = 0.3 (c_{t+1} + what comes in from the results).
    """
    path = ad.density(looped(filtered), DIMENSION)._paths.paths[0]
    gradient = path.gradient
    assert gradient is not None
    loops = [n for n in reachable([*path.outputs, gradient]) if n.op.name == "scan"]
    work = [
        [n.op.name for n in reachable(loop.params["body"].outputs) if n.op.kind == "elementwise"]
        for loop in loops
    ]
    assert [loop.params["reverse"] for loop in loops] == [False, True]
    assert sorted(work[0]) == ["add", "multiply"]
    assert sorted(work[1]) == ["add", "multiply"]


def test_the_code_does_not_grow_with_the_steps() -> None:
    def lines(steps: int) -> int:
        column = np.resize(COLUMN, steps)

        def density(x: Any) -> Any:
            last, seen = ad.scan(lambda c, y: (np.tanh(x[0] * c + y), c * y), x[1], column)
            return last + np.sum(seen)

        return ad.density(density, 2)._paths.paths[0].code.lines

    assert lines(1000) == lines(100)


def test_a_scan_of_numbers_is_a_plain_loop() -> None:
    carry, ys = ad.scan(
        lambda c, x: ({"a": c["a"] + x}, (c["a"], x > 1.5)), {"a": 1}, np.array([1.0, 2.0])
    )
    assert float(carry["a"]) == 4.0
    assert ys[0].tolist() == [1.0, 2.0]
    assert ys[1].tolist() == [0.0, 1.0]
    assert ad.scan(lambda c, _: (c + 1.0, None), 0.0, length=5) == (5.0, None)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("levels", [True, 2, 3])
@pytest.mark.parametrize("steps", [1, 7, 40])
def test_checkpoints_change_nothing_but_memory(steps: int, levels: Any, reverse: bool) -> None:
    rows = np.resize(COLUMN, steps)

    def density(x: Any, checkpoint: Any) -> Any:
        def step(carry: Any, y: Any) -> tuple[Any, Any]:
            a, b = carry
            a = np.tanh(x[0] * a + x[1] * b + y)
            return (a, np.sin(a * x[2] + 0.5 * b)), {"seen": a * y}

        (a, b), ys = ad.scan(
            step, (x[3], x[4]), rows * x[5], reverse=reverse, checkpoint=checkpoint
        )
        return a + b + np.sum(ys["seen"] * np.arange(steps))

    x = point()
    expected, slope = ad.value_and_grad(lambda x: density(x, False))(x)
    for value, gradient in (
        ad.value_and_grad(lambda x: density(x, levels))(x),
        ad.density(lambda x: density(x, levels), DIMENSION).logdensity_and_gradient(x),
    ):
        assert_close(value, expected, 1e-12)
        assert_close(gradient, slope, 1e-11, 1e-13)
    v = point(1)
    curved = ad.hvp(lambda x: density(x, levels), (x,), (v,))
    assert_close(curved, ad.hvp(lambda x: density(x, False), (x,), (v,)), 1e-10, 1e-12)


def test_checkpoints_take_less_than_a_hundredth_of_the_memory() -> None:
    rows = np.resize(COLUMN, 100_000)

    def density(x: Any, checkpoint: Any) -> Any:
        def step(carry: Any, y: Any) -> tuple[Any, None]:
            a, b = carry
            a = np.tanh(x[0] * a + x[1] * b + y)
            return (a, np.sin(a * x[2] + 0.5 * b)), None

        (a, b), _ = ad.scan(step, (x[3], x[4]), rows, checkpoint=checkpoint)
        return a + b

    whole, two, few = (
        ad.density(lambda x, c=c: density(x, c), DIMENSION).native.workspace_bytes
        for c in (False, 2, True)
    )
    assert two <= 0.01 * whole
    assert few <= 0.005 * whole


@pytest.mark.parametrize(("checkpoint", "levels"), [(False, 1), (2, 2), (3, 3), (True, 2)])
def test_each_level_of_checkpoints_computes_a_step_once_more(checkpoint: Any, levels: int) -> None:
    steps, calls = 1500, 0

    def sine(x: Any) -> Any:
        nonlocal calls
        calls += 1
        return np.sin(x)

    known = ad.external(sine, np.cos)
    rows = np.linspace(0.0, 1.0, steps)

    def last(x: Any) -> Any:
        return ad.scan(lambda c, y: (known(c * x + y), None), 0.3, rows, checkpoint=checkpoint)[0]

    ad.grad(last)(0.9)
    assert 0.98 * levels <= calls / steps <= levels


def test_a_checkpoint_is_refused_where_it_is_no_number() -> None:
    for wrong in (-1, 1.5, "yes", None):
        with pytest.raises(TraceError, match="checkpoint must be True, False or a number"):
            ad.scan(lambda c, _: (c, None), 0.0, length=8, checkpoint=wrong)  # type: ignore[arg-type]


def test_values_of_loops_are_worked_out_when_a_branch_asks() -> None:
    def density(x: Any, ask: bool) -> Any:
        last, _ = ad.scan(lambda c, y: (np.sin(c) + x[0] * y, None), x[1], COLUMN)
        if ask and last > 5.0:
            return last * 2.0
        return last * 3.0

    x = point()
    for ask in (False, True):
        compiled = ad.density(lambda x, ask=ask: density(x, ask), DIMENSION)
        value, _ = compiled.logdensity_and_gradient(x)
        c = x[1]
        for y in COLUMN:
            c = np.sin(c) + x[0] * y
        assert_close(value, 3.0 * c, 1e-13)
        assert len(compiled._paths.paths[0].answers) == (1 if ask else 0)

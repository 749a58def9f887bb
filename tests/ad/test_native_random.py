"""Native code against the interpreter on random programs, and what they taught."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad.op import TABLE
from tests.ad import programs
from tests.ad.harness import assert_agree, assert_close, run

RTOL = 1e-12
# A program's value and gradient are sums of up to a hundred terms of order 1 to 100, each reached
# through a dozen steps with slopes of order 1: rounding in another order is amplified that much.
AMPLIFIED = 50 * RTOL


def agree(seed: int, steps: int) -> None:
    """At the point it was traced at, and at another."""
    pairs = run(
        programs.build(seed, steps), programs.point(seed), at=[programs.point(seed + 10**6)]
    )
    for pair in pairs:
        assert_agree(pair, AMPLIFIED)


def shortest_failure(seed: int, steps: int) -> str | None:
    """What is wrong with a program, by the fewest of its steps; None if nothing is."""
    try:
        agree(seed, steps)
    except Exception as error:  # noqa: BLE001 - whatever is raised is the finding
        for fewer in range(steps):
            try:
                agree(seed, fewer)
            except Exception as smaller:  # noqa: BLE001 - as above
                return f"program {seed}, {fewer} steps: {type(smaller).__name__}: {smaller}"
        return f"program {seed}, {steps} steps: {type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize("batch", range(30))
def test_random_programs(batch: int) -> None:
    failures = [shortest_failure(seed, 12) for seed in range(10 * batch, 10 * batch + 10)]
    assert not [failure for failure in failures if failure]


@pytest.mark.parametrize("batch", range(4))
def test_random_long_programs(batch: int) -> None:
    failures = [shortest_failure(seed, 40) for seed in range(5 * batch, 5 * batch + 5)]
    assert not [failure for failure in failures if failure]


@pytest.mark.slow
@pytest.mark.parametrize("steps", [3, 8, 14, 25, 60])
@pytest.mark.parametrize("batch", range(10))
def test_many_random_programs(batch: int, steps: int) -> None:
    seeds = range(1000 + 60 * batch, 1060 + 60 * batch)
    failures = [shortest_failure(seed, steps) for seed in seeds]
    assert not [failure for failure in failures if failure]


def test_the_comparison_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    # A native rule that is off by one part in 10^9 is found.
    sine = TABLE["sin"]
    right = sine.native

    def wrong(b: Any, x: Any) -> Any:
        return b.op("fmul", b.constant(1.0 + 1e-9), right(b, x))

    monkeypatch.setitem(sine.__dict__, "native", wrong)
    failures = [shortest_failure(seed, 12) for seed in range(10)]
    assert any(failures)


# ---- what random programs found, small ---------------------------------------------------------

REGRESSIONS: dict[str, Callable[[Any], Any]] = {
    # A copy's address was taken for a view's.
    "flip of a number": lambda x: np.flip(x[0]) * x[1],
    # The scalar was computed before the assembly it reads was stored.
    "scalar reads an assembly": lambda x: np.sum(
        np.sin(np.concatenate([x[0:1], x[1:2] * 2.0])[1:2]) * x[2]
    ),
    "assembly of one element": lambda x: np.sum(np.stack([x[3:4]]) ** 3) * np.sin(x[2]),
    # One element, picked, and wanted in memory by a kernel.
    "product with one element": lambda x: np.sum(x[3:4].reshape(1, 1) @ np.ones((1, 5))),
    # Two tables of positions with the same identity, one after the other's end.
    "many strided parts": lambda x: np.sum(
        np.stack([x[:6].reshape(2, 3), x[2:8].reshape(2, 3)], axis=1)[:, :, :2]
        * np.stack([x[:4].reshape(2, 2), x[4:8].reshape(2, 2)], axis=2)
    ),
    # Gathers over a gather of one element.
    "gather of a gather": lambda x: np.sum(x[np.array([3])][np.array([0, 0, 0])] * x[:3]),
    "gather of a product": lambda x: np.sum(
        (x[:3].reshape(1, 3) @ x[:3].reshape(3, 1))[np.zeros((7, 1), int), 0] * x[:7, None]
    ),
    # An output that picks one element of a loop's value.
    "element of a vector": lambda x: np.exp(x)[2],
    "element of a gather": lambda x: np.sin(x)[np.array([1, 4])][1],
    "branch on an element": lambda x: x[0] if (x > 0)[5] else x[1],
    "everything of nothing": lambda x: np.sum(x[:0]) + np.sum(np.exp(x[3:3])) + x[0],
    "one element everywhere": lambda x: np.sum(np.cumsum(x[:1])) * np.max(x[:1]) * np.prod(x[1:2]),
}


@pytest.mark.parametrize("name", REGRESSIONS)
def test_regressions(name: str) -> None:
    x = np.array([0.3, -1.2, 0.7, 2.1, -0.4, 1.6, 0.9, -2.3])
    for pair in run(REGRESSIONS[name], x, at=[x[::-1]]):
        assert_agree(pair, RTOL, what=name)
        assert pair.status == 0


def test_tables_do_not_depend_on_what_was_freed() -> None:
    # Programs 72 and 99 met a reused identity; twice in one process is another allocation.
    for _ in range(2):
        for seed in (72, 99):
            agree(seed, 12)


# ---- data ----------------------------------------------------------------------------------------

LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "contiguous": np.ascontiguousarray,
    "fortran": np.asfortranarray,
    "reversed": lambda a: np.ascontiguousarray(a[::-1])[::-1],
    "every second": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "broadcast": lambda a: np.broadcast_to(a[:1], a.shape),
    "read-only": lambda a: _read_only(a.copy()),
}


def _read_only(array: Any) -> Any:
    array.setflags(write=False)
    return array


TYPES = ["f8", "f4", "f2", "i1", "u1", "i4", "i8", "u8", "?", ">f8", "<i2"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", TYPES)
def test_data_of_every_type_and_layout(kind: str, layout: str) -> None:
    raw = np.array([[1, 3, 7], [2, 5, 1], [4, 1, 6], [1, 2, 9], [3, 1, 1]]).astype(kind)
    given = LAYOUTS[layout](raw)
    exact = np.array(given, dtype=float)  # the same data, as what they mean

    def function(matrix: Any) -> Callable[[Any], Any]:
        def of(x: Any) -> Any:
            quotient = np.sum(x[:3] / (matrix + 0.5))
            return (
                quotient
                + np.sum(np.tanh(matrix @ x[:3]))
                + np.sum(matrix[:, 0] * np.exp(x[:5] * 0.1))
                + np.sum(np.where(x[:3] > 0, matrix, 0.1) * x[:3])
            )

        return of

    x = np.array([0.3, -1.2, 0.7, 2.1, -0.4])
    # The numbers are small, so what plain NumPy does with them (`matrix + 0.5`) is exact too.
    want, want_gradient = ad.value_and_grad(function(exact))(x)
    pair = run(function(given), x)[0]
    assert_agree(pair, RTOL, what=kind)
    assert_close(pair.native, want, 1e-14 * 10, what=kind)
    assert_close(pair.native_gradient, want_gradient, 1e-14 * 10, what=kind)


def test_division_by_single_precision_data_is_exact() -> None:
    divisor = np.array([3.0, 7.0], np.float32)
    got = ad.density(lambda x: np.sum(x / divisor), 2).logdensity_and_gradient(np.ones(2))[1]
    assert got.tolist() == [1.0 / 3.0, 1.0 / 7.0]


@pytest.mark.parametrize("value", [np.float32(0.1), np.int8(3), np.bool_(True), np.array(2.5), 3])
def test_data_of_no_axes(value: Any) -> None:
    x = np.array([0.3, 0.9])
    pair = run(lambda x: np.sum(np.sin(x * value) + value), x)[0]
    number = float(value)
    assert_close(pair.native, np.sum(np.sin(x * number) + number), 1e-15 * 4)
    assert_close(pair.native_gradient, number * np.cos(x * number), 1e-15 * 4)


def test_data_are_bound_as_they_were() -> None:
    scale = np.array([1.0, 2.0])
    density = ad.density(lambda x: np.sum(x * scale), 2)
    scale[:] = 100.0
    assert density.logdensity_and_gradient(np.ones(2))[1].tolist() == [1.0, 2.0]

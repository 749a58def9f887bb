"""Arrays of few elements in the bodies of scans: scalars that are lanes of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ad
from ad.compiled import Paths
from ad.lower.emitter import LANES, Operand
from ad.lower.lanes import LaneEmitter, rows_of
from tests.ad.harness import assert_agree, run

if TYPE_CHECKING:
    from collections.abc import Callable

RNG = np.random.default_rng(11)
SHAPES = [(7, 3, 3), (5, 2, 4), (6, 8, 2), (3, 9, 3), (4, 3, 5), (1, 3, 3)]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), [1]),
        ((0,), []),
        ((3, 0), []),
        ((0, 3), []),
        ((3,), [3]),
        ((3, 1), [3]),
        ((2, 3), [3, 3]),
        ((1, 6), [4, 2]),
        ((2, 5), [4, 1, 4, 1]),
    ],
)
def test_rows(shape: tuple[int, ...], expected: list[int]) -> None:
    found = rows_of(shape)
    assert [where.stop - where.start for where in found] == expected
    covered = [position for where in found for position in range(where.start, where.stop)]
    assert covered == list(range(int(np.prod(shape))))


def emitter() -> LaneEmitter:
    names = iter(range(1000))
    return LaneEmitter([], lambda: f"%v{next(names)}", set(), {})


def test_neighbours_of_one_vector_are_that_vector() -> None:
    b = emitter()
    lanes = b.spread(Operand("%a"), 3)
    assert b.effort(lanes) == 0
    assert b.gathered(lanes) == Operand("%a")
    assert b.effort(lanes[::-1]) == 1
    b.gathered(lanes[::-1])
    assert b.lines[-1].endswith("<4 x i32> <i32 2, i32 1, i32 0, i32 0>")
    other = b.spread(Operand("%b"), 4)
    b.gathered([lanes[2], other[0], other[3]])
    assert b.lines[-1].endswith("<4 x i32> <i32 2, i32 4, i32 7, i32 7>")
    strangers = [Operand(f"%x{i}") for i in range(LANES)]
    assert b.effort(strangers) == LANES


def forward(size: int, steps: int, edge: Any = 0.0) -> Callable[[Any], Any]:
    """Sums over states by log-sum-exp, which one impossible transition goes into."""
    data = RNG.normal(size=(steps, size))

    def function(x: Any) -> Any:
        step = np.reshape(x[: size * size], (size, size)) + edge
        shift = x[size * size :]

        def body(state: Any, row: Any) -> Any:
            mixed = np.logaddexp.reduce(state[:, None] + step, axis=0)
            return mixed - 0.5 * (row - shift) ** 2, np.max(state)

        last, largest = ad.scan(body, shift * 0.1, data)
        return np.logaddexp.reduce(last) + np.sum(largest)

    return function


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
def test_recurrences_of_small_tables(size: int) -> None:
    for pair in run(forward(size, 7), RNG.normal(size=size * size + size)):
        assert_agree(pair, 1e-12, what=str(size))


def test_impossible_transitions() -> None:
    edge = np.zeros((3, 3))
    edge[0, 1] = edge[2, 1] = -np.inf
    for pair in run(forward(3, 6, edge), RNG.normal(size=12)):
        assert_agree(pair, 1e-12, what="-inf")


@pytest.mark.parametrize("size", [2, 3, 4, 5])
@pytest.mark.parametrize("backwards", [False, True])
def test_carries_that_turn_and_sum(size: int, backwards: bool) -> None:
    """Carried as vectors where they come out as such, as scalars where they do not."""
    data = RNG.normal(size=(5, size))

    def function(x: Any) -> Any:
        table = np.reshape(x[: size * size], (size, size)) * 0.3

        def body(carry: Any, row: Any) -> Any:
            one, two, three = carry
            after = (np.tanh(one[::-1] + row), table @ two + row, np.where(three > row, three, one))
            return after, np.sum(one * two) + np.min(three)

        start = (x[:size], x[-size:], x[:size] - x[-size:])
        last, each = ad.scan(body, start, data[::-1] if backwards else data)
        return sum(np.sum(part**2) for part in last) + np.sum(each)

    for pair in run(function, RNG.normal(size=size * size + size)):
        assert_agree(pair, 1e-12, what=str(size))


@pytest.mark.parametrize("name", ["sum", "max", "min"])
@pytest.mark.parametrize("shape", SHAPES)
def test_reductions_over_a_short_axis_in_the_middle(name: str, shape: tuple[int, ...]) -> None:
    size = int(np.prod(shape))
    weights = RNG.normal(size=(shape[0], shape[2]))

    def function(x: Any) -> Any:
        table = np.reshape(np.sin(x) * 2.0, shape)
        return np.sum(getattr(np, name)(table, axis=1) * weights)

    for pair in run(function, RNG.normal(size=size), at=[np.linspace(-1.0, 2.0, size)]):
        assert_agree(pair, 1e-13, what=f"{name} {shape}")
    points = np.zeros(size)
    points[1] = np.nan
    pair = run(function, points)[0]
    assert np.isnan(pair.native).all()


def test_small_tables_stay_in_vectors() -> None:
    path = Paths(forward(3, 50), np.full(12, 0.1), True).paths[0]
    loop = max(path.code.text.split("\nloop"), key=lambda text: text.count("@w_exp("))
    assert loop.count("@w_exp(") == 3
    assert "insertelement <4 x double> %" not in loop

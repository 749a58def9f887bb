"""Native code pass by pass: each can be switched off, and none changes what a program means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ad
from ad.compiled import Paths
from ad.graph import reachable
from ad.lower import loops, phases
from ad.passes import PASSES
from tests.ad import programs
from tests.ad.harness import assert_agree, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from ad.lower.program import Code

RTOL = 1e-12
# Sums of up to a hundred terms through a dozen steps, as in test_native_random.
AMPLIFIED = 50 * RTOL


def compiled(function: Callable[[Any], Any], dimension: int, without: tuple[str, ...] = ()) -> Code:
    """The code of a log density, which agrees with the interpreter at two points."""
    x = np.random.default_rng(1).normal(size=dimension) * 0.5
    for pair in run(function, x, at=[x[::-1]], without=without):
        assert_agree(pair, AMPLIFIED, what=str(without))
    return Paths(function, x, True, without=without).paths[0].code


def tables(code: Code) -> int:
    """Tables of positions in a program's data."""
    return sum(slot.layout.startswith("positions") for slot in code.slots)


@pytest.mark.parametrize("name", PASSES)
def test_random_programs_without_each_pass(name: str) -> None:
    for seed in range(12):
        for pair in run(programs.build(seed, 14), programs.point(seed), without=(name,)):
            assert_agree(pair, AMPLIFIED, what=f"{seed} without {name}")


def test_random_programs_without_any_pass() -> None:
    for seed in range(20):
        for pair in run(programs.build(seed, 14), programs.point(seed), without=tuple(PASSES)):
            assert_agree(pair, AMPLIFIED, what=str(seed))


def test_an_unknown_pass() -> None:
    with pytest.raises(ValueError, match=r"must name passes, got 'tile'\. The passes are called-"):
        Paths(lambda x: x[0], np.ones(1), True, without=("tile",))


# ---- two-dimensional loops -----------------------------------------------------------------------

RNG = np.random.default_rng(5)


def grid(rows: int, columns: int) -> Callable[[Any], Any]:
    """Rows and columns repeated, sums over either axis, and both of them used again."""
    data = RNG.normal(size=(rows, columns))

    def f(x: Any) -> Any:
        by_row, by_column = x[:rows], x[rows : rows + columns]
        table = np.tanh(by_row[:, None] * data + by_column)
        shares = np.exp(table - ad.special.logsumexp(table, axis=1, keepdims=True))
        return (
            np.sum(np.log1p(np.sum(shares * data, axis=1) ** 2))
            + np.sum(np.sin(np.max(table, axis=0)))
            + np.sum(np.sum(table * by_row[:, None], axis=0) * by_column)
            - np.sum(np.min(table, axis=1) * by_row)
        )

    return f


@pytest.mark.parametrize("rows", [2, 3, 4, 5, 8, 9, 30, 67])
@pytest.mark.parametrize("columns", [2, 3, 5, 8, 17, 21])
def test_broadcasts_and_axis_sums_need_no_tables_and_no_kernels(rows: int, columns: int) -> None:
    code = compiled(grid(rows, columns), rows + columns)
    if rows * columns >= 8:
        assert tables(code) == 0
        assert not code.library
        # Without the pass there are some, or this test would prove nothing.
        plain = compiled(grid(rows, columns), rows + columns, without=("two-dimensional",))
        assert tables(plain) > 0
        assert plain.library >= {"reduce_sum", "reduce_max", "reduce_min"}


ROWS: Any = RNG.integers(0, 10, 37)
DATA = RNG.normal(size=(37, 3))
TALL = RNG.normal(size=(90, 2))

SHAPES: dict[str, Callable[[Any], Any]] = {
    "transpose": lambda x: np.sum(np.sin(x[:24].reshape(4, 6)) * np.cos(x[24:48].reshape(6, 4).T)),
    "sum of a transpose": lambda x: np.sum(np.exp(np.sum(x[:24].reshape(4, 6).T, axis=1))),
    "leading axes": lambda x: (
        np.sum(np.exp(x[:24].reshape(2, 3, 4)) * x[24:28])
        + np.sum(np.sum(np.sin(x[:24].reshape(2, 3, 4)), axis=(0, 1)) ** 2)
    ),
    "trailing axes": lambda x: (
        np.sum(np.exp(x[:24].reshape(2, 3, 4)) * x[24:26, None, None])
        + np.sum(np.max(np.sin(x[:24].reshape(2, 3, 4)), axis=(1, 2)) ** 2)
    ),
    "middle axis": lambda x: np.sum(np.log1p(np.sum(x[:24].reshape(2, 3, 4) ** 2, axis=1))),
    "axes apart": lambda x: np.sum(np.exp(np.sum(x[:24].reshape(2, 3, 4), axis=(0, 2)))),
    "an axis between, of odd length": lambda x: np.sum(
        np.max(np.sin(x[:30].reshape(2, 5, 3)), axis=(0, 2)) * x[30:35]
    ),
    "gathered rows": lambda x: np.sum(
        np.sum(x[:30].reshape(10, 3)[ROWS] * DATA, axis=1) ** 2 * x[30]
    ),
    "gathered columns": lambda x: np.sum(
        np.sum(np.sin(x[:40].reshape(4, 10)[:, ROWS]), axis=0) * x[30]
    ),
    "part of a table": lambda x: np.sum(
        np.concatenate([np.exp(x[:20].reshape(4, 5)) * x[20:25], x[:8].reshape(4, 2)], axis=1)
        * np.arange(28.0).reshape(4, 7)
    ),
    "stacked": lambda x: np.sum(
        ad.special.logsumexp(np.stack([x[:20], np.sin(x[20:40]), x[1:21] * 2.0], axis=1), axis=1)
    ),
    "strided": lambda x: np.sum(np.exp(x[:40].reshape(5, 8)[::2, 1::3]) * x[:3][:, None]),
    "backwards": lambda x: np.sum(np.exp(x[:40].reshape(5, 8)[::-1, ::-1]) * x[:8]),
    "sum of a row sum": lambda x: np.sum(np.sum(np.exp(x[:24].reshape(4, 6)), axis=1) ** 2),
    "row sums as a table": lambda x: np.sum(
        np.sum(np.exp(x[:48].reshape(8, 6)), axis=1).reshape(2, 4) * x[:4]
    ),
    "a stage between": lambda x: np.sum(
        np.exp(x[:24].reshape(4, 6) / np.sum(np.square(x[:24]))) * x[24:30]
    ),
    "softmax": lambda x: np.sum(
        np.exp(TALL @ x[:6].reshape(2, 3) - np.max(TALL @ x[:6].reshape(2, 3), axis=1)[:, None])
        * x[6:9]
    ),
    "one row": lambda x: np.sum(np.sum(np.exp(x[:12].reshape(1, 12)), axis=0) * x[12:24]),
    "one column": lambda x: np.sum(np.sum(np.exp(x[:12].reshape(12, 1)), axis=1) * x[12:24]),
    "conditions": lambda x: np.sum(
        np.where(x[:5][:, None] > x[5:14], x[5:14], x[:5][:, None] * 2.0) * x[20]
    ),
    "ties": lambda x: (
        np.sum(np.max(np.floor(x[:24].reshape(8, 3)) + 0.0 * x[:24].reshape(8, 3), 1)) + np.sum(x)
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name: str) -> None:
    for without in ((), ("two-dimensional",)):
        compiled(SHAPES[name], 50, without)


def test_missing_values_and_infinities_stay_in_their_rows() -> None:
    def f(x: Any) -> Any:
        table = x[:9][:, None] * np.array([1.0, 2.0, 3.0]) + np.zeros((9, 3))
        return np.max(table, axis=1), ad.special.logsumexp(table, axis=1), np.sum(table, axis=0)

    x = np.array([0.1, np.nan, 2.0, -np.inf, np.inf, 1.0, 0.0, -1.0, 3.0])
    for pair in run(f, np.ones(9), gradient=False, at=[x]):
        assert_agree(pair, RTOL)


def test_mixture_stays_in_one_loop() -> None:
    # As fast as the components written out: the sums over components are values of the row.
    y = RNG.normal(size=301)

    def f(x: Any) -> Any:
        parts = x[10:] - 0.5 * ((y[:, None] - x[:5]) / np.exp(x[5:10])) ** 2
        return np.sum(ad.special.logsumexp(parts, axis=1))

    code = compiled(f, 15)
    assert tables(code) == 0
    assert not code.library
    assert code.workspace_bytes < 64 * 1024
    assert compiled(f, 15, ("two-dimensional",)).workspace_bytes > 301 * 5 * 8


# ---- called mathematics --------------------------------------------------------------------------


@pytest.fixture(params=[8, 12, 256])
def small_tiles(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """All loops in tiles, of so many elements."""
    monkeypatch.setattr(phases, "LEAST_ROWS", 1)
    monkeypatch.setattr("ad.lower.loops.LEAST_ROWS", 1)
    monkeypatch.setattr(phases, "MOST_ELEMENTS", request.param)
    monkeypatch.setattr(phases, "LEAST_ELEMENTS", request.param)
    return int(request.param)


@pytest.mark.usefixtures("small_tiles")
def test_random_programs_in_small_tiles() -> None:
    for seed in range(25):
        for pair in run(programs.build(seed, 16), programs.point(seed)):
            assert_agree(pair, AMPLIFIED, what=str(seed))


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("name", SHAPES)
def test_shapes_in_small_tiles(name: str) -> None:
    compiled(SHAPES[name], 50)


@pytest.mark.parametrize("size", [99, 100, 101, 102, 103, 130])
def test_the_last_vector_of_a_long_loop(size: int) -> None:
    """Written a second time: sums, largest and smallest, stores, scatters, parts, row sums."""
    rng = np.random.default_rng(size)
    group, weights = rng.integers(0, 9, size), rng.normal(size=size)

    def function(x: Any) -> Any:
        rows = x[:9][group] * weights - x[9 : 9 + size]
        table = np.outer(rows, x[:3])
        largest = np.max(rows) * np.min(rows + weights)
        kept = np.concatenate([rows * 2.0, weights * x[0]])
        return np.sum(rows**2) + largest + np.sum(kept[1:] * kept[:-1]) + np.sum(np.sum(table, 1))

    code = compiled(function, 9 + size)
    whole = size - size % 4
    assert (f", {whole}\n" in code.text) == (size >= loops.PEELED)


def test_divisors_are_inverted_once() -> None:
    noise = np.random.default_rng(0).uniform(0.5, 2.0, 60)

    def function(x: Any) -> Any:
        return -np.sum(np.cos((x[:60] - x[60]) / np.exp(x[61]))) - np.sum(np.sin(x[:60] / noise))

    def divisions(without: tuple[str, ...]) -> int:
        return compiled(function, 62, without).text.count("fdiv <4 x double>")

    assert divisions(()) == 0
    assert divisions(("reciprocals",)) >= 2
    strict = Paths(function, np.ones(62), True, strict=True).paths[0].code
    assert strict.text.count("fdiv <4 x double>") >= 2
    # As many divisors as quotients: each has its own.
    apart = compiled(lambda x: np.sum(np.sin(x[:60] / (2.0 + x[60:] ** 2))), 120)
    assert "fdiv <4 x double>" in apart.text


def test_a_number_in_all_elements_is_the_number() -> None:
    def names(function: Callable[[Any], Any]) -> set[str]:
        gradient = Paths(function, np.ones(40), True).paths[0].gradient
        assert gradient is not None
        return {node.op.name for node in reachable([gradient])}

    # The cotangent of a sum is an array of ones.
    assert names(lambda x: np.sum(np.sin(x))) == {"input", "cos"}
    assert names(lambda x: 3.0 * np.sum(x * x)) == {"input", "literal", "multiply"}


def chain(x: Any) -> Any:
    """Functions of functions, whose values and arguments are needed again after others."""
    a = np.exp(0.3 * x)
    b = np.log1p(a * a)
    c = np.sin(b - x)
    d = np.power(1.0 + b, c)
    return np.sum(a * c + d / (1.0 + b)) + np.sum(np.tanh(d) * x) - np.sum(np.square(x))


@pytest.mark.parametrize("size", [1, 15, 16, 17, 63, 64, 65, 255, 256, 257, 300, 511, 513, 1030])
def test_every_remainder_of_a_tile(size: int) -> None:
    code = compiled(chain, size)
    assert ("call void @w_tile_pow(" in code.text) == (size >= phases.LEAST_ROWS)
    assert "call void @w_tile" not in compiled(chain, size, ("called-mathematics",)).text


def test_the_workspace_is_the_tiles_alone() -> None:
    # Twice the rows: the argument's copy and the gradient grow, the buffers of the tiles do not.
    first, second = (compiled(chain, size).workspace_bytes for size in (1024, 2048))
    assert second - first == 2 * 1024 * 8


def test_functions_of_one_row_see_no_other() -> None:
    # The lanes behind the last element hold anything; a slow path taken for them changes nothing.
    x = np.full(67, 0.5)
    x[66] = -800.0
    pair = run(lambda x: np.sum(np.exp(x) + np.log1p(np.exp(x))), x)[0]
    assert_agree(pair, RTOL)
    assert pair.native[0] == pytest.approx(66 * (np.exp(0.5) + np.log1p(np.exp(0.5))), rel=1e-14)


# ---- buffers -------------------------------------------------------------------------------------


def steps(count: int) -> Callable[[Any], Any]:
    """Stages, each of which needs the whole of the one before."""

    def f(x: Any) -> Any:
        value = x
        for _ in range(count):
            value = np.sin(value / np.sum(value * value))
        return np.sum(value)

    return f


def test_values_share_memory_when_their_readers_are_done() -> None:
    x = np.linspace(0.5, 1.5, 64)

    def bytes_of(count: int, without: tuple[str, ...] = ()) -> int:
        return Paths(steps(count), x, False, without=without).paths[0].code.workspace_bytes

    # A chain of values needs the last two, however long it is.
    assert bytes_of(20) - bytes_of(10) < 10 * 64
    assert bytes_of(20, ("reuse-buffers",)) - bytes_of(10, ("reuse-buffers",)) >= 10 * 64 * 8


def test_long_programs_reuse_memory_rightly() -> None:
    x = np.linspace(0.5, 1.5, 23)
    for without in ((), ("reuse-buffers",)):
        for pair in run(steps(8), x, without=without):
            assert_agree(pair, 1e-10)  # eight normalisations deep


# ---- sums of each lane's own ---------------------------------------------------------------------


@pytest.mark.parametrize("order", ["sorted", "random", "one group"])
@pytest.mark.parametrize("rows", [256, 257, 1000])
def test_group_sums(order: str, rows: int) -> None:
    group = np.random.default_rng(rows).integers(0, 8, rows)
    group = {"sorted": np.sort(group), "random": group, "one group": 0 * group}[order]
    y = RNG.normal(size=rows)

    def f(x: Any) -> Any:
        residual = y - x[:8][group] * np.exp(x[8])
        return -0.5 * np.sum(residual**2) + np.sum(np.cos(x[:16].reshape(8, 2)[group, 1] * y))

    code = compiled(f, 16)
    assert "w_tile_total" in code.text
    # The same code for any data: whether it is sorted is not looked at.
    group = (group * 3 + 1) % 8
    assert compiled(f, 16).text == code.text
    assert "w_tile_total" not in compiled(f, 16, ("private-sums",)).text


def test_group_sums_of_many_groups_go_to_their_places() -> None:
    group = RNG.integers(0, 100, 300)
    code = compiled(lambda x: np.sum(np.sin(x[group])), 100)
    assert "w_tile_total" not in code.text


@pytest.mark.parametrize("name", sorted(PASSES))
def test_users_can_switch_off_each_pass(name: str) -> None:
    column = np.linspace(0.1, 1.0, 80)

    def function(x: Any) -> Any:
        total = 0.0
        for i in range(80):
            total = total - 0.5 * (column[i] - x[0]) ** 2 / np.exp(x[1]) - np.tanh(x[2] * column[i])
        return total - np.sum(np.logaddexp(column * x[2], x[0]))

    x = np.array([0.3, 0.2, -0.4])
    value, gradient = ad.density(function, 3, without=[name]).logdensity_and_gradient(x)
    expected, slope = ad.value_and_grad(function)(x)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(gradient, slope, rtol=1e-11)
    np.testing.assert_allclose(ad.compile(function, without=[name])(x), expected, rtol=1e-12)


def test_a_pass_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"without must name passes, got 'magic'.*roll-loops"):
        ad.density(np.sum, 3, without=["magic"])

"""Sums over data collapse at binding: the same density, at a cost that does not grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad
from ad import rules
from ad.compiled import Paths
from ad.schedule import Schedule
from ad.statistics.repeats import rounded

if TYPE_CHECKING:
    from collections.abc import Callable

RNG = np.random.default_rng(7)
GAMMALN = ad.special.gammaln


def loops(f: Callable[[Any], Any], dimension: int) -> list[int]:
    """Sizes of the arrays the compiled density reads."""
    code = Paths(f, np.full(dimension, 0.3), True).paths[0].code
    return sorted(int(np.size(slot.array)) for slot in code.slots)


def normal(y: Any) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        z = (y - x[0]) / np.exp(x[1])
        return np.sum(-0.5 * z**2 - x[1])

    return f


def regression(design: Any, y: Any) -> Callable[[Any], Any]:
    k = design.shape[1]

    def f(x: Any) -> Any:
        z = (y - (x[k] + design @ x[:k])) / np.exp(x[k + 1])
        return -0.5 * np.sum(z * z) - y.size * x[k + 1]

    return f


def weighted(y: Any, sigma: Any) -> Callable[[Any], Any]:
    return lambda x: np.sum(-0.5 * np.square((y - x[0] - x[1] * sigma) / sigma))


def poisson(y: Any) -> Callable[[Any], Any]:
    return lambda x: np.sum(y * x[0] - np.exp(x[0]) - GAMMALN(y + 1.0))


def deviance(y: Any) -> Callable[[Any], Any]:
    return lambda x: -np.sum(ad.special.kl_div(y, np.exp(x[0])))


def bernoulli(y: Any) -> Callable[[Any], Any]:
    return lambda x: np.sum(y * x[0] - ad.special.log1p_exp(x[0]))


def gamma(y: Any) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        a, b = np.exp(x[0]), np.exp(x[1])
        return np.sum((a - 1.0) * np.log(y) - b * y + a * np.log(b) - GAMMALN(a))

    return f


def cases(n: int) -> dict[str, tuple[Callable[[Any], Any], int]]:
    y, sigma = RNG.normal(3.0, 2.0, n), RNG.uniform(0.5, 2.0, n)
    return {
        "normal": (normal(y), 2),
        "regression": (regression(RNG.normal(size=(n, 3)), y), 5),
        "weighted": (weighted(y, sigma), 2),
        "poisson": (poisson(RNG.poisson(3.0, n).astype(float)), 1),
        "deviance": (deviance(RNG.poisson(3.0, n).astype(float)), 1),
        "bernoulli": (bernoulli((RNG.random(n) < 0.3) * 1.0), 1),
        "gamma": (gamma(RNG.gamma(2.0, 1.0, n)), 2),
    }


@pytest.mark.parametrize("name", list(cases(64)))
@pytest.mark.parametrize("n", [64, 1000])
def test_the_density_is_the_same(name: str, n: int) -> None:
    f, dimension = cases(n)[name]
    collapsed, plain = ad.density(f, dimension), ad.density(f, dimension, strict=True)
    for scale in (0.0, 0.5, 3.0):
        x = scale * RNG.normal(size=dimension)
        got, slope = collapsed.logdensity_and_gradient(x)
        want, expected = plain.logdensity_and_gradient(x)
        assert got == pytest.approx(want, rel=1e-12)
        assert np.max(np.abs(slope - expected)) <= 1e-11 * max(1.0, np.max(np.abs(expected)))


@pytest.mark.parametrize("name", list(cases(64)))
def test_nothing_of_the_size_of_the_data_is_read(name: str) -> None:
    small, large = (loops(*cases(n)[name]) for n in (500, 5000))
    assert small == large
    assert max(small, default=0) < 500


@pytest.mark.parametrize("name", list(cases(64)))
def test_strict_mode_leaves_the_sum_as_written(name: str) -> None:
    f, dimension = cases(500)[name]
    code = Paths(f, np.full(dimension, 0.3), True, strict=True).paths[0].code
    assert any(np.size(slot.array) >= 500 for slot in code.slots)


@pytest.mark.parametrize("values", ["zeros", "ones", "repeated", "normal"])
def test_the_data_do_not_decide_the_code(values: str) -> None:
    y = {
        "zeros": np.zeros(200),
        "ones": np.ones(200),
        "repeated": np.repeat([1.0, 2.0], 100),
        "normal": RNG.normal(size=200),
    }[values]
    reference = ad.density(normal(RNG.normal(size=200)), 2)
    assert ad.density(normal(y), 2).fingerprint == reference.fingerprint


def test_a_mean_far_from_zero_keeps_its_digits() -> None:
    y = 1e6 + RNG.normal(size=300)
    x = np.array([1e6 + 0.1, 0.2])
    got, slope = ad.density(normal(y), 2).logdensity_and_gradient(x)
    z = (y - x[0]) / np.exp(x[1])
    assert got == pytest.approx(float(np.sum(-0.5 * z**2 - x[1])), rel=1e-9)
    assert slope[0] == pytest.approx(float(np.sum(z) / np.exp(x[1])), rel=1e-7)


def test_nan_and_infinite_data_raise_nothing() -> None:
    y = RNG.normal(size=100)
    y[3] = np.nan
    assert np.isnan(ad.density(normal(y), 2).logdensity(np.zeros(2)))
    y[3] = np.inf
    assert not np.isfinite(ad.density(normal(y), 2).logdensity(np.zeros(2)))


def test_wide_designs_stay_as_they_are() -> None:
    # Six columns of ten rows: R c would cost more than the rows.
    design, y = RNG.normal(size=(10, 6)), RNG.normal(size=10)
    assert 60 in loops(regression(design, y), 8)


# ---- groups, branches, repeats -----------------------------------------------------------------

J = 12


def elements(f: Callable[[Any], Any], dimension: int) -> int:
    """Elements that loops and kernels of the compiled density work on."""
    path = Paths(f, np.full(dimension, 0.3), True).paths[0]
    assert path.gradient is not None
    stages = Schedule([*path.outputs, path.gradient]).stages
    in_loops = sum(loop.size for stage in stages for loop in stage.loops.values())
    kernels = [node for stage in stages for node in stage.kernels]
    return in_loops + sum(max(a.size for a in (node, *node.inputs)) for node in kernels)


def grouped(n: int) -> dict[str, tuple[Callable[[Any], Any], int]]:
    rng = np.random.default_rng(3)
    g = rng.integers(0, J, n)
    y, t, c = rng.normal(2.0, 1.0, n), rng.normal(size=n), rng.poisson(3.0, n)
    matrix, w = rng.normal(size=(n, 2)), rng.uniform(0.5, 1.5, n)
    table = rng.normal(size=(n // J, J))

    def z(x: Any, mean: Any) -> Any:
        return (y - mean) / np.exp(x[-1])

    return {
        "means": (lambda x: np.sum(-0.5 * z(x, x[:J][g]) ** 2 - x[-1]), J + 1),
        "scales": (
            lambda x: np.sum(-0.5 * ((y - x[0]) / np.exp(x[1:][g])) ** 2 - x[1:][g]),
            J + 1,
        ),
        "means, scales": (
            lambda x: np.sum(-0.5 * ((y - x[:J][g]) * np.exp(-x[J:][g])) ** 2 - x[J:][g]),
            2 * J,
        ),
        "common slope": (lambda x: -0.5 * np.sum(z(x, x[:J][g] + x[J] * t) ** 2), J + 2),
        "slopes": (lambda x: -0.5 * np.sum(z(x, x[:J][g] + x[J:-1][g] * t) ** 2), 2 * J + 1),
        "matrix": (lambda x: -0.5 * np.sum(z(x, x[:J][g] + matrix @ x[J:-1]) ** 2), J + 3),
        "shared level": (lambda x: -0.5 * np.sum(z(x, x[J] + x[:J][g] * t) ** 2), J + 2),
        "weights": (lambda x: -0.5 * np.sum(w * z(x, x[:J][g]) ** 2), J + 1),
        "signed weights": (lambda x: -0.5 * np.sum((w - 1.0) * z(x, x[0]) ** 2), 2),
        "poisson": (lambda x: np.sum(c * x[:J][g] - np.exp(x[:J][g])), J),
        "poisson, offset": (lambda x: np.sum(c * x[:J][g] - np.exp(x[:J][g] + t)), J),
        "deviance": (lambda x: -np.sum(ad.special.kl_div(c * 1.0, np.exp(x[:J][g]))), J),
        "rows of a table": (
            lambda x: -0.5 * np.sum(((table - x[:J]) / np.exp(x[J])) ** 2),
            J + 1,
        ),
        "columns of a table": (
            lambda x: np.sum(table.T * x[:J, None] - np.exp(x[:J, None] + table.T)),
            J,
        ),
        "hurdle": (
            lambda x: np.sum(np.where(c > 0, -0.5 * z(x, x[0]) ** 2 - x[-1], x[1])),
            3,
        ),
        "squares selected by group": (
            lambda x: np.sum(np.where(x[:J][g] > 0.0, -0.5 * z(x, x[:J][g]) ** 2, t)),
            J + 1,
        ),
        "a table made twice": (
            lambda x: np.sum(-0.5 * z(x, x[:J][g + 1 - 1] + x[J:-1][g + 1 - 1] * t) ** 2),
            2 * J + 1,
        ),
        "selection by group": (
            lambda x: np.sum(np.where(x[:J][g] > 0.0, c * x[:J][g], t)),
            J,
        ),
    }


@pytest.mark.parametrize("name", list(grouped(60)))
def test_groups_cost_what_groups_cost(name: str) -> None:
    small, large = (elements(*grouped(n)[name]) for n in (1200, 12000))
    assert small == large < 1200


@pytest.mark.parametrize("name", list(grouped(60)))
def test_sums_by_group_are_the_same(name: str) -> None:
    f, dimension = grouped(1200)[name]
    assert_same(f, dimension)


def assert_same(f: Callable[[Any], Any], dimension: int, tolerance: float = 1e-12) -> None:
    collapsed, plain = ad.density(f, dimension), ad.density(f, dimension, strict=True)
    for scale in (0.0, 0.5, 2.0):
        x = scale * RNG.normal(size=dimension)
        got, slope = collapsed.logdensity_and_gradient(x)
        want, expected = plain.logdensity_and_gradient(x)
        assert got == pytest.approx(want, rel=tolerance)
        assert np.max(np.abs(slope - expected)) <= tolerance * max(1.0, np.max(np.abs(expected)))


def test_a_sum_of_sums_is_one() -> None:
    y = RNG.normal(size=(30, 40))

    def f(x: Any) -> Any:
        by_row = np.sum(-0.5 * ((y - x[0]) / np.exp(x[1])) ** 2 - x[1], axis=1)
        return np.sum(by_row)

    assert_same(f, 2)
    assert elements(f, 2) == 0


def test_values_used_many_times_are_looked_at_once() -> None:
    y = RNG.normal(size=50)

    def sums(x: Any) -> Any:
        v = np.sin(x[0] * y)
        for _ in range(60):
            v = v + v * 1e-3
        return np.sum(v)

    def products(x: Any) -> Any:
        v = np.sin(x[0] * y)
        for _ in range(60):
            v = np.cos(v) * v
        return np.sum(v)

    assert_same(sums, 1)
    assert_same(products, 1)


def test_groups_without_data_and_of_one_kind() -> None:
    y, t = RNG.normal(size=400), np.repeat(2.5, 400)
    g = RNG.integers(3, 7, 400)  # of groups 0 to 9
    t[g == 5] = 7.0  # constant within each group

    def f(x: Any) -> Any:
        return -0.5 * np.sum(((y - x[:10][g] - x[10:20][g] * t) / np.exp(x[20])) ** 2)

    assert_same(f, 21)
    assert elements(f, 21) < 400


def test_an_infinite_coefficient_counts_only_where_it_stands() -> None:
    """0 log(0) = 0 where all counts are 0, and -inf where one is not."""
    g = np.repeat([0, 1], 500)
    for counts, at_zero in (
        (np.zeros(1000), -500.0),
        (1.0 * (g == 1), -500.0),
        (g * 0.0 + 1, -np.inf),
    ):

        def f(x: Any, y: Any = counts) -> Any:
            rate = np.stack([x[0], x[1]])[g]
            return np.sum(ad.special.xlogy(y, rate) - rate)

        density = ad.density(f, 2)
        assert elements(f, 2) < 100
        value, slope = density.logdensity_and_gradient(np.array([0.0, 1.0]))
        assert value == at_zero
        if np.isfinite(at_zero):
            assert slope.tolist() == [-500.0, counts[500:].sum() - 500.0]


def repeated(n: int) -> dict[str, tuple[Callable[[Any], Any], int]]:
    rng = np.random.default_rng(4)
    y, g = rng.integers(0, 7, n), rng.integers(0, 3, n)
    design = rng.integers(0, 2, (n, 3)).astype(float)
    total = np.full(n, 10)
    kinds, places = rng.integers(0, 3, (n // 10, 10)), np.arange(10)
    gammaln, log1p_exp = ad.special.gammaln, ad.special.log1p_exp
    return {
        "negative binomial": (
            lambda x: np.sum(
                gammaln(y + np.exp(x[0])) - gammaln(np.exp(x[0])) - gammaln(y + 1.0) + y * x[1]
            ),
            2,
        ),
        "mixture": (
            lambda x: np.sum(np.logaddexp(y * x[0] - np.exp(x[0]), y * x[1] - np.exp(x[1]) + x[2])),
            3,
        ),
        "by group": (lambda x: -np.sum(log1p_exp(x[:3][g] * (1.0 - 2.0 * (y > 3)))), 3),
        "factors": (lambda x: np.sum((y > 2) * (design @ x) - log1p_exp(design @ x)), 3),
        "two columns": (lambda x: np.sum(gammaln(np.exp(x[0]) + total - y) + np.sin(x[1] * y)), 2),
        "table": (
            lambda x: np.sum(np.sin(x[:10, None] * kinds.T + x[10]) + 0.1 * places[:, None]),
            11,
        ),
    }


@pytest.mark.parametrize("name", list(repeated(60)))
def test_repeated_rows_are_counted(name: str) -> None:
    f, dimension = repeated(3000)[name]
    assert_same(f, dimension)
    small, large = (elements(*repeated(n)[name]) for n in (3000, 30000))
    assert small == large < 200


@pytest.mark.parametrize("extreme", [np.min, np.max])
@pytest.mark.parametrize("rows", [8, 16, 17, 40])
def test_an_extreme_of_equal_rows_is_attained(extreme: Any, rows: int) -> None:
    """Its share is asked of the rows that it was found of, bit for bit."""
    design = np.ones((rows, 4))
    design[::2] = 2.0

    def function(v: Any) -> Any:
        return extreme(design @ v)

    made = ad.density(function, 4)
    for seed in range(20):
        x = np.random.default_rng(seed).normal(size=4)
        _, gradient = made.logdensity_and_gradient(x)
        want = 2.0 if (x.sum() > 0) == (extreme is np.max) else 1.0
        np.testing.assert_allclose(gradient, np.full(4, want), rtol=1e-12)


def test_rows_that_do_not_repeat_stay() -> None:
    places = np.arange(500)
    assert elements(lambda x: np.sum(np.sin(x[0] * places)), 1) == 500
    noise = RNG.normal(size=500)
    assert elements(lambda x: np.sum(np.sin(x[0] * (places % 5) + noise)), 1) == 500


def test_parameters_of_their_own_stay() -> None:
    y = RNG.integers(0, 3, 200)
    assert elements(lambda x: np.sum(np.sin(x * y)), 200) >= 200


@pytest.mark.parametrize(
    ("count", "size"), [(1, 4), (4, 4), (5, 8), (13, 16), (17, 20), (33, 40), (100, 112)]
)
def test_numbers_of_rows_are_rounded_up(count: int, size: int) -> None:
    assert rounded(count) == size


def test_other_data_of_one_kind_share_the_code() -> None:
    def density(y: Any) -> Any:
        return ad.density(lambda x: np.sum(GAMMALN(y + np.exp(x[0]))), 1)

    first, second, third = (density(np.arange(1000) % size) for size in (5, 7, 400))
    assert first.fingerprint == second.fingerprint != third.fingerprint


def test_copies_of_a_row_share_its_count() -> None:
    y = np.repeat([0, 1, 2, 3, 4], [1, 7, 90, 1, 1])  # five rows, filled up to eight
    f = lambda x: np.sum(np.where(y > 0, np.sin(x[0] * y), -x[1] * np.exp(x[0])))  # noqa: E731 - short
    assert_same(f, 2)


def test_each_law_has_a_switch() -> None:
    for law in ("sufficient-statistics", "count-repeats"):
        assert set(rules.APPROXIMATE[law]) == {"sum"}
        kept, dropped = rules.laws(), rules.laws(without=(law,))
        assert len(dropped["sum"]) == len(kept["sum"]) - 1


def test_a_wrong_statistic_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    right: Any = np.linalg.qr
    monkeypatch.setattr(np.linalg, "qr", lambda a, mode: right(a, mode=mode) * (1.0 + 1e-9))
    with pytest.raises(AssertionError):
        test_the_density_is_the_same("normal", 64)


# ---- group-wise designs --------------------------------------------------------------------


def designs(n: int, width: int) -> dict[str, tuple[Callable[[Any], Any], int]]:
    rng = np.random.default_rng(6)
    matrix, y = rng.normal(size=(n, width)), rng.normal(size=n)
    g, h = rng.integers(0, 5, n), rng.integers(0, 4, n)

    def loss(eta: Any) -> Any:
        return np.sum(np.sin(y * eta))

    def rows(x: Any, first: int, count: int) -> Any:
        return x[first * width : (first + count) * width].reshape(count, width)

    return {
        "slopes": (lambda x: loss(np.sum(matrix * rows(x, 0, 5)[g], axis=1)), 5 * width),
        "turned round": (lambda x: loss((rows(x, 0, 5)[g] * matrix).sum(1)), 5 * width),
        "factors": (
            lambda x: loss(np.sum(rows(x, 0, 5)[g] * rows(x, 5, 4)[h], axis=1)),
            9 * width,
        ),
    }


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("name", list(designs(9, 1)))
def test_group_wise_designs_stay_in_the_loop_over_rows(name: str, width: int) -> None:
    f, dimension = designs(203, width)[name]
    assert_same(f, dimension)
    # No array of the design's size is made: one loop over rows, others over coefficients.
    path = Paths(f, np.full(dimension, 0.3), True).paths[0]
    assert path.gradient is not None
    stages = Schedule([*path.outputs, path.gradient]).stages
    assert not any(stage.kernels for stage in stages)
    sizes = [size for stage in stages for size, _ in stage.loops]
    assert max(sizes) == 203
    assert sizes.count(203) == 1


def other_rows(x: Any, which: int) -> Any:
    rows = x.reshape(-1, 4)
    return [
        np.sum(np.tile(x, 17).reshape(-1, 17)[[0, 1, 1]] * np.ones((3, 17)), axis=1),
        np.sum(rows[[0, 1, 1, 0]] * np.ones((4, 1)), axis=1),
        np.sum(rows[[0, 1, 1, 0]] * np.ones((4, 4)), axis=0),
        np.sum(rows[[-1, 1]] * np.ones((2, 4)), axis=1),
    ][which]


@pytest.mark.parametrize("which", range(4))
def test_wide_and_other_products_of_rows_stay(which: int) -> None:
    assert_same(lambda x: np.sum(np.sin(other_rows(x, which))), 8)


# ---- far from zero ------------------------------------------------------------------------------


def far(name: str) -> tuple[Callable[[Any], Any], Any, Any, Any]:
    """A normal density of data around 1e8 with standard deviation 1e-3, and a point.

    With its exact value there, and its exact derivative by the first parameter.
    """
    rng = np.random.default_rng(5)
    n, big, small, slope = 300, 1e8, 1e-3, 0.3712345678
    g = rng.integers(0, 6, n)
    y, t = big + small * rng.normal(size=n), big + small * rng.normal(size=n)
    levels = big + small * rng.normal(size=6)
    reduced, slopes = levels - slope * big, np.full(6, slope)
    scales = small * rng.uniform(1.0, 2.0, 6)

    def value(mean: Any, sd: Any) -> Any:
        return np.sum(-0.5 * ((y - mean) / sd) ** 2 - np.log(sd))

    def exact(a: Any, b: Any, sd: Any, first: Any) -> tuple[Any, Any]:
        total, by_first = mp.mpf(0), mp.mpf(0)
        with mp.workdps(50):
            for i, j in enumerate(g):
                left = mp.mpf(float(y[i])) - mp.mpf(float(a[j]))
                left -= mp.mpf(float(b[j])) * mp.mpf(float(t[i]))
                s = mp.mpf(float(sd[j]))
                total -= (left / s) ** 2 / 2 + mp.log(s)
                by_first += left / s**2 if j in first else 0
        return total, by_first

    none, same, every = np.zeros(6), np.full(6, small), range(6)
    f, x, arguments = {
        "mean": (
            lambda x: value(x[0], x[1]),
            [levels[0], small],
            (np.full(6, levels[0]), none, same, every),
        ),
        "groups": (
            lambda x: value(x[:6][g], x[6]),
            [*levels, small],
            (levels, none, same, [0]),
        ),
        "scales": (
            lambda x: value(x[:6][g], x[6:][g]),
            [*levels, *scales],
            (levels, none, scales, [0]),
        ),
        "slope": (
            lambda x: value(x[0] + x[1] * t, x[2]),
            [reduced[0], slope, small],
            (np.full(6, reduced[0]), slopes, same, every),
        ),
        "groups and slope": (
            lambda x: value(x[:6][g] + x[6] * t, x[7]),
            [*reduced, slope, small],
            (reduced, slopes, same, [0]),
        ),
        "groups and slopes": (
            lambda x: value(x[:6][g] + x[6:12][g] * t, x[12]),
            [*reduced, *slopes, small],
            (reduced, slopes, same, [0]),
        ),
    }[name]
    return f, np.array(x), *exact(*arguments)


@pytest.mark.parametrize(
    "name", ["mean", "groups", "scales", "slope", "groups and slope", "groups and slopes"]
)
def test_data_far_from_zero_keep_their_digits(name: str) -> None:
    f, x, value, by_first = far(name)
    assert elements(f, x.size) < 300
    got, slope = ad.density(f, x.size, x).logdensity_and_gradient(x)
    assert abs(got - value) <= 1e-14 * abs(value)
    assert abs(slope[0] - by_first) <= 1e-12 * abs(by_first)


def test_a_sum_of_small_differences_keeps_its_digits() -> None:
    y = 1e8 + 1e-3 * RNG.normal(size=300)
    x = np.array([1e8 + 1e-3, 3.0])
    f = lambda x: x[1] * np.sum(y - x[0])  # noqa: E731 - short
    got = ad.density(f, 2, x).logdensity(x)
    with mp.workdps(50):
        want = 3 * mp.fsum(mp.mpf(float(v)) - mp.mpf(float(x[0])) for v in y)
    assert elements(f, 2) < 300
    assert abs(got - want) <= 1e-14 * abs(want)


def test_deviances_of_large_counts_keep_their_digits() -> None:
    rng = np.random.default_rng(4)
    y, g = rng.poisson(1e12, 300) * 1.0, rng.integers(0, 5, 300)
    x = 1e12 + 1e6 * rng.normal(size=5)
    f = lambda x: np.sum(ad.special.kl_div(y, x[g]))  # noqa: E731 - short
    got, slope = ad.density(f, 5, x).logdensity_and_gradient(x)
    with mp.workdps(50):
        pairs = [(mp.mpf(float(a)), mp.mpf(float(b))) for a, b in zip(y, x[g], strict=True)]
        want = mp.fsum(a * mp.log(a / b) - a + b for a, b in pairs)
        slopes = [
            mp.fsum(1 - a / b for (a, b), k in zip(pairs, g, strict=True) if k == j)
            for j in range(5)
        ]
    assert elements(f, 5) < 300
    # What rounding of a mean in its last place changes in each of its terms.
    assert abs(got - want) <= 1e-12 * abs(want) + 2.0**-52 * np.sum(np.abs(y - x[g]))
    np.testing.assert_allclose(slope, np.array(slopes, float), rtol=1e-9)

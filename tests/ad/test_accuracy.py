"""Whether every row is measured, arrays against mpmath, and claims about whole grids."""

from typing import Any

import numpy as np
import pytest
from mpmath import mp

import ad
from ad.op import TABLE, Op
from tests.ad.array_regions import ARRAY_REGIONS, NOT_MEASURED
from tests.ad.elementary_regions import ELEMENTARY
from tests.ad.function_regions import BY_ITERATION
from tests.ad.helper_regions import HELPERS
from tests.ad.measuring_arrays import ArrayRegion, worst_array_errors
from tests.ad.references import REFERENCES, gamma_rest, gamma_tail
from tests.ad.special_regions import REGIONS

NUMBERS = [*REGIONS, *ELEMENTARY, *HELPERS]
BY_NAME = pytest.mark.parametrize("region", ARRAY_REGIONS, ids=lambda region: region.name)


def measured() -> set[str]:
    """Names of rows that some region goes through."""
    rows = {row for region in ARRAY_REGIONS for row in region.rows}
    return rows | {region.name for region in NUMBERS if region.name in TABLE}


def unaccounted(table: dict[str, Op]) -> set[str]:
    return set(table) - measured() - set(NOT_MEASURED)


def test_every_row_is_measured_or_told_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unaccounted(TABLE)
    assert not measured() & set(NOT_MEASURED)
    assert set(NOT_MEASURED) <= set(TABLE)
    monkeypatch.setitem(TABLE, "forgotten", TABLE["exp"])
    assert unaccounted(TABLE) == {"forgotten"}


def test_every_function_of_ad_special_is_measured() -> None:
    known = {region.name for region in NUMBERS} | {region.name for region in ARRAY_REGIONS}
    known.add("stop_gradient")
    # Under these names they are parameters of a row.
    known |= {"polygamma", "zeta", "lambertw"}
    assert set(ad.special.__all__) <= known


@BY_NAME
def test_array_regions_go_through_their_rows(
    region: ArrayRegion, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    call = Op.__call__

    def spied(op: Op, *args: Any, **params: Any) -> Any:
        seen.add(op.name)
        return call(op, *args, **params)

    monkeypatch.setattr(Op, "__call__", spied)
    arrays = region.draw(np.random.default_rng(1))
    ad.jvp(region.ours, arrays, arrays)
    assert set(region.rows) <= seen


def check(region: ArrayRegion, count: int, seed: int) -> None:
    worst = worst_array_errors(region, count, seed)
    for (error, how), limit in zip(worst, region.limits, strict=True):
        assert error <= limit, f"{region.name}, {how}: {error:.1e}, promised {limit:.0e}"


@BY_NAME
def test_errors_of_arrays_are_within_the_promise(region: ArrayRegion) -> None:
    check(region, 1, seed=2)


@pytest.mark.slow
@BY_NAME
def test_errors_of_arrays_are_within_the_promise_at_many(region: ArrayRegion) -> None:
    check(region, 12, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("region", BY_ITERATION, ids=lambda region: region.name)
def test_errors_of_iterations_are_within_the_promise(region: ArrayRegion) -> None:
    check(region, 2, seed=4)


def test_a_wrong_factor_breaks_the_promise_of_arrays() -> None:
    region = next(region for region in ARRAY_REGIONS if region.name == "matmul")
    wrong = region._replace(ours=lambda a, b: region.ours(a, b) * (1.0 + 1e-8))
    worst = worst_array_errors(wrong, 1, seed=2)
    assert all(error > limit for (error, _), limit in zip(worst, region.limits, strict=True))


# ---- derivatives of third order ------------------------------------------------------------------

THIRD: dict[str, tuple[float, ...]] = {
    "log_ndtr": (-1e30, -1e8, -1e4, -200.0, -30.0, -5.0, -2.01, -1.99, -1e-3, 0.3, 2.0, 10.0, 30.0),
    "erfcx": (-20.0, -3.0, -0.1, 0.1, 2.0, 30.0, 1e4, 1e8, 1e30),
    "digamma": (1e-8, 0.02, 1.4616, 30.0, 1e4, 1e10),
    "gammaln": (1e-8, 0.02, 1.4616, 30.0, 1e4, 1e10),
    "log_expit": (-300.0, -30.0, -1.0, -1e-6, 1e-6, 1.0, 30.0, 300.0),
    "log1p_exp": (-300.0, -30.0, -1.0, -1e-6, 1e-6, 1.0, 30.0, 300.0),
    "log1m_exp": (-300.0, -30.0, -1.0, -1e-6),
}


@pytest.mark.parametrize("name", THIRD)
def test_third_derivatives_are_good_in_the_tails(name: str) -> None:
    third = ad.grad(ad.grad(ad.grad(TABLE[name])))
    native = ad.compile(third)
    reference = REFERENCES[name]

    def exact(x: Any, order: int) -> Any:
        if order == 0:
            return reference(x)
        step = abs(x) * mp.mpf(10) ** -30
        return (exact(x + step, order - 1) - exact(x - step, order - 1)) / (2 * step)

    for x in THIRD[name]:
        with mp.workdps(400):
            want, higher = exact(mp.mpf(x), 3), exact(mp.mpf(x), 4)
            scale = abs(want) + abs(x * higher)
            for got in (third(x), native(x)):
                assert abs(mp.mpf(float(got)) - want) <= 1e-12 * scale, (name, x, float(got))


# ---- the derivative of gammainc in its shape, where others give up -------------------------------


def grid() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """50,000 points: shapes from 1e-4 to 1e5, arguments to both ends of double precision's reach.

    Stan Math's own report of its derivative (math issue 3408) has 49,990 points, 6,379 of which
    were not finite.
    """
    a, ratio = np.meshgrid(np.geomspace(1e-4, 1e5, 250), np.geomspace(1e-8, 1e4, 200))
    return a.ravel(), (a * ratio).ravel()


def test_the_derivative_in_the_shape_is_finite_and_right_on_a_grid() -> None:
    a, x = grid()
    order = {"order": 1}
    interpreted = TABLE["gammainc_shape"](a, x, **order)
    native = ad.compile(lambda a, x: TABLE["gammainc_shape"](a, x, **order))(a, x)
    for slopes in (interpreted, native):
        assert np.isfinite(slopes).all()
        assert (slopes <= 0.0).all()
    wrong = native * (1.0 + 1e-11)  # the check can fail
    checked = np.random.default_rng(4).choice(a.size, 60, replace=False)
    for k in checked.tolist():
        for slopes in (interpreted, native):
            assert _shape_error(a[k], x[k], slopes[k]) <= 1e-12, (a[k], x[k])
    assert max(_shape_error(a[k], x[k], wrong[k]) for k in checked[:8].tolist()) > 1e-12


@pytest.mark.slow
def test_the_derivative_in_the_shape_is_right_at_many_points_of_a_grid() -> None:
    a, x = grid()
    slopes = TABLE["gammainc_shape"](a, x, order=1)
    for k in np.random.default_rng(5).choice(a.size, 600, replace=False).tolist():
        assert _shape_error(a[k], x[k], slopes[k]) <= 1e-12, (a[k], x[k])


def _shape_error(a: float, x: float, got: float) -> float:
    """Error of a derivative in the shape, relative to it and what rounding does to it."""
    with mp.workdps(60):
        at = mp.mpf(a), mp.mpf(x)
        below = x < a

        def tail(a: Any, x: Any) -> Any:
            return gamma_tail(a, x) if below else -gamma_rest(a, x)

        h, k = at[0] * mp.mpf(10) ** -15, at[1] * mp.mpf(10) ** -15

        def slope(a: Any, x: Any) -> Any:
            return (tail(a + h, x) - tail(a - h, x)) / (2 * h)

        want = slope(*at)
        by_a = (slope(at[0] + h, at[1]) - slope(at[0] - h, at[1])) / (2 * h)
        by_x = (slope(at[0], at[1] + k) - slope(at[0], at[1] - k)) / (2 * k)
        scale = abs(want) + abs(at[0] * by_a) + abs(at[1] * by_x)
        if scale < 1e-280:  # it underflows
            return 0.0 if abs(got) < 1e-280 else 1.0
        return float(abs(mp.mpf(float(got)) - want) / scale)

"""Special functions in their far tails, under SciPy's names, and where they are not served."""

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sp

import ad
from ad.op import TABLE
from ad.vectormath import shapes
from ad.vectormath.shapes.body import Arrays
from tests.ad.elementary_regions import ELEMENTARY
from tests.ad.harness import run
from tests.ad.helper_regions import HELPERS
from tests.ad.measuring import Region, worst_errors
from tests.ad.references import REFERENCES
from tests.ad.special_regions import REGIONS, SCIPY_CALLS

# Their references take long.
SLOW = {
    *("hyp2f1", "hyp1f1", "hyp2f1_shape", "hyp1f1_shape", "zeta_order", "kve_moment", "kve_mean"),
    *("ive_ratio", "gammainccinv", "betainccinv", "betaincinv", "betainc_shape"),
    "betainc, any shape",
}
ALL = [*REGIONS, *ELEMENTARY, *HELPERS]


def is_slow(region: Region) -> bool:
    return bool({region.name, region.note} & SLOW)


@pytest.mark.parametrize("region", ALL, ids=lambda region: region.note or region.name)
def test_errors_are_within_the_promise(region: Region) -> None:
    worst = worst_errors(region, 1 if is_slow(region) else 3, seed=2)
    for (error, point), limit in zip(worst, region.limits, strict=True):
        assert error <= limit, f"{region.name} at {point}: {error:.1e}, promised {limit:.0e}"


@pytest.mark.slow
@pytest.mark.parametrize("region", ALL, ids=lambda region: region.note or region.name)
def test_errors_are_within_the_promise_at_many_points(region: Region) -> None:
    worst = worst_errors(region, 4 if is_slow(region) else 25, seed=3, native=True)
    for (error, point), limit in zip(worst, region.limits, strict=True):
        assert error <= limit, f"{region.name} at {point}: {error:.1e}, promised {limit:.0e}"


def test_a_wrong_constant_breaks_the_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    region = next(region for region in REGIONS if region.name == "gammainc")
    right = Arrays.digamma
    monkeypatch.setattr(Arrays, "digamma", staticmethod(lambda x: right(x) * (1.0 + 1e-8)))
    _, first, _ = worst_errors(region, 4, seed=2)
    assert first[0] > region.limits[1]


@pytest.mark.parametrize(
    ("function", "at"), SCIPY_CALLS, ids=lambda value: getattr(value, "__name__", "")
)
def test_scipys_function_of_a_traced_value(
    function: Callable[..., Any], at: tuple[float, ...]
) -> None:
    x = np.array(at)
    value, gradient = ad.value_and_grad(lambda v: function(*v))(x)
    assert float(value) == pytest.approx(float(np.real(function(*at))), rel=1e-13)
    for index, step in enumerate(np.eye(x.size) * 1e-5):
        slope = np.real(function(*(x + step)) - function(*(x - step))) / 2e-5
        assert gradient[index] == pytest.approx(slope, rel=1e-6, abs=1e-9)
    pair = run(lambda v: function(*v), x)[0]
    assert pair.native_gradient == pytest.approx(gradient, rel=1e-11)


def test_logarithms_of_bessel_functions_where_these_leave_the_range() -> None:
    # K_v(x) is about Gamma(v) (2/x)^v / 2 and I_v(x) about (x/2)^v / Gamma(v + 1) for v^2 >> x^2.
    v, x = 300.0, 1e-3
    assert math.isinf(sp.kv(v, x))
    assert sp.iv(v, x) == 0.0
    large = sp.gammaln(v) + v * math.log(2.0 / x) - math.log(2.0)
    assert float(ad.special.log_kv(v, x)) == pytest.approx(large, rel=1e-9)
    small = v * math.log(x / 2.0) - sp.gammaln(v + 1.0)
    assert float(ad.special.log_iv(v, x)) == pytest.approx(small, rel=1e-9)
    assert float(ad.grad(ad.special.log_kv)(v, x)) == pytest.approx(
        float(sp.digamma(v)) + math.log(2.0 / x), rel=1e-6
    )


@pytest.mark.parametrize(
    ("function", "at", "expected"),
    [
        (lambda x: sp.gammainc(2.0, x), 0.0, 0.0),
        (lambda x: sp.gammainc(1.0, x), 0.0, 1.0),  # the density of the exponential law
        (lambda x: sp.betainc(2.0, 3.0, x), 0.0, 0.0),
        (lambda x: sp.betainc(2.0, 3.0, x), 1.0, 0.0),
        (lambda x: sp.betainc(1.0, 3.0, x), 0.0, 3.0),
        (lambda a: sp.gammainc(a, 0.0), 2.0, 0.0),
        (lambda a: sp.gammainc(a, np.inf), 2.0, 0.0),
        (lambda a: sp.betainc(a, 3.0, 1.0), 2.0, 0.0),
    ],
)
def test_ends_of_the_range(function: Callable[..., Any], at: float, expected: float) -> None:
    assert float(ad.grad(function)(at)) == expected


@pytest.mark.parametrize(
    ("name", "params", "args"),
    [
        ("gammainc_shape", {"order": 1}, (-1.0, 2.0)),
        ("gammainc_shape", {"order": 1}, (1.0, -2.0)),
        ("gammainc_shape", {"order": 1}, (1e200, 2.0)),
        ("betainc_shape", {"i": 1, "j": 0}, (1.0, 2.0, 1.5)),
        ("kve_moment", {"n": 1, "m": 0}, (1.0, -1.0)),
        ("ive_order", {"order": 1}, (-1.0, 1.0)),
        ("jv_order", {"order": 1}, (-1.0, 1.0)),
        ("yv_order", {"order": 1}, (100.0, 1.0)),
        ("zeta_order", {"order": 0}, (0.5, 1.0)),
        ("lambertw_branch", {"lower": 0}, (-1.0,)),
        ("lambertw_branch", {"lower": 1}, (0.5,)),
        ("hyp1f1_shape", {"i": 1, "j": 0}, (1.0, 1.0, 1e3)),
        ("hyp2f1_shape", {"i": 1, "j": 0, "m": 0}, (1.0, 1.0, 1.0, 0.99)),
    ],
)
def test_what_is_not_served_is_nan(
    name: str, params: dict[str, int], args: tuple[float, ...]
) -> None:
    assert math.isnan(TABLE[name](*args, **params))
    pair = run(lambda v: TABLE[name](*v, **params), np.array(args), gradient=False)[0]
    assert math.isnan(pair.native[0])


def test_derivatives_of_third_order_in_a_shape() -> None:
    def third(a: float) -> float:
        return float(ad.grad(ad.grad(ad.grad(lambda s: sp.gammainc(s, 2.0))))(a))

    def second(a: float) -> float:
        return float(ad.grad(ad.grad(lambda s: sp.gammainc(s, 2.0)))(a))

    assert third(3.0) == pytest.approx((second(3.0 + 1e-5) - second(3.0 - 1e-5)) / 2e-5, rel=1e-8)


@pytest.mark.parametrize("at", [(-0.5, 2.0), (2.0, -0.5), (math.nan, 1.0)])
def test_beta_of_what_is_not_positive_is_nan(at: tuple[float, float]) -> None:
    assert math.isnan(ad.special.beta(*at))


@pytest.mark.parametrize(
    ("x", "y"), [(0.0, 0.0), (0.0, 2.0), (-1.0, 2.0), (1.0, 0.0), (1.0, -2.0), (math.nan, 1.0)]
)
def test_entropies_at_the_ends(x: float, y: float) -> None:
    for name, args in (("entr", (x,)), ("rel_entr", (x, y)), ("kl_div", (x, y))):
        # + 0.0: not the sign of a zero
        got, want = getattr(ad.special, name)(*args), getattr(sp, name)(*args)
        np.testing.assert_equal(float(got) + 0.0, float(want) + 0.0, err_msg=name)


def test_lambertw_refuses_branches_without_real_values() -> None:
    with pytest.raises(ValueError, match=r"lambertw: k must be 0 or -1, .* got 1"):
        ad.special.lambertw(0.5, 1)


def test_symbols_name_a_formula_and_its_integers() -> None:
    assert shapes.is_symbol("betainc_shape_1_0")
    assert not shapes.is_symbol("betainc_shape_1")
    assert not shapes.is_symbol("nothing_1")
    with pytest.raises(ValueError, match=r"symbol must name a formula .* got 'nothing_1'"):
        shapes.library("nothing_1")
    assert shapes.arguments("betainc_shape_1_0") == 3


@pytest.mark.parametrize(
    "x", [1e-300, 1e-100, 9e-10, 1.1e-9, 1e-4, 5.0, 490.0, 510.0, 1e7, 4e14, 1e100]
)
@pytest.mark.parametrize("v", [0.0, 1e-6, 0.3, 0.5, 0.98, 1.0, 3.7, 150.0])
def test_logarithms_of_bessel_functions_at_any_argument(v: float, x: float) -> None:
    step = mp.mpf(10) ** -20
    rows = (
        (ad.special.log_ive, lambda v, x: mp.log(mp.besseli(v, x)) - x),
        (ad.special.log_kve, lambda v, x: mp.log(mp.besselk(v, x)) + x),
    )
    exact: Any
    for function, exact in rows:
        with mp.workdps(60 if x < 1e6 else 170):
            order, at = mp.mpf(v), mp.mpf(x)
            want = float(exact(order, at))
            ends = [exact(order, at * (1 + s * step)) for s in (1, -1)]
            by_x = float((ends[0] - ends[1]) / (2 * step * at))
            ends = [exact(order + s * step, at) for s in (1, -1)]
            by_v = float((ends[0] - ends[1]) / (2 * step)) if v > 0.0 else None

        def density(p: np.ndarray, function: Any = function) -> Any:
            return function(p[0], p[1])

        start = np.array([v, x])
        value, gradient = ad.density(density, 2).logdensity_and_gradient(start)
        assert value == pytest.approx(want, rel=5e-14, abs=5e-14)
        assert gradient[1] == pytest.approx(by_x, rel=1e-10, abs=2e-13 if 1e-9 < x < 500 else 0.0)
        if by_v is not None:
            assert gradient[0] == pytest.approx(by_v, rel=1e-9)


def test_ends_of_the_logarithms_of_bessel_functions() -> None:
    with np.errstate(all="ignore"):
        assert ad.special.log_iv(0.0, 0.0) == 0.0
        assert ad.special.log_iv(1.0, 0.0) == -math.inf
        assert ad.special.log_kv([0.0, 2.0], 0.0).tolist() == [math.inf, math.inf]
        for bad in (ad.special.log_iv(-1.0, 2.0), ad.special.log_iv(1.0, -2.0)):
            assert math.isnan(bad)
        assert np.isnan(ad.special.log_kv([0.3, 1.0, math.nan], [-1.0, -1.0, 1.0])).all()


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("gammainc", (2.64, 1e-172)),
        ("gammainc", (600.0, 2.0)),
        ("betainc", (2.0, 3.0, 1e-200)),
        ("betainc", (500.0, 300.0, 0.12)),
        ("betainc", (3.0, 300.0, 0.9)),
    ],
)
def test_slopes_where_the_density_times_the_argument_underflows(
    name: str, args: tuple[float, ...]
) -> None:
    want = float(REFERENCES[f"{name}_slope"](*map(mp.mpf, args)))
    for function in (TABLE[f"{name}_slope"], ad.compile(TABLE[f"{name}_slope"])):
        assert function(*args) == pytest.approx(want, rel=1e-12, abs=0.0)


@pytest.mark.parametrize("df", [0.3, 30.0, 63.9, 64.1, 1e5, 1e12, 1e300])
def test_slope_of_the_distribution_function_of_student(df: float) -> None:
    for t in (-3.0, 0.2, 2.0):
        with mp.workdps(40 if df < 1e20 else 640):
            n = mp.mpf(df)
            gap = mp.loggamma((n + 1) / 2) - mp.loggamma(n / 2)
            log = gap - mp.log(n * mp.pi) / 2 - (n + 1) / 2 * mp.log1p(mp.mpf(t) ** 2 / n)
            want = float(mp.exp(log))
        assert ad.grad(lambda t: sp.stdtr(df, t))(t) == pytest.approx(want, rel=1e-13)

"""Where quantiles, derivatives that are rows of their own, and functions of rows are accurate.

As tests/ad/special_regions.py, for inverses, derivatives and sums of those.
"""

import numpy as np

from tests.ad.elementary_regions import above, below, either, two
from tests.ad.measuring import Array, Draw, Region, Rng, box
from tests.ad.special_regions import beta_points, gamma_points


def _probabilities(rng: Rng, lowest: Array, high: float) -> Array:
    """A third each: anywhere, far below (powers of ten down to `lowest`), and far above."""
    count = len(lowest)
    low = 10.0 ** -(lowest * rng.random(count))
    tails = np.where(rng.random(count) < 0.5, low, 1.0 - 10.0 ** rng.uniform(high, -1, count))
    return np.where(rng.random(count) < 1 / 3, rng.uniform(0.001, 0.999, count), tails)


def _gamma_quantiles(rng: Rng, count: int) -> tuple[Array, ...]:
    a = 10.0 ** rng.uniform(-2, 3, count)
    return a, _probabilities(rng, np.minimum(60.0, 60.0 * a), -12)


def _beta_quantiles(most: float, decades: float) -> Draw:
    """Shapes up to a power of ten, probabilities down to one: where 1 - x keeps its digits."""

    def draw(rng: Rng, count: int) -> tuple[Array, ...]:
        a, b = (10.0 ** rng.uniform(-0.3, most, count) for _ in range(2))
        return a, b, _probabilities(rng, np.full(count, decades), -3)

    return draw


def _beta_upper_quantiles(rng: Rng, count: int) -> tuple[Array, ...]:
    a, b = 10.0 ** rng.uniform(-0.3, 2, count), 10.0 ** rng.uniform(0, 2, count)
    return a, b, _probabilities(rng, np.full(count, 3.0), -8)


def _student_quantiles(rng: Rng, count: int) -> tuple[Array, ...]:
    df = 10.0 ** rng.uniform(-0.3, 1.7, count)
    return df, _probabilities(rng, np.minimum(50.0, 50.0 * df), -8)


def _student(low: float, high: float) -> Draw:
    def draw(rng: Rng, count: int) -> tuple[Array, ...]:
        size = 10.0 ** rng.uniform(-3, 1.5, count)
        sign = np.where(rng.random(count) < 0.5, -1.0, 1.0)
        return 10.0 ** rng.uniform(low, high, count), sign * size

    return draw


def _unit(rng: Rng, count: int) -> tuple[Array, ...]:
    low, high = 10.0 ** rng.uniform(-300, -0.3, count), 1.0 - 10.0 ** rng.uniform(-15, -0.3, count)
    return (np.where(rng.random(count) < 0.5, low, high),)


def _close(rng: Rng, count: int) -> tuple[Array, ...]:
    """Two positive numbers that differ by 1e-12 to 1 of themselves."""
    y = 10.0 ** rng.uniform(-5, 5, count)
    sign = np.where(rng.random(count) < 0.5, -1.0, 1.0)
    return y * (1.0 + sign * 10.0 ** rng.uniform(-12, -0.1, count)), y


ORDER = (1e-12, 1e-9, 1e-9)  # of rows that are derivatives in an order themselves
SECOND_ORDER = (1e-9, 1e-9, 1e-9)
SMALL_K = box(("log", 0.01, 100.0), ("log", 1e-3, 500.0))
SMALL_I = box(("log", 0.01, 100.0), ("log", 1e-3, 300.0))
SMALL_J = box(("log", 0.01, 60.0), ("log", 0.01, 300.0))


def _pairs(low: float, high: float) -> Draw:
    return box(("log", low, high), ("log", low, high))


def _helper(
    name: str,
    params: dict[str, int],
    domain: str,
    draw: Draw,
    limits: tuple[float, float, float] = (1e-12, 1e-12, 1e-9),
) -> Region:
    called = ", ".join(f"{key}={value}" for key, value in params.items())
    note = f"{name}, {called}" if called else ""
    return Region(name, domain, draw, limits, tuple(params.items()), note)


QUANTILE_REGIONS: tuple[Region, ...] = (
    Region(
        "gammaincinv", "1e-2 < a < 1e3, 1e-60 < p < 1 - 1e-12, p^(1/a) > 1e-60", _gamma_quantiles
    ),
    Region(
        "gammainccinv", "1e-2 < a < 1e3, 1e-60 < p < 1 - 1e-12, p^(1/a) > 1e-60", _gamma_quantiles
    ),
    Region("betaincinv", "0.5 < a, b < 100, 1e-10 < p < 1 - 1e-3", _beta_quantiles(2, 10.0)),
    Region(
        "betaincinv",
        "0.5 < a, b < 1e3, 1e-60 < p < 1 - 1e-3",
        _beta_quantiles(3, 60.0),
        (1e-12, 1e-9, 1e-9),
        note="betaincinv, far tail",
    ),
    Region("betainccinv", "0.5 < a < 100, 1 < b < 100, 1e-3 < p < 1 - 1e-8", _beta_upper_quantiles),
    Region("stdtr", "0.1 < df < 100, 1e-3 < |t| < 30", _student(-1, 2)),
    Region(
        "stdtr",
        "100 < df < 1e4, 1e-3 < |t| < 30",
        _student(2, 4),
        (1e-12, 1e-8, 1e-8),
        note="stdtr, many degrees of freedom",
    ),
    Region("stdtrit", "0.5 < df < 50, 1e-50 < p < 1 - 1e-8, |t| < 1e50", _student_quantiles),
)
HELPER_REGIONS: tuple[Region, ...] = (
    Region("hypot_share", "1e-5 < |x|, |y| < 1e5", two(-5, 5)),
    Region("inverse_mills", "-1e70 < x < -1e-12", below(-12, 70), note="inverse_mills, x < 0"),
    Region("inverse_mills", "1e-12 < x < 35", above(-12, 1.54), note="inverse_mills, x > 0"),
    *(
        _helper("positive_normal_moment", {"order": order}, "1e-12 < |x| < 30", either(-12, 1.48))
        for order in (1, 2)
    ),
    _helper("sinc_order", {"order": 1}, "1e-10 < |x| < 1e4", either(-10, 4)),
    Region("gammainc_slope", "1e-2 < a < 1e4, 0.03 a < x < 6 a", gamma_points),
    *(
        _helper(
            "gammainc_shape", {"order": order}, "1e-2 < a < 1e4, 0.03 a < x < 6 a", gamma_points
        )
        for order in (1, 2)
    ),
    Region("betainc_slope", "0.03 < a, b < 3000, 0 < x < 1", beta_points),
    *(
        _helper("betainc_shape", {"i": i, "j": j}, "0.03 < a, b < 3000, 0 < x < 1", beta_points)
        for i, j in ((1, 0), (1, 1))
    ),
    _helper(
        "zeta_order",
        {"order": 1},
        "1.05 < s < 40, 0.05 < q < 1e3",
        box(("log", 1.05, 40.0), ("log", 0.05, 1e3)),
    ),
    _helper("kve_moment", {"n": 1, "m": 1}, "0.01 < v < 100, 1e-3 < x < 500", SMALL_K, ORDER),
    _helper("kve_mean", {"n": 1, "m": 1}, "0.01 < v < 100, 1e-3 < x < 500", SMALL_K, ORDER),
    _helper(  # second derivatives in x lose digits as x^2 / v
        "ive_order",
        {"order": 1},
        "0.01 < v < 100, 1e-3 < x < 300",
        SMALL_I,
        (1e-9, 1e-9, 1e-7),
    ),
    _helper(
        "ive_ratio",
        {"order": 1},
        "0.01 < v < 100, 1e-3 < x < 300",
        SMALL_I,
        (1e-9, 1e-9, 1e-5),
    ),
    _helper("jv_order", {"order": 1}, "0.01 < v < 60, 0.01 < x < 300", SMALL_J, SECOND_ORDER),
    _helper("yv_order", {"order": 1}, "0.01 < v < 60, 0.01 < x < 300", SMALL_J, SECOND_ORDER),
    _helper(
        "hyp1f1_shape",
        {"i": 1, "j": 0},
        "0.1 < a, b < 20, |z| < 50",
        box(("log", 0.1, 20.0), ("log", 0.1, 20.0), ("uniform", -50, 50)),
        SECOND_ORDER,
    ),
    _helper(
        "hyp2f1_shape",
        {"i": 1, "j": 0, "m": 0},
        "0.1 < a, b, c < 10, -5 < z < 0.85",
        box(*[("log", 0.1, 10.0)] * 3, ("uniform", -5, 0.85)),
        SECOND_ORDER,
    ),
    *(
        _helper("polygamma_gap", {"order": order}, "1e-10 < x, step < 1e10", _pairs(1e-10, 1e10))
        for order in (0, 2)
    ),
    Region("betaln", "1e-30 < a, b < 1e14", _pairs(1e-30, 1e14)),
    Region("kl_div", "1e-10 < x, y < 1e10", _pairs(1e-10, 1e10)),
    Region("kl_div", "|x / y - 1| > 1e-12", _close, note="kl_div of close arguments"),
)
# Functions of `ad.special` that are not rows.
COMPOSITE_REGIONS: tuple[Region, ...] = (
    Region("beta", "0.05 < a, b < 100", _pairs(0.05, 100.0)),
    Region("entr", "1e-100 < x < 1e10", above(-100, 10)),
    Region("rel_entr", "1e-10 < x, y < 1e10", _pairs(1e-10, 1e10)),
    Region("rel_entr", "|x / y - 1| > 1e-12", _close, note="rel_entr of close arguments"),
    Region("logit", "1e-300 < p < 1 - 1e-15", _unit),
    Region("xlogy", "1e-10 < x, y < 1e10", _pairs(1e-10, 1e10)),
    Region("xlog1py", "1e-10 < x, y < 1e10", _pairs(1e-10, 1e10)),
    Region("logaddexp", "|x|, |y| < 300", box(*[("uniform", -300.0, 300.0)] * 2)),
    Region("log_kv", "0.01 < v < 100, 1e-3 < x < 500", SMALL_K),
    Region("log_iv", "0.01 < v < 100, 1e-3 < x < 300", SMALL_I, (1e-12, 1e-11, 1e-8)),
)
HELPERS = QUANTILE_REGIONS + HELPER_REGIONS + COMPOSITE_REGIONS

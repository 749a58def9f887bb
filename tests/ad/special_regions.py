"""Where special functions are promised to be accurate.

Shared by tests/ad/test_special.py (a few points) and docs/make_accuracy.py (many).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tests.ad.measuring import Array, Region, Rng, box


def gamma_points(rng: Rng, count: int) -> tuple[Array, ...]:
    a = 10.0 ** rng.uniform(-2, 4, count)
    near = a + 6.0 * np.sqrt(a) * rng.uniform(-1, 1, count)
    far = a * 10.0 ** rng.uniform(-1.5, 0.8, count)
    return a, np.where((rng.random(count) < 0.5) & (near > 0.0), near, far)


def beta_points(rng: Rng, count: int) -> tuple[Array, ...]:
    a, b = 10.0 ** rng.uniform(-1.5, 3.5, count), 10.0 ** rng.uniform(-1.5, 3.5, count)
    mean = a / (a + b)
    spread = np.sqrt(mean * (1.0 - mean) / (a + b + 1.0))
    near = mean + 4.0 * spread * rng.uniform(-1, 1, count)
    inside = (near > 1e-6) & (near < 1.0 - 1e-6)
    return a, b, np.where(inside, near, rng.uniform(0.001, 0.999, count))


def _small_gamma_points(rng: Rng, count: int) -> tuple[Array, ...]:
    a = 10.0 ** rng.uniform(-8, 6, count)
    near = np.maximum(a + 8.0 * np.sqrt(a) * rng.uniform(-1, 1, count), 1e-10)
    far = 10.0 ** rng.uniform(-200, 3, count)
    return a, np.where((rng.random(count) < 0.5) & (a > 1.0), near, far)


def _small_beta_points(rng: Rng, count: int) -> tuple[Array, ...]:
    a, b = 10.0 ** rng.uniform(-6, 5, count), 10.0 ** rng.uniform(-6, 5, count)
    # Not where the value is less than 1e-200.
    low = 10.0 ** (-np.minimum(200.0, 200.0 / a) * rng.random(count))
    high = 1.0 - 10.0 ** rng.uniform(-15, 0, count)
    return a, b, np.where(rng.random(count) < 0.5, low, np.maximum(high, 1e-15))


K_BOX = box(("log", 0.01, 100.0), ("log", 1e-3, 500.0))
I_BOX = box(("log", 0.01, 100.0), ("log", 1e-3, 300.0))
REGIONS: tuple[Region, ...] = (
    Region("gammainc", "1e-2 < a < 1e4, 0.03 a < x < 6 a", gamma_points),
    Region("gammaincc", "1e-2 < a < 1e4, 0.03 a < x < 6 a", gamma_points),
    Region(
        "gammainc",
        "1e-8 < a < 1e6, 1e-200 < x < 1e3",
        _small_gamma_points,
        note="gammainc, any shape",
    ),
    Region(
        "betainc",
        "1e-6 < a, b < 1e5, 1e-200 < x < 1 - 1e-15",
        _small_beta_points,
        note="betainc, any shape",
    ),
    Region("betainc", "0.03 < a, b < 3000, 0 < x < 1", beta_points),
    Region("betaincc", "0.03 < a, b < 3000, 0 < x < 1", beta_points),
    Region("erfinv", "|y| < 1 - 1e-9", box(("uniform", -1 + 1e-9, 1 - 1e-9))),
    Region("erfcinv", "1e-300 < y < 1.9", box(("log", 1e-300, 1.9))),
    Region("ndtri", "1e-300 < p < 0.999", box(("log", 1e-300, 0.999))),
    Region("ndtri_exp", "-1e4 < y < -0.01", lambda r, n: (-(10.0 ** r.uniform(-2, 4, n)),)),
    Region("owens_t", "|h| < 8, |a| < 8", box(("uniform", -8, 8), ("uniform", -8, 8))),
    Region("expi", "0.6 < x < 300", box(("log", 0.6, 300.0))),
    Region("exp1", "1e-6 < x < 600", box(("log", 1e-6, 600.0))),
    Region("spence", "1e-3 < z < 100", box(("log", 1e-3, 100.0))),
    Region(
        "zeta_order",
        "1.05 < s < 40, 0.05 < q < 1e3",
        box(("log", 1.05, 40.0), ("log", 0.05, 1e3)),
        params=(("order", 0),),
        note="zeta",
    ),
    Region(
        "lambertw_branch",
        "-0.367 < x < 1e10",
        lambda r, n: (
            np.where(r.random(n) < 0.5, r.uniform(-0.367, 0, n), 10 ** r.uniform(-6, 10, n)),
        ),
        params=(("lower", 0),),
        note="lambertw, upper branch",
    ),
    Region(
        "lambertw_branch",
        "-0.367 < x < -1e-100",
        lambda r, n: (-(10.0 ** r.uniform(-100, np.log10(0.367), n)),),
        params=(("lower", 1),),
        note="lambertw, lower branch",
    ),
    Region("kv", "0.01 < v < 100, 1e-3 < x < 500", K_BOX),
    Region("kve", "0.01 < v < 100, 1e-3 < x < 500", K_BOX),
    Region(
        "log_kve", "0.01 < v < 1e3, 1e-4 < x < 1e4", box(("log", 0.01, 1e3), ("log", 1e-4, 1e4))
    ),
    Region("iv", "0.01 < v < 100, 1e-3 < x < 300", I_BOX),
    Region("ive", "0.01 < v < 100, 1e-3 < x < 300", I_BOX),
    Region(
        "log_ive",
        "0.01 < v < 1e3, 1e-10 < x < 300",
        box(("log", 0.01, 1e3), ("log", 1e-10, 300.0)),
        (1e-12, 1e-11, 1e-8),
    ),
    *(
        Region(
            name,
            "0.01 < v < 60, 0.01 < x < 300",
            box(("log", 0.01, 60.0), ("log", 0.01, 300.0)),
            (1e-12, 1e-9, 1e-9),
        )
        for name in ("jv", "yv")
    ),
    *(
        Region(name, "0.01 < x < 300", box(("log", 0.01, 300.0)))
        for name in ("k0", "k1", "k0e", "k1e", "i0", "i1", "i0e", "i1e", "j0", "j1", "y0", "y1")
    ),
    Region(
        "hyp1f1",
        "0.1 < a, b < 20, |z| < 50",
        box(("log", 0.1, 20.0), ("log", 0.1, 20.0), ("uniform", -50, 50)),
        (1e-12, 1e-9, 1e-9),
    ),
    Region(
        "hyp2f1",
        "0.1 < a, b, c < 10, -5 < z < 0.85",
        box(*[("log", 0.1, 10.0)] * 3, ("uniform", -5, 0.85)),
        (1e-12, 1e-9, 1e-9),
    ),
)


def _with(name: str, *first: float, part: int | None = None) -> Callable[..., Any]:
    """SciPy's function with its first arguments given, or a part of its result."""

    def function(*args: Any) -> Any:
        value = getattr(sp, name)(*first, *args)
        return value if part is None else value[part]

    function.__name__ = name
    return function


# SciPy's functions, each called at a point.
SCIPY_CALLS: list[tuple[Callable[..., Any], tuple[float, ...]]] = [
    (sp.gammainc, (2.0, 1.5)),
    (sp.gammaincc, (2.0, 1.5)),
    (sp.gammaincinv, (2.0, 0.3)),
    (sp.gammainccinv, (2.0, 0.3)),
    (sp.betainc, (2.0, 3.0, 0.3)),
    (sp.betaincc, (2.0, 3.0, 0.3)),
    (sp.betaincinv, (2.0, 3.0, 0.3)),
    (sp.betainccinv, (2.0, 3.0, 0.3)),
    (sp.beta, (2.0, 3.0)),
    (sp.betaln, (2.0, 3.0)),
    (sp.entr, (0.3,)),
    (sp.rel_entr, (0.3, 0.4)),
    (sp.kl_div, (0.3, 0.4)),
    (sp.erfinv, (0.3,)),
    (sp.erfcinv, (0.3,)),
    (sp.ndtri, (0.3,)),
    (sp.ndtri_exp, (-3.0,)),
    (sp.owens_t, (0.5, 0.7)),
    (sp.stdtr, (3.0, 0.4)),
    (sp.stdtrit, (3.0, 0.4)),
    (sp.expi, (1.5,)),
    (sp.exp1, (1.5,)),
    (sp.spence, (1.5,)),
    (sp.spence, (1.0,)),
    (sp.zeta, (2.5, 1.2)),
    (sp.zeta, (2.5,)),
    (sp.lambertw, (0.5,)),
    (sp.kv, (1.5, 2.0)),
    (sp.kve, (1.5, 2.0)),
    (sp.iv, (1.5, 2.0)),
    (sp.ive, (1.5, 2.0)),
    *((getattr(sp, name), (2.0,)) for name in ("k0", "k1", "k0e", "k1e", "i0", "i1", "i0e", "i1e")),
    *((getattr(sp, name), (2.0,)) for name in ("j0", "j1", "y0", "y1")),
    (sp.jv, (1.5, 2.0)),
    (sp.yv, (1.5, 2.0)),
    (sp.hyp1f1, (1.5, 2.5, -0.7)),
    (sp.gamma, (1.5,)),
    (sp.rgamma, (1.5,)),
    (sp.loggamma, (1.5,)),
    (sp.erfi, (0.5,)),
    (_with("expn", 3), (1.5,)),
    (_with("expn", 0), (1.5,)),
    (_with("sici", part=0), (1.5,)),
    (_with("sici", part=1), (8.5,)),
    (sp.poch, (1.5, 2.2)),
    (sp.binom, (5.5, 2.2)),
    (_with("kn", 2), (1.5,)),
    (_with("yn", 2), (1.5,)),
    (sp.chdtr, (3.0, 2.0)),
    (sp.chdtrc, (3.0, 2.0)),
    (sp.gdtr, (1.2, 3.0, 2.0)),
    (sp.gdtrc, (1.2, 3.0, 2.0)),
    (sp.fdtr, (3.0, 4.0, 1.3)),
    (sp.fdtrc, (3.0, 4.0, 1.3)),
    *((_with(name, 3.0), (2.0,)) for name in ("pdtr", "pdtrc")),
    *((_with(name, 3, 9), (0.3,)) for name in ("bdtr", "bdtrc", "nbdtr", "nbdtrc")),
    (sp.hyp2f1, (1.5, 2.5, 3.5, 0.3)),
]

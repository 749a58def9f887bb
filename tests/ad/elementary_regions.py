"""Where the elementary functions and their relatives are promised to be accurate: all they have.

As tests/ad/special_regions.py, for functions whose references are quick.
"""

from collections.abc import Callable

import numpy as np

from tests.ad.measuring import Array, Region, Rng, box


def above(low: float, high: float) -> Callable[[Rng, int], tuple[Array, ...]]:
    """Powers of ten between these."""
    return lambda rng, count: (10.0 ** rng.uniform(low, high, count),)


def below(low: float, high: float) -> Callable[[Rng, int], tuple[Array, ...]]:
    """The same, negative."""
    return lambda rng, count: (-(10.0 ** rng.uniform(low, high, count)),)


def either(low: float, high: float) -> Callable[[Rng, int], tuple[Array, ...]]:
    """The same, of either sign."""

    def draw(rng: Rng, count: int) -> tuple[Array, ...]:
        sizes = 10.0 ** rng.uniform(low, high, count)
        return (np.where(rng.random(count) < 0.5, sizes, -sizes),)

    return draw


def two(low: float, high: float) -> Callable[[Rng, int], tuple[Array, ...]]:
    """Two of these."""
    one = either(low, high)
    return lambda rng, count: (*one(rng, count), *one(rng, count))


def _above_one(rng: Rng, count: int) -> tuple[Array, ...]:
    return (1.0 + 10.0 ** rng.uniform(-8, 100, count),)


UNIT = -1e-9  # the power of ten just below 1
ELEMENTARY: tuple[Region, ...] = (
    *(
        Region(name, "1e-12 < |x| < 600", either(-12, 2.78))
        for name in ("exp", "expm1", "sinh", "cosh", "expit_slope")
    ),
    Region("tanh", "1e-12 < |x| < 300", either(-12, 2.48)),
    Region("log", "1e-300 < x < 1e300", above(-300, 300)),
    Region("log1p", "1e-20 < x < 1e300", above(-20, 300)),
    Region("log1p", "-1 < x < -1e-20", below(-20, UNIT), note="log1p, x < 0"),
    Region("sin", "1e-12 < |x| < 1e5", either(-12, 5)),
    Region("cos", "1e-12 < |x| < 1e5", either(-12, 5)),
    Region("tan", "1e-12 < |x| < 1e3", either(-12, 3)),
    Region("arcsin", "1e-12 < |x| < 1", either(-12, UNIT)),
    Region("arccos", "1e-12 < |x| < 1", either(-12, UNIT)),
    Region("arctanh", "1e-12 < |x| < 1", either(-12, UNIT)),
    Region("arctan", "1e-12 < |x| < 1e20", either(-12, 20)),
    Region("arcsinh", "1e-12 < |x| < 1e100", either(-12, 100)),
    Region("arccosh", "1 + 1e-8 < x < 1e100", _above_one),
    Region("sqrt", "1e-100 < x < 1e100", above(-100, 100)),
    Region("cbrt", "1e-100 < x < 1e100", above(-100, 100)),
    Region("square", "1e-100 < |x| < 1e100", either(-100, 100)),
    *(
        Region(name, "1e-50 < |x|, |y| < 1e50", two(-50, 50))
        for name in ("add", "subtract", "multiply", "divide")
    ),
    Region("hypot", "1e-5 < |x|, |y| < 1e5", two(-5, 5)),
    Region("arctan2", "1e-30 < |y|, |x| < 1e30", two(-30, 30)),
    Region("fmod", "0 < x < 1e3, 0.1 < y < 10", box(("uniform", 0, 1e3), ("uniform", 0.1, 10))),
    *(
        Region(name, "1e-50 < |x|, |y| < 1e50", two(-50, 50))
        for name in ("maximum", "minimum", "nextafter")
    ),
    *(Region(name, "1e-50 < |x| < 1e50", either(-50, 50)) for name in ("negative", "absolute")),
    Region("power", "1e-5 < x < 1e5, |y| < 20", box(("log", 1e-5, 1e5), ("uniform", -20, 20))),
    *(
        Region(name, "1e-12 < |x| < 40", either(-12, 1.6))
        for name in ("expit", "log_expit", "log1p_exp")
    ),
    Region("log1m_exp", "-500 < x < -1e-12", below(-12, 2.7)),
    Region("gammaln", "1e-12 < x < 1e100", above(-12, 100)),
    Region("gammaln", "-30 < x < 0", box(("uniform", -30, 0)), note="gammaln, x < 0"),
    Region("digamma", "1e-12 < x < 1e100", above(-12, 100)),
    Region("digamma", "-30 < x < 0", box(("uniform", -30, 0)), note="digamma, x < 0"),
    Region(
        "polygamma", "1e-12 < x < 1e50", above(-12, 50), params=(("order", 1),), note="trigamma"
    ),
    Region(
        "polygamma", "1e-6 < x < 1e6", above(-6, 6), params=(("order", 4),), note="polygamma(4, x)"
    ),
    Region("gamma", "1e-12 < x < 150", above(-12, 2.17)),
    Region("erf", "1e-12 < |x| < 20", either(-12, 1.3)),
    Region("erfc", "1e-12 < |x| < 25", either(-12, 1.4)),
    Region("erfi", "1e-12 < |x| < 20", either(-12, 1.3)),
    Region("erfcx", "1e-12 < x < 1e100", above(-12, 100)),
    Region("erfcx", "-25 < x < -1e-12", below(-12, 1.4), note="erfcx, x < 0"),
    Region("ndtr", "1e-12 < |x| < 30", either(-12, 1.48)),
    Region("log_ndtr", "1e-12 < x < 35", above(-12, 1.54)),
    Region("log_ndtr", "-1e70 < x < -1e-12", below(-12, 70), note="log_ndtr, x < 0"),
    Region("sine_integral", "1e-10 < |x| < 1e4", either(-10, 4), note="sici, first"),
    Region("cosine_integral", "1e-10 < x < 1e4", above(-10, 4), note="sici, second"),
    Region(
        "expn_order", "1e-6 < x < 500", above(-6, 2.7), params=(("order", 3),), note="expn(3, x)"
    ),
)

"""Laws on an interval."""

import math
from functools import lru_cache
from typing import Any

import mpmath as mp
import numpy as np
import scipy.stats as st
from scipy.special import expit, logit

import ppl

from .case import Case, Exact, Mapped
from .cases_real import normal


def beta(x: Any, concentration1: Any, concentration0: Any) -> Any:
    a, b = concentration1, concentration0
    constant = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    return constant + (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x)


def beta_terms(x: float, concentration1: float, concentration0: float) -> float:
    a, b = concentration1, concentration0
    ends = (abs((a - 1) * math.log(x)), abs((b - 1) * math.log1p(-x)))
    return max(*ends, math.lgamma(a + b), abs(math.lgamma(a)), abs(math.lgamma(b)))


def proportion(mean: float, concentration: float) -> dict[str, float]:
    return {
        "concentration1": mean * concentration,
        "concentration0": (1 - mean) * concentration,
    }


def kumaraswamy(x: Any, concentration1: Any, concentration0: Any) -> Any:
    a, b = concentration1, concentration0
    return mp.log(a * b) + (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-(x**a))


def kumaraswamy_law(concentration1: float, concentration0: float) -> Mapped:
    a, b = concentration1, concentration0
    return Mapped(  # the power of a value is a beta variable
        st.beta(1, b), lambda u: u ** (1 / a), lambda x: x**a, lambda x: kumaraswamy(x, a, b)
    )


def logit_normal(x: Any, loc: Any, scale: Any) -> Any:
    return normal(mp.log(x) - mp.log1p(-x), loc, scale) - mp.log(x) - mp.log1p(-x)


def logit_normal_law(loc: float, scale: float) -> Mapped:
    return Mapped(st.norm(loc, scale), expit, logit, lambda x: logit_normal(x, loc, scale))


def triangular(x: Any, low: Any, high: Any, peak: Any) -> Any:
    if x < peak:
        return mp.log(2 * (x - low) / ((high - low) * (peak - low)))
    return mp.log(2 * (high - x) / ((high - low) * (high - peak)))


def triangular_law(low: float, high: float, peak: float) -> Any:
    return st.triang((peak - low) / (high - low), low, high - low)


def truncated_normal(x: Any, loc: Any, scale: Any, low: Any, high: Any) -> Any:
    with mp.workdps(400):  # the difference of two tails far out
        a, b = ((end - loc) / (scale * mp.sqrt(2)) for end in (low, high))
        mass = (mp.erfc(a) - mp.erfc(b)) / 2
    return normal(x, loc, scale) - mp.log(mass)


def truncated_normal_law(loc: float, scale: float, low: float, high: float) -> Any:
    return st.truncnorm((low - loc) / scale, (high - loc) / scale, loc, scale)


def half_open_normal(loc: Any, scale: Any, low: Any) -> Any:
    return ppl.TruncatedNormal(loc, scale, low=low)


def continuous_bernoulli(x: Any, logits: Any) -> Any:
    # At 0 the derivative is that of a chord, of length 1e-40.
    slope = logits + (mp.mpf(10) ** -40 if logits == 0 else 0)
    with mp.workdps(160):
        return slope * x - mp.log(mp.expm1(slope) / slope)


def continuous_bernoulli_law(logits: float) -> Any:
    if logits == 0:
        return st.uniform(0, 1)
    if logits < 0:
        return st.truncexpon(b=-logits, scale=-1 / logits)
    return Mapped(
        st.uniform(0, 1),
        lambda q: 1 + np.log(q + (1 - q) * math.exp(-logits)) / logits,
        lambda x: np.exp(logits * (x - 1)) * np.expm1(-logits * x) / math.expm1(-logits),
        lambda x: continuous_bernoulli(x, logits),
    )


def truncated_cauchy(x: Any, loc: Any, scale: Any, low: Any, high: Any) -> Any:
    mass = mp.atan((high - loc) / scale) - mp.atan((low - loc) / scale)
    return -mp.log(scale * mass) - mp.log1p(((x - loc) / scale) ** 2)


@lru_cache
def truncated_cauchy_law(loc: float, scale: float, low: float, high: float) -> Exact:
    def mass(a: Any, b: Any) -> Any:
        return mp.atan((b - mp.mpf(loc)) / scale) - mp.atan((a - mp.mpf(loc)) / scale)

    def moment(power: int, centre: Any = 0) -> Any:
        def integrand(x: Any) -> Any:
            return (x - centre) ** power * mp.exp(truncated_cauchy(x, loc, scale, low, high))

        return mp.quad(integrand, sorted({low, max(low, min(high, loc)), high}))

    with mp.workdps(30):
        mean = moment(1)
        variance = float(moment(2, mean))
        whole = mass(low, high)
    return Exact(
        lambda x: mass(low, x) / whole,
        lambda x: mass(x, high) / whole,
        low,
        high,
        mean=float(mean),
        var=variance,
    )


CASES = (
    Case(
        ppl.Beta,
        beta,
        lambda concentration1, concentration0: st.beta(a=concentration1, b=concentration0),
        (
            {"concentration1": 2.5, "concentration0": 1.5},
            {"concentration1": 0.02, "concentration0": 0.03},
            {"concentration1": 1.0, "concentration0": 1.0},
            {"concentration1": 3e4, "concentration0": 5.0},
        ),
        wrong={"concentration1": (0.0, "positive"), "concentration0": (-1.0, "positive")},
        tails=(1e-300, 1e-9),
        edges=(0.0, 1.0),
        outside=(-1e-300, 1.0 + 2**-52, 4.0, -math.inf),
        largest=lambda x, concentration1, concentration0: max(
            abs((concentration1 - 1) * math.log(x)),
            abs((concentration0 - 1) * math.log1p(-x)),
            math.lgamma(concentration1 + concentration0),
        ),
    ),
    Case(
        ppl.Uniform,
        lambda x, low, high: -mp.log(high - low),  # noqa: ARG005 - flat
        lambda low, high: st.uniform(low, high - low),
        (
            {"low": -1.5, "high": 4.0},
            {"low": -1e200, "high": 1e200},
            {"low": -1e-300, "high": 1e-300},
        ),
        wrong={"high": (-2.0, "greater than -1.5"), "low": (math.nan, "finite")},
    ),
    Case(
        ppl.BetaProportion,
        lambda x, mean, concentration: beta(x, mean * concentration, (1 - mean) * concentration),
        lambda mean, concentration: st.beta(a=mean * concentration, b=(1 - mean) * concentration),
        (
            {"mean": 0.3, "concentration": 6.0},
            {"mean": 0.01, "concentration": 0.5},
            {"mean": 0.75, "concentration": 1e4},
        ),
        wrong={"mean": (1.0, "strictly between 0 and 1"), "concentration": (-1.0, "positive")},
        tails=(1e-300, 1e-9),
        edges=(0.0, 1.0),
        outside=(-1e-300, 1.0 + 2**-52, 4.0, -math.inf),
        largest=lambda x, mean, concentration: beta_terms(x, **proportion(mean, concentration)),
    ),
    Case(
        ppl.Kumaraswamy,
        kumaraswamy,
        kumaraswamy_law,
        (
            {"concentration1": 2.5, "concentration0": 1.5},
            {"concentration1": 0.5, "concentration0": 0.6},
            {"concentration1": 1.0, "concentration0": 1.0},
            {"concentration1": 300.0, "concentration0": 5.0},
        ),
        wrong={"concentration1": (0.0, "positive"), "concentration0": (-1.0, "positive")},
        tails=(1e-250, 1e-9, 1 - 1e-12),
        outside=(-1e-300, 1.0 + 2**-52, 4.0, -math.inf),
    ),
    Case(
        ppl.LogitNormal,
        logit_normal,
        logit_normal_law,
        ({"loc": 0.4, "scale": 0.8}, {"loc": -30.0, "scale": 9.0}, {"loc": 2.0, "scale": 1e-3}),
        wrong={"scale": (-1.0, "positive"), "loc": (math.inf, "finite")},
        tails=(1e-300, 1e-9),
        edges=(),
        outside=(0.0, 1.0, -1e-300, 1.0 + 2**-52, 4.0, -math.inf),
        moments=True,
    ),
    Case(
        ppl.Triangular,
        triangular,
        triangular_law,
        (
            {"low": -1.0, "high": 3.0, "peak": 0.5},
            {"low": 1e-201, "high": 1e-200, "peak": 2e-201},
            {"low": -1e6, "high": -1e3, "peak": -2e3},
        ),
        wrong={"high": (-2.0, "greater than -1"), "peak": (4.0, "in the interval [-1, 3]")},
        edges=(),
        outside=(-1.1e6, 3.1, -math.inf, math.inf),
        kinks=(0.5,),
    ),
    Case(
        ppl.Arcsine,
        lambda x, low, high: -mp.log(mp.pi) - mp.log((x - low) * (high - x)) / 2,
        lambda low, high: st.arcsine(low, high - low),
        ({"low": -1.0, "high": 3.0}, {"low": 0.0, "high": 1e3}, {"low": -1e6, "high": -1e3}),
        wrong={"high": (-2.0, "greater than -1"), "low": (math.nan, "finite")},
        outside=(-1.1e6, 1.2e3, -math.inf, math.inf),
    ),
    Case(
        ppl.TruncatedNormal,
        truncated_normal,
        truncated_normal_law,
        (
            {"loc": 0.5, "scale": 2.0, "low": -1.0, "high": 3.0},
            {"loc": 0.0, "scale": 1.0, "low": 8.0, "high": 9.0},
            {"loc": 1e3, "scale": 1e-2, "low": 0.0, "high": 2e3},
            {"loc": 0.0, "scale": 5.0, "low": -60.0, "high": -41.0},
        ),
        wrong={
            "scale": (0.0, "positive"),
            "low": (math.nan, "a number or infinite"),
            "high": (-1.5, "greater than -1"),
        },
        outside=(-61.0, 2.1e3, math.inf),
    ),
    Case(
        ppl.TruncatedCauchy,
        truncated_cauchy,
        truncated_cauchy_law,
        (
            {"loc": 0.5, "scale": 2.0, "low": -1.0, "high": 4.0},
            {"loc": 0.0, "scale": 1e-3, "low": 0.125, "high": 9.0},
            {"loc": 3.0, "scale": 1.0, "low": -400.0, "high": 1.0},
        ),
        wrong={
            "scale": (0.0, "positive"),
            "low": (math.nan, "a number or infinite"),
            "high": (-1.5, "greater than -1"),
        },
        outside=(-401.0, 9.5, math.inf),
        moments=True,
    ),
    Case(
        ppl.ContinuousBernoulli,
        continuous_bernoulli,
        continuous_bernoulli_law,
        ({"logits": 1.3}, {"logits": 0.0}, {"logits": -0.3}, {"logits": 0.39}, {"logits": -500.0}),
        wrong={"logits": (math.nan, "finite")},
        tails=(0.0, 1e-9, 1.0),
        outside=(-1e-300, 1.0 + 2**-52, 4.0, -math.inf),
    ),
)

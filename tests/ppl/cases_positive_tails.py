"""Laws on the positive numbers whose distribution function has a simple formula."""

import math
from typing import Any

import mpmath as mp
import numpy as np
import scipy.stats as st

import ppl

from .case import Case, Mapped
from .cases_real import cauchy, normal, student_t


def weibull(x: Any, scale: Any, concentration: Any) -> Any:
    c = concentration
    return mp.log(c / scale) + (c - 1) * mp.log(x / scale) - (x / scale) ** c


def pareto(x: Any, scale: Any, concentration: Any) -> Any:
    return mp.log(concentration / x) + concentration * mp.log(scale / x)


def maxwell(x: Any, scale: Any) -> Any:
    return mp.log(2 / mp.pi) / 2 + 2 * mp.log(x) - (x / scale) ** 2 / 2 - 3 * mp.log(scale)


def lomax(x: Any, scale: Any, concentration: Any) -> Any:
    return mp.log(concentration / scale) - (concentration + 1) * mp.log1p(x / scale)


def frechet(x: Any, concentration: Any, scale: Any) -> Any:
    c = concentration
    return mp.log(c / scale) - (c + 1) * mp.log(x / scale) - (x / scale) ** -c


def log_logistic(x: Any, scale: Any, concentration: Any) -> Any:
    c = concentration
    return mp.log(c / scale) + (c - 1) * mp.log(x / scale) - 2 * mp.log1p((x / scale) ** c)


def half_student_t(x: Any, df: Any, scale: Any) -> Any:
    return student_t(x, df, 0, scale) + mp.log(2)


def half_t(df: float, scale: float) -> Mapped:
    return Mapped(  # the square of a t variable is an F variable
        st.f(1, df),
        lambda f: scale * np.sqrt(f),
        lambda x: (x / scale) ** 2,
        lambda x: half_student_t(x, df, scale),
    )


def generalized_pareto(x: Any, loc: Any, scale: Any, concentration: Any) -> Any:
    z, xi = (x - loc) / scale, concentration
    # At 0 the derivative in xi is that of a chord, of length 1e-40.
    xi = xi + (mp.mpf(10) ** -40 if xi == 0 else 0)
    with mp.workdps(160):
        return -(1 + 1 / xi) * mp.log1p(xi * z) - mp.log(scale)


def gompertz(x: Any, concentration: Any, rate: Any) -> Any:
    grown = rate * x
    return mp.log(concentration * rate) + grown - concentration * mp.expm1(grown)


def levy(x: Any, loc: Any, scale: Any) -> Any:
    d = x - loc
    return mp.log(scale / (2 * mp.pi)) / 2 - scale / (2 * d) - 3 * mp.log(d) / 2


def noncentral_chi_squared(x: Any, df: Any, noncentrality: Any) -> Any:
    bessel = mp.log(mp.besseli(df / 2 - 1, mp.sqrt(noncentrality * x)))
    ratio = (df / 4 - mp.mpf(1) / 2) * mp.log(x / noncentrality)
    return -mp.log(2) - (x + noncentrality) / 2 + ratio + bessel


def rice(x: Any, distance: Any, scale: Any) -> Any:
    bessel = mp.log(mp.besseli(0, x * distance / scale**2))
    return mp.log(x / scale**2) - (x**2 + distance**2) / (2 * scale**2) + bessel


CASES = (
    Case(
        ppl.Levy,
        levy,
        st.levy,
        ({"loc": 0.5, "scale": 2.0}, {"loc": -1e3, "scale": 1e-3}),
        wrong={"scale": (-1.0, "positive")},
        tails=(1e100,),
        outside=(-2e3, math.inf),
    ),
    Case(
        ppl.NoncentralChiSquared,
        noncentral_chi_squared,
        lambda df, noncentrality: st.ncx2(df, nc=noncentrality),
        (
            {"df": 3.5, "noncentrality": 2.0},
            {"df": 40.0, "noncentrality": 1e-3},
            {"df": 2.0, "noncentrality": 300.0},
            {"df": 0.7, "noncentrality": 5.0},
        ),
        wrong={"df": (-1.0, "positive"), "noncentrality": (0.0, "positive")},
        outside=(-1.0, math.inf),
        missing=("cdf slope",),
        moments=True,
        largest=lambda x, df, noncentrality: 1.0 + df * abs(math.log(x / noncentrality)) + x,
    ),
    Case(
        ppl.Rice,
        rice,
        lambda distance, scale: st.rice(distance / scale, 0.0, scale),
        ({"distance": 1.5, "scale": 2.0}, {"distance": 6.0, "scale": 0.5}),
        wrong={"distance": (-1.0, "positive"), "scale": (0.0, "positive")},
        outside=(-1.0, math.inf),
        missing=("cdf slope",),
        moments=True,
        largest=lambda x, distance, scale: 1.0 + x * distance / scale**2,
    ),
    Case(
        ppl.HalfNormal,
        lambda x, scale: normal(x, 0, scale) + mp.log(2),
        lambda scale: st.halfnorm(0, scale),
        ({"scale": 1.7}, {"scale": 1e-200}, {"scale": 1e100}),
        wrong={"scale": (-1.0, "positive")},
        tails=(1e4,),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.HalfCauchy,
        lambda x, scale: cauchy(x, 0, scale) + mp.log(2),
        lambda scale: st.halfcauchy(0, scale),
        ({"scale": 5.0}, {"scale": 1e-3}, {"scale": 1e100}),
        wrong={"scale": (-5.0, "positive")},
        tails=(1e5, 1e40, 2.7e200),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.Exponential,
        lambda x, rate: mp.log(rate) - rate * x,
        lambda rate: st.expon(0, 1 / rate),
        ({"rate": 0.4}, {"rate": 1e-12}, {"rate": 1e15}),
        wrong={"rate": (-1.0, "positive")},
        tails=(1e9,),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.Weibull,
        weibull,
        lambda scale, concentration: st.weibull_min(concentration, scale=scale),
        (
            {"scale": 2.0, "concentration": 1.7},
            {"scale": 1e-3, "concentration": 0.2},
            {"scale": 1e6, "concentration": 1.0},
            {"scale": 3.0, "concentration": 150.0},
        ),
        wrong={"scale": (0.0, "positive"), "concentration": (-0.5, "positive")},
        tails=(1e-290,),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.Pareto,
        pareto,
        lambda scale, concentration: st.lomax(concentration, scale, scale),
        (
            {"scale": 2.0, "concentration": 20.0},
            {"scale": 1e-3, "concentration": 0.2},
            {"scale": 1e6, "concentration": 1.0},
            {"scale": 3.0, "concentration": 150.0},
        ),
        wrong={"scale": (0.0, "positive"), "concentration": (-0.5, "positive")},
        tails=(1e200,),
        outside=(1e-4, -3.0, math.inf),
    ),
    Case(
        ppl.Lomax,
        lomax,
        lambda scale, concentration: st.lomax(concentration, scale=scale),
        (
            {"scale": 2.0, "concentration": 25.0},
            {"scale": 1e-3, "concentration": 0.2},
            {"scale": 1e6, "concentration": 1.0},
            {"scale": 3.0, "concentration": 150.0},
        ),
        wrong={"scale": (0.0, "positive"), "concentration": (-0.5, "positive")},
        tails=(1e-290, 1e200),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.Frechet,
        frechet,
        lambda concentration, scale: st.invweibull(concentration, scale=scale),
        (
            {"concentration": 15.0, "scale": 2.0},
            {"concentration": 0.2, "scale": 1e-3},
            {"concentration": 1.0, "scale": 1e6},
            {"concentration": 150.0, "scale": 3.0},
        ),
        wrong={"scale": (0.0, "positive"), "concentration": (-0.5, "positive")},
        tails=(1e200,),
        outside=(0.0, -1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.LogLogistic,
        log_logistic,
        lambda scale, concentration: st.fisk(concentration, scale=scale),
        (
            {"scale": 2.0, "concentration": 9.0},
            {"scale": 1e-3, "concentration": 0.2},
            {"scale": 1e6, "concentration": 1.0},
            {"scale": 3.0, "concentration": 150.0},
        ),
        wrong={"scale": (0.0, "positive"), "concentration": (-0.5, "positive")},
        tails=(1e-290, 1e200),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
        largest=lambda x, scale, concentration: abs(concentration * math.log(x / scale)),
    ),
    Case(
        ppl.Rayleigh,
        lambda x, scale: mp.log(x / scale**2) - (x / scale) ** 2 / 2,
        lambda scale: st.rayleigh(scale=scale),
        (
            {"scale": 1.7},
            {"scale": 1e-100},
            {"scale": 1e100},
        ),
        wrong={"scale": (-1.0, "positive")},
        tails=(1e-290, 1e4),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.HalfStudentT,
        half_student_t,
        half_t,
        (
            {"df": 9.3, "scale": 2.0},
            {"df": 4.5, "scale": 1e-3},
            {"df": 64.1, "scale": 1e5},
            {"df": 1e12, "scale": 1.0},
        ),
        wrong={"df": (0.0, "positive"), "scale": (-2.0, "positive")},
        tails=(1e3, 1e160),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.GeneralizedPareto,
        generalized_pareto,
        lambda loc, scale, concentration: st.genpareto(concentration, loc, scale),
        (
            {"loc": 0.5, "scale": 2.0, "concentration": -0.2},
            {"loc": -3.0, "scale": 1e-3, "concentration": 0.4},
            {"loc": -3.0, "scale": 1.0, "concentration": 1.5},
            {"loc": 0.0, "scale": 1.0, "concentration": 0.0},
            {"loc": 0.0, "scale": 1.0, "concentration": 1e-9},
        ),
        wrong={"scale": (0.0, "positive"), "concentration": (math.nan, "finite")},
        outside=(math.inf, -4.0),
    ),
    Case(
        ppl.Maxwell,
        maxwell,
        lambda scale: st.maxwell(scale=scale),
        (
            {"scale": 1.7},
            {"scale": 1e-80},
            {"scale": 1e80},
        ),
        wrong={"scale": (-1.0, "positive")},
        tails=(1e4,),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.LogUniform,
        lambda x, low, high: -mp.log(x) - mp.log(mp.log(high) - mp.log(low)),
        lambda low, high: st.loguniform(a=low, b=high),
        (
            {"low": 0.5, "high": 4.0},
            {"low": 1e-200, "high": 1e200},
            {"low": 3.0, "high": 3.3},
        ),
        wrong={"low": (0.0, "positive"), "high": (0.25, "greater than 0.5")},
        outside=(0.0, -1.0, math.inf),
    ),
    Case(
        ppl.Gompertz,
        gompertz,
        lambda concentration, rate: st.gompertz(concentration, scale=1 / rate),
        (
            {"concentration": 0.7, "rate": 2.0},
            {"concentration": 1e-6, "rate": 1e3},
            {"concentration": 50.0, "rate": 0.1},
        ),
        wrong={"concentration": (0.0, "positive"), "rate": (-0.5, "positive")},
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
        moments=True,
    ),
)

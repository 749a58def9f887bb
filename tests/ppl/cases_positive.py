"""Laws on the positive numbers."""

import math
from typing import Any

import mpmath as mp
import scipy.stats as st

import ppl

from .case import Case
from .cases_real import normal


def gamma(x: Any, concentration: Any, rate: Any) -> Any:
    a, b = concentration, rate
    return a * mp.log(b) - mp.loggamma(a) + (a - 1) * mp.log(x) - b * x


def inverse_gamma(x: Any, concentration: Any, rate: Any) -> Any:
    a, b = concentration, rate
    return a * mp.log(b) - mp.loggamma(a) - (a + 1) * mp.log(x) - b / x


def chi_terms(x: float, df: float) -> float:
    return max(1.0, abs(math.lgamma(df / 2)), abs((df - 1) * math.log(x)), x * x)


def inverse_gaussian(x: Any, mean: Any, concentration: Any) -> Any:
    c = concentration
    return mp.log(c / (2 * mp.pi * x**3)) / 2 - c * (x - mean) ** 2 / (2 * mean**2 * x)


def chi(x: Any, df: Any) -> Any:
    return (1 - df / 2) * mp.log(2) - mp.loggamma(df / 2) + (df - 1) * mp.log(x) - x**2 / 2


def log_beta(a: Any, b: Any) -> Any:
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def beta_prime(x: Any, concentration1: Any, concentration0: Any) -> Any:
    a, b = concentration1, concentration0
    return (a - 1) * mp.log(x) - (a + b) * mp.log1p(x) - log_beta(a, b)


def fisher_snedecor(x: Any, df1: Any, df2: Any) -> Any:
    r = df1 / df2
    return beta_prime(r * x, df1 / 2, df2 / 2) + mp.log(r)


def inverse_gamma_terms(x: float, concentration: float, rate: float) -> float:
    a = concentration
    return max(abs(a * math.log(rate)), abs(math.lgamma(a)), abs((a + 1) * math.log(x)))


def beta_terms(x: float, concentration1: float, concentration0: float) -> float:
    a, b = concentration1, concentration0
    sizes = (math.lgamma(a), math.lgamma(b), math.lgamma(a + b), (a - 1) * math.log(x))
    return max(*(abs(size) for size in sizes), (a + b) * math.log1p(x))


CASES = (
    Case(
        ppl.Gamma,
        gamma,
        lambda concentration, rate: st.gamma(concentration, scale=1 / rate),
        (
            {"concentration": 2.3, "rate": 0.6},
            {"concentration": 0.01, "rate": 1e-3},
            {"concentration": 1.0, "rate": 2.0},
            {"concentration": 150.0, "rate": 1e6},
            {"concentration": 1e9, "rate": 10.0},
        ),
        wrong={"concentration": (0.0, "positive"), "rate": (-0.5, "positive")},
        tails=(1e-290, 1e7),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
        largest=lambda x, concentration, rate: max(
            abs(concentration * math.log(rate)),
            abs(math.lgamma(concentration)),
            abs((concentration - 1) * math.log(x)),
        ),
    ),
    Case(
        ppl.LogNormal,
        lambda x, loc, scale: normal(mp.log(x), loc, scale) - mp.log(x),
        lambda loc, scale: st.lognorm(scale, scale=math.exp(loc)),
        (
            {"loc": 0.4, "scale": 0.3},
            {"loc": -30.0, "scale": 9.0},
            {"loc": 2.0, "scale": 1e-3},
        ),
        wrong={"scale": (-1.0, "positive"), "loc": (math.inf, "finite")},
        tails=(1e-300, 1e9),
        outside=(0.0, -1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.InverseGamma,
        inverse_gamma,
        lambda concentration, rate: st.invgamma(concentration, scale=rate),
        (
            {"concentration": 9.3, "rate": 2.6},
            {"concentration": 0.1, "rate": 1e-3},
            {"concentration": 150.0, "rate": 1e6},
            {"concentration": 2.0, "rate": 1.0},
        ),
        wrong={"concentration": (0.0, "positive"), "rate": (-0.5, "positive")},
        tails=(1e-6, 1e200),
        outside=(0.0, -1e-300, -3.0, math.inf),
        largest=inverse_gamma_terms,
    ),
    Case(
        ppl.ChiSquared,
        lambda x, df: gamma(x, df / 2, mp.mpf(1) / 2),
        st.chi2,
        (
            {"df": 6.5},
            {"df": 0.02},
            {"df": 2.0},
            {"df": 3e5},
        ),
        wrong={"df": (0.0, "positive")},
        tails=(1e-290, 1e7),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
        largest=lambda x, df: max(1.0, abs(math.lgamma(df / 2)), abs((df / 2 - 1) * math.log(x))),
    ),
    Case(
        ppl.InvChiSquared,
        lambda x, df: inverse_gamma(x, df / 2, mp.mpf(1) / 2),
        lambda df: st.invgamma(df / 2, scale=0.5),
        (
            {"df": 17.0},
            {"df": 0.2},
            {"df": 3e3},
        ),
        wrong={"df": (0.0, "positive")},
        tails=(1e-6, 1e200),
        outside=(0.0, -1e-300, -3.0, math.inf),
        largest=lambda x, df: inverse_gamma_terms(x, df / 2, 0.5),
    ),
    Case(
        ppl.ScaledInvChiSquared,
        lambda x, df, scale: inverse_gamma(x, df / 2, df * scale**2 / 2),
        lambda df, scale: st.invgamma(df / 2, scale=df * scale**2 / 2),
        (
            {"df": 17.0, "scale": 1.3},
            {"df": 0.2, "scale": 1e-6},
            {"df": 3e3, "scale": 1e4},
        ),
        wrong={"df": (0.0, "positive"), "scale": (-1.0, "positive")},
        tails=(1e200,),
        outside=(0.0, -1e-300, -3.0, math.inf),
        largest=lambda x, df, scale: inverse_gamma_terms(x, df / 2, df * scale**2 / 2),
    ),
    Case(
        ppl.InverseGaussian,
        inverse_gaussian,
        lambda mean, concentration: st.invgauss(mean / concentration, scale=concentration),
        (
            {"mean": 1.5, "concentration": 9.0},
            {"mean": 30.0, "concentration": 2.0},
            {"mean": 2.0, "concentration": 400.0},
        ),
        wrong={"mean": (0.0, "positive"), "concentration": (-0.5, "positive")},
        tails=(1e-6, 1e100),
        outside=(0.0, -1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.Chi,
        chi,
        st.chi,
        (
            {"df": 6.5},
            {"df": 0.02},
            {"df": 1.0},
            {"df": 3e5},
        ),
        wrong={"df": (0.0, "positive")},
        tails=(1e-290, 1e4),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
        largest=chi_terms,
    ),
    Case(
        ppl.BetaPrime,
        beta_prime,
        lambda concentration1, concentration0: st.betaprime(a=concentration1, b=concentration0),
        (
            {"concentration1": 2.5, "concentration0": 40.0},
            {"concentration1": 0.2, "concentration0": 0.3},
            {"concentration1": 1.0, "concentration0": 1.0},
            {"concentration1": 300.0, "concentration0": 5.0},
        ),
        wrong={"concentration1": (0.0, "positive"), "concentration0": (-1.0, "positive")},
        tails=(1e-290, 1e200),
        outside=(-1e-300, -3.0, math.inf),
        largest=beta_terms,
    ),
    Case(
        ppl.FisherSnedecor,
        fisher_snedecor,
        lambda df1, df2: st.f(dfn=df1, dfd=df2),
        (
            {"df1": 5.0, "df2": 90.0},
            {"df1": 0.2, "df2": 0.3},
            {"df1": 2.0, "df2": 2.0},
            {"df1": 300.0, "df2": 7.0},
        ),
        wrong={"df1": (0.0, "positive"), "df2": (-1.0, "positive")},
        tails=(1e-290, 1e200),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
        largest=lambda x, df1, df2: beta_terms(df1 / df2 * x, df1 / 2, df2 / 2),
    ),
)

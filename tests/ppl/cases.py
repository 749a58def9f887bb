"""One row a distribution: what it is compared with. Every test of a law is derived from its row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mpmath as mp
import scipy.stats as st

import ppl

if TYPE_CHECKING:
    from collections.abc import Callable

Parameters = dict[str, float]


@dataclass(frozen=True)
class Case:
    """A law, its textbook density in mpmath, and SciPy's law of the same parameters.

    Attributes
    ----------
    law : type
    logpdf : callable (x, **parameters)
        Log density on the support, in mpmath numbers.
    scipy : callable (**parameters)
        SciPy's frozen law.
    parameters : tuple of dict
        Ordinary values first (moments are taken with the first), then extreme ones.
    tails : tuple of float
        Points of the support far beyond any quantile.
    edges : tuple of float
        Ends of the support; there SciPy's value counts.
    outside : tuple of float
        Points outside the support.
    wrong : dict
        Parameters, each outside its constraint, with the message's words.
    largest : callable (x, **parameters), optional
        Size of the largest term of the formula, where terms cancel: the error is relative to it.
    """

    law: type[ppl.Distribution]
    logpdf: Callable[..., Any]
    scipy: Callable[..., Any]
    parameters: tuple[Parameters, ...]
    wrong: dict[str, tuple[float, str]]
    tails: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    outside: tuple[float, ...] = ()
    largest: Callable[..., float] = lambda _x, **_: 1.0

    @property
    def name(self) -> str:
        return self.law.__name__


def _normal(x: Any, loc: Any, scale: Any) -> Any:
    return -(((x - loc) / scale) ** 2) / 2 - mp.log(scale) - mp.log(2 * mp.pi) / 2


def _cauchy(x: Any, loc: Any, scale: Any) -> Any:
    return -mp.log(mp.pi * scale * (1 + ((x - loc) / scale) ** 2))


def _student_t(x: Any, df: Any, loc: Any, scale: Any) -> Any:
    constant = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2
    return constant - mp.log(scale) - (df + 1) / 2 * mp.log1p(((x - loc) / scale) ** 2 / df)


def _gamma(x: Any, concentration: Any, rate: Any) -> Any:
    a, b = concentration, rate
    return a * mp.log(b) - mp.loggamma(a) + (a - 1) * mp.log(x) - b * x


def _beta(x: Any, concentration1: Any, concentration0: Any) -> Any:
    a, b = concentration1, concentration0
    constant = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    return constant + (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x)


def _bernoulli(x: Any, logits: Any) -> Any:
    return -mp.log1p(mp.exp(-logits if x == 1 else logits))


def _poisson(x: Any, rate: Any) -> Any:
    return x * mp.log(rate) - rate - mp.loggamma(x + 1)


WILD = (-3.7e200, -1.2e30, -1e5, 1e5, 2.5e40, 1.4e160)

CASES = (
    Case(
        ppl.Normal,
        _normal,
        lambda loc, scale: st.norm(loc=loc, scale=scale),
        ({"loc": 0.7, "scale": 2.5}, {"loc": -1e8, "scale": 1e-3}, {"loc": 3.0, "scale": 1e200}),
        wrong={"scale": (-1.0, "positive"), "loc": (math.inf, "finite")},
        tails=(-1e5, 40.0, 1e150),
        outside=(-math.inf, math.inf),
    ),
    Case(
        ppl.Cauchy,
        _cauchy,
        lambda loc, scale: st.cauchy(loc=loc, scale=scale),
        ({"loc": -0.4, "scale": 1.3}, {"loc": 1e6, "scale": 1e-6}, {"loc": 0.0, "scale": 1e100}),
        wrong={"scale": (0.0, "positive"), "loc": (math.nan, "finite")},
        tails=WILD,
        outside=(math.inf,),
    ),
    Case(
        ppl.StudentT,
        _student_t,
        lambda df, loc, scale: st.t(df=df, loc=loc, scale=scale),
        (
            {"df": 7.3, "loc": 0.5, "scale": 2.0},
            {"df": 0.05, "loc": 0.0, "scale": 1e-3},
            {"df": 63.9, "loc": -2.0, "scale": 1.0},
            {"df": 64.1, "loc": -2.0, "scale": 1.0},
            {"df": 1e12, "loc": 1.0, "scale": 3.0},
        ),
        wrong={"df": (0.0, "positive"), "scale": (-2.0, "positive")},
        tails=(-1e200, -1e3, 1e6, 1e160),
        outside=(math.inf, -math.inf),
    ),
    Case(
        ppl.HalfNormal,
        lambda x, scale: _normal(x, 0, scale) + mp.log(2),
        lambda scale: st.halfnorm(0, scale),
        ({"scale": 1.7}, {"scale": 1e-200}, {"scale": 1e100}),
        wrong={"scale": (-1.0, "positive")},
        tails=(1e4,),
        edges=(0.0,),
        outside=(-1e-300, -3.0, math.inf),
    ),
    Case(
        ppl.HalfCauchy,
        lambda x, scale: _cauchy(x, 0, scale) + mp.log(2),
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
        ppl.Gamma,
        _gamma,
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
        ppl.Beta,
        _beta,
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
        ppl.Bernoulli,
        _bernoulli,
        lambda logits: st.bernoulli(float(1 / (1 + mp.exp(-logits)))),
        ({"logits": 0.8}, {"logits": -45.0}, {"logits": 700.0}),
        wrong={"logits": (math.nan, "finite")},
        outside=(-1.0, 0.5, 2.0),
    ),
    Case(
        ppl.Poisson,
        _poisson,
        lambda rate: st.poisson(mu=rate),
        ({"rate": 3.2}, {"rate": 1e-9}, {"rate": 80.0}, {"rate": 2e6}),
        wrong={"rate": (-1.0, "nonnegative")},
        tails=(3e7,),
        outside=(-1.0, 2.5, math.inf),
        largest=lambda x, rate: max(rate, abs(x * math.log(rate)), math.lgamma(x + 1)),
    ),
)

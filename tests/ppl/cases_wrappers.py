"""Laws made of other laws."""

import math
from functools import lru_cache
from typing import Any

import mpmath as mp
import numpy as np
import scipy.stats as st

import ppl

from .case import Case, Exact, log_normal_density
from .cases_discrete import count_terms, finite, negative_binomial2, poisson


def zero_inflated(x: Any, rate: Any, gate: Any) -> Any:
    drawn = mp.log1p(-gate) + poisson(x, rate)
    return mp.log(gate + mp.exp(drawn)) if x == 0 else drawn


def zero_inflated_law(rate: float, gate: float) -> Any:
    return finite(lambda x: zero_inflated(x, rate, gate), 200)


def zero_inflated_poisson(rate: Any, gate: Any) -> Any:
    return ppl.ZeroInflated(ppl.Poisson(rate), gate=gate)


def upper_gamma(a: Any, x: Any) -> Any:
    return mp.gammainc(a, x, mp.inf, regularized=True)


def gamma_mass(concentration: Any, rate: Any, low: Any, high: Any) -> Any:
    """Between two points, from the tail where that is small."""
    if rate * low > concentration:
        return upper_gamma(concentration, rate * low) - upper_gamma(concentration, rate * high)
    return mp.gammainc(concentration, rate * low, rate * high, regularized=True)


def truncated_gamma(x: Any, concentration: Any, rate: Any, low: Any, high: Any) -> Any:
    density = (concentration - 1) * mp.log(x) - rate * x + concentration * mp.log(rate)
    mass = gamma_mass(concentration, rate, low, high)
    return density - mp.loggamma(concentration) - mp.log(mass)


@lru_cache
def truncated_gamma_law(concentration: float, rate: float, low: float, high: float) -> Exact:
    whole = gamma_mass(concentration, rate, low, high)
    return Exact(
        lambda x: gamma_mass(concentration, rate, low, x) / whole,
        lambda x: gamma_mass(concentration, rate, x, high) / whole,
        low,
        high,
    )


def make_truncated(concentration: Any, rate: Any, low: Any, high: Any) -> Any:
    base = ppl.Gamma(concentration=concentration, rate=rate)
    return ppl.Truncated(base, low=low, high=high)


def poisson_below(k: Any, rate: Any) -> Any:
    return upper_gamma(mp.mpf(k) + 1, rate)


def censored_poisson(x: Any, rate: Any, low: Any, high: Any) -> Any:
    if x == low:
        return mp.log(poisson_below(low, rate))
    if x == high:
        return mp.log(mp.gammainc(high, 0, rate, regularized=True))
    return poisson(x, rate)


def hurdle_poisson(x: Any, rate: Any, gate: Any) -> Any:
    if x == 0:
        return mp.log(gate)
    return mp.log1p(-gate) + poisson(x, rate) - mp.log(-mp.expm1(-rate))


def zero_inflated_negative_binomial(x: Any, base_mean: Any, concentration: Any, gate: Any) -> Any:
    drawn = mp.log1p(-gate) + negative_binomial2(x, base_mean, concentration)
    return mp.log(gate + mp.exp(drawn)) if x == 0 else drawn


def hurdle_negative_binomial(x: Any, base_mean: Any, concentration: Any, gate: Any) -> Any:
    if x == 0:
        return mp.log(gate)
    none = mp.exp(negative_binomial2(0, base_mean, concentration))
    return mp.log1p(-gate) + negative_binomial2(x, base_mean, concentration) - mp.log1p(-none)


def log_add(a: Any, b: Any) -> Any:
    return mp.log(mp.exp(a) + mp.exp(b))


def folded_normal(x: Any, loc: Any, scale: Any) -> Any:
    return log_add(log_normal_density(x, loc, scale), log_normal_density(-x, loc, scale))


@lru_cache
def folded_normal_law(loc: float, scale: float) -> Exact:
    def within(x: Any) -> Any:
        with mp.workdps(400):
            return normal_sf(-(x - loc) / scale) - normal_sf((x + loc) / scale)

    def beyond(x: Any) -> Any:
        return normal_sf((x - loc) / scale) + normal_sf((x + loc) / scale)

    return Exact(within, beyond, 0.0, math.inf)


def normal_sf(z: Any) -> Any:
    return mp.erfc(z / mp.sqrt(2)) / 2


def normal_rank(x: Any, loc: Any, scale: Any, total_count: Any, rank: Any) -> Any:
    z = (x - loc) / scale
    ways = mp.loggamma(total_count + 1) - mp.loggamma(rank) - mp.loggamma(total_count - rank + 1)
    tails = (rank - 1) * mp.log(normal_sf(-z)) + (total_count - rank) * mp.log(normal_sf(z))
    return ways + tails + log_normal_density(x, loc, scale)


@lru_cache
def normal_rank_law(loc: float, scale: float, total_count: float, rank: float) -> Exact:
    k, m = rank, total_count - rank + 1

    def below(x: Any) -> Any:
        return mp.betainc(k, m, 0, normal_sf(-(x - loc) / scale), regularized=True)

    def above(x: Any) -> Any:
        return mp.betainc(m, k, 0, normal_sf((x - loc) / scale), regularized=True)

    return Exact(below, above, -math.inf, math.inf)


def rounded_normal(x: Any, loc: Any, scale: Any, step: Any) -> Any:
    low, high = (x - step / 2 - loc) / scale, (x + step / 2 - loc) / scale
    with mp.workdps(600):
        return mp.log(
            normal_sf(low) - normal_sf(high) if low > 0 else normal_sf(-high) - normal_sf(-low)
        )


class RoundedNormal:
    """Rounded values of SciPy's normal law."""

    def __init__(self, loc: float, scale: float, step: float) -> None:
        self._base, self._step = st.norm(loc, scale), step

    def cdf(self, x: Any) -> Any:
        return self._base.cdf(x + self._step / 2)

    def sf(self, x: Any) -> Any:
        return self._base.sf(x + self._step / 2)

    def ppf(self, q: Any) -> Any:
        return self._step * np.round(self._base.ppf(q) / self._step)

    def var(self) -> float:
        return math.inf


def make_rounded(loc: Any, scale: Any, step: Any) -> Any:
    return ppl.Discretised(ppl.Normal(loc, scale), step=step)


def grouped_normal(x: Any, loc: Any, scale: Any, edges: Any) -> Any:
    k = int(x)
    low, high = ((e - loc) / scale for e in (-mp.inf, *edges, mp.inf)[k : k + 2])
    with mp.workdps(600):
        return mp.log(
            normal_sf(low) - normal_sf(high) if low > 0 else normal_sf(-high) - normal_sf(-low)
        )


def mixed_normals(x: Any, weights: Any, loc: Any, scale: Any) -> Any:
    """Of N(loc, scale) and N(-loc, 2 scale)."""
    first, second = log_normal_density(x, loc, scale), log_normal_density(x, -loc, 2 * scale)
    return mp.log(weights[0] * mp.exp(first) + weights[1] * mp.exp(second))


@lru_cache
def mixed_normals_law(weights: tuple[float, float], loc: float, scale: float) -> Exact:
    def tail(sign: int) -> Any:
        def of(x: Any) -> Any:
            first, second = sign * (x - loc) / scale, sign * (x + loc) / (2 * scale)
            return weights[0] * normal_sf(first) + weights[1] * normal_sf(second)

        return of

    mean = (weights[0] - weights[1]) * loc
    square = loc**2 + scale**2 * (weights[0] + 4 * weights[1])
    return Exact(tail(-1), tail(1), -math.inf, math.inf, mean=mean, var=square - mean**2)


def make_mixed(weights: Any, loc: Any, scale: Any) -> Any:
    return ppl.Mixture(weights, [ppl.Normal(loc, scale), ppl.Normal(-loc, 2 * scale)])


def mixed_poissons(x: Any, logits: Any, rates: Any) -> Any:
    total = mp.fsum(mp.exp(v) for v in logits)
    return mp.log(
        mp.fsum(mp.exp(v + poisson(x, r)) for v, r in zip(logits, rates, strict=True)) / total
    )


def make_mixed_poissons(logits: Any, rates: Any) -> Any:
    return ppl.MixtureSameFamily(ppl.Categorical(logits=logits), ppl.Poisson(rates))


CASES = (
    Case(
        ppl.ZeroInflated,
        zero_inflated,
        zero_inflated_law,
        ({"rate": 3.2, "gate": 0.3}, {"rate": 40.0, "gate": 1e-9}),
        wrong={"gate": (1.5, "in the interval [0, 1]")},
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, rate, gate: max(rate, abs(x * math.log(rate)), math.lgamma(x + 1)),  # noqa: ARG005 - by name
        make=zero_inflated_poisson,
    ),
    Case(
        ppl.ZeroInflatedPoisson,
        zero_inflated,
        zero_inflated_law,
        ({"rate": 3.2, "gate": 0.3}, {"rate": 40.0, "gate": 1e-9}),
        wrong={"rate": (-1.0, "positive"), "gate": (1.5, "in the interval [0, 1]")},
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, rate, gate: max(rate, abs(x * math.log(rate)), math.lgamma(x + 1)),  # noqa: ARG005 - by name
    ),
    Case(
        ppl.ZeroInflatedNegativeBinomial,
        zero_inflated_negative_binomial,
        lambda base_mean, concentration, gate: finite(
            lambda x: zero_inflated_negative_binomial(x, base_mean, concentration, gate), 300
        ),
        ({"base_mean": 6.0, "concentration": 9.0, "gate": 0.3},),
        wrong={"base_mean": (-1.0, "positive"), "gate": (1.5, "in the interval [0, 1]")},
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, concentration, **_: count_terms(x, concentration),
    ),
    Case(
        ppl.HurdlePoisson,
        hurdle_poisson,
        lambda rate, gate: finite(lambda x: hurdle_poisson(x, rate, gate), 200),
        ({"rate": 3.2, "gate": 0.3}, {"rate": 40.0, "gate": 1e-9}),
        wrong={"rate": (0.0, "positive"), "gate": (1.5, "in the interval [0, 1]")},
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, rate, gate: max(rate, abs(x * math.log(rate)), math.lgamma(x + 1)),  # noqa: ARG005 - by name
    ),
    Case(
        ppl.HurdleNegativeBinomial,
        hurdle_negative_binomial,
        lambda base_mean, concentration, gate: finite(
            lambda x: hurdle_negative_binomial(x, base_mean, concentration, gate), 300
        ),
        ({"base_mean": 6.0, "concentration": 9.0, "gate": 0.3},),
        wrong={"base_mean": (0.0, "positive"), "concentration": (-1.0, "positive")},
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, concentration, **_: count_terms(x, concentration),
    ),
    Case(
        ppl.Truncated,
        truncated_gamma,
        truncated_gamma_law,
        (
            {"concentration": 2.5, "rate": 0.5, "low": 1.0, "high": 12.0},
            {"concentration": 0.5, "rate": 2.0, "low": 900.0, "high": 1000.0},
            {"concentration": 500.0, "rate": 1.0, "low": 1e-3, "high": 20.0},
        ),
        wrong={"low": (math.nan, "a number or infinite"), "high": (0.5, "greater than 1")},
        outside=(-1.0, 0.0, math.inf),
        moments=True,
        largest=lambda x, concentration, rate, **_: (
            abs(concentration * math.log(rate * x)) + rate * x + math.lgamma(concentration)
        ),
        make=make_truncated,
    ),
    Case(
        ppl.Censored,
        censored_poisson,
        lambda rate, low, high: finite(
            lambda x: censored_poisson(x, rate, low, high), int(high - low) + 1, int(low)
        ),
        (
            {"rate": 5.0, "low": 2.0, "high": 9.0},
            {"rate": 1e-3, "low": 0.0, "high": 60.0},
            {"rate": 900.0, "low": 3.0, "high": 40.0},
        ),
        wrong={"high": (1.0, "greater than 2")},
        outside=(2.5, 61.0, math.inf),
        moments=True,
        largest=lambda x, rate, **_: max(rate, abs(x * math.log(rate)), math.lgamma(x + 1)),
        make=lambda rate, low, high: ppl.Censored(ppl.Poisson(rate), low=low, high=high),
    ),
    Case(
        ppl.Hurdle,
        hurdle_poisson,
        lambda rate, gate: finite(lambda x: hurdle_poisson(x, rate, gate), 200),
        ({"rate": 3.2, "gate": 0.3}, {"rate": 40.0, "gate": 1e-9}, {"rate": 1e-3, "gate": 0.5}),
        wrong={"gate": (1.5, "in the interval [0, 1]")},
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, rate, gate: max(rate, abs(x * math.log(rate)), math.lgamma(x + 1)),  # noqa: ARG005 - by name
        make=lambda rate, gate: ppl.Hurdle(ppl.Poisson(rate), gate=gate),
    ),
    Case(
        ppl.Folded,
        folded_normal,
        folded_normal_law,
        ({"loc": 0.7, "scale": 1.5}, {"loc": -15.0, "scale": 0.5}, {"loc": 1e-3, "scale": 20.0}),
        wrong={},
        tails=(1e3, 1e5),
        outside=(-1.0, math.inf),
        moments=True,
        make=lambda loc, scale: ppl.Folded(ppl.Normal(loc, scale)),
    ),
    Case(
        ppl.Transformed,
        lambda x, loc, scale: log_normal_density(mp.log(x), loc, scale) - mp.log(x),
        lambda loc, scale: st.lognorm(scale, scale=math.exp(loc)),
        ({"loc": 0.7, "scale": 0.3}, {"loc": -30.0, "scale": 5.0}),
        wrong={},
        tails=(1e300,),
        outside=(-1.0, 0.0, math.inf),
        make=lambda loc, scale: ppl.Transformed(ppl.Normal(loc, scale), ppl.transforms.Exp()),
    ),
    Case(
        ppl.OrderStatistic,
        normal_rank,
        normal_rank_law,
        (
            {"loc": 0.5, "scale": 2.0, "total_count": 7.0, "rank": 3.0},
            {"loc": 0.0, "scale": 1.0, "total_count": 1e4, "rank": 1e4},
            {"loc": 0.0, "scale": 1.0, "total_count": 50.0, "rank": 1.0},
        ),
        wrong={"total_count": (0.0, "at least 1"), "rank": (8.0, "an integer from 1 to 7")},
        tails=(-60.0, 60.0),
        outside=(-math.inf, math.inf),
        moments=True,
        make=lambda loc, scale, total_count, rank: ppl.OrderStatistic(
            ppl.Normal(loc, scale), total_count=total_count, rank=rank
        ),
    ),
    Case(
        ppl.Discretised,
        rounded_normal,
        RoundedNormal,
        (
            {"loc": 8.3, "scale": 3.0, "step": 1.0},
            {"loc": 0.2, "scale": 0.1, "step": 1.0},
            {"loc": -1e3, "scale": 50.0, "step": 1.0},
        ),
        wrong={"step": (0.0, "positive")},
        tails=(-900.0, 1000.0),
        outside=(0.3, math.inf),
        moments=True,
        make=make_rounded,
    ),
    Case(
        ppl.Grouped,
        grouped_normal,
        lambda loc, scale, edges: finite(
            lambda x: grouped_normal(x, loc, scale, edges), len(edges) + 1
        ),
        (
            {"loc": 0.4, "scale": 1.5, "edges": (-1.0, 0.2, 1.5)},
            {"loc": -40.0, "scale": 2.0, "edges": (-1.0, 3.0)},
            {"loc": 0.0, "scale": 1.0, "edges": (5.0, 5.25, 30.0)},
        ),
        wrong={"edges": ((0.0, 0.0, 1.0), "a strictly increasing vector")},
        outside=(-1.0, 0.5, 4.0),
        make=lambda loc, scale, edges: ppl.Grouped(ppl.Normal(loc, scale), edges=edges),
    ),
    Case(
        ppl.Mixture,
        mixed_normals,
        mixed_normals_law,
        (
            {"weights": (0.3, 0.7), "loc": 2.0, "scale": 0.5},
            {"weights": (1e-12, 1 - 1e-12), "loc": 40.0, "scale": 0.1},
        ),
        wrong={"weights": ((0.5, 0.6), "a vector of nonnegative numbers with sum 1")},
        tails=(-1e4, 1e4),
        outside=(-math.inf, math.inf),
        moments=True,
        make=make_mixed,
    ),
    Case(
        ppl.MixtureSameFamily,
        mixed_poissons,
        lambda logits, rates: finite(lambda x: mixed_poissons(x, logits, rates), 300),
        (
            {"logits": (0.3, -1.0, 0.2), "rates": (1.0, 6.0, 30.0)},
            {"logits": (-300.0, 2.0), "rates": (90.0, 1e-2)},
        ),
        wrong={},
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, rates, **_: max(
            *rates, *(abs(x * math.log(r)) for r in rates), math.lgamma(x + 1)
        ),
        make=make_mixed_poissons,
    ),
    Case(
        ppl.Expanded,
        log_normal_density,
        st.norm,
        ({"loc": 0.7, "scale": 0.5},),
        wrong={},
        outside=(math.inf,),
        make=lambda loc, scale: ppl.Normal(loc, scale).expand(()),
    ),
    Case(
        ppl.Masked,
        log_normal_density,
        st.norm,
        ({"loc": 0.7, "scale": 0.5},),
        wrong={},
        outside=(math.inf,),
        make=lambda loc, scale: ppl.Normal(loc, scale).mask(mask=True),
    ),
)

"""Laws on countable sets."""

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import scipy.stats as st

import ppl

from .case import Case
from .cases_positive import log_beta


def bernoulli(x: Any, logits: Any) -> Any:
    return -mp.log1p(mp.exp(-logits if x == 1 else logits))


def poisson(x: Any, rate: Any) -> Any:
    return x * mp.log(rate) - rate - mp.loggamma(x + 1)


Tail = Callable[[Any], Any]


def log_factorial(n: Any) -> Any:
    return mp.loggamma(n + 1)


def log_choose(n: Any, k: Any) -> Any:
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k)


def log_expit(x: Any) -> Any:
    return -mp.log1p(mp.exp(-x))


def expit(x: float) -> float:
    return float(mp.exp(log_expit(x)))


def binomial(x: Any, total_count: Any, logits: Any) -> Any:
    rest = total_count - x
    return log_choose(total_count, x) + x * log_expit(logits) + rest * log_expit(-logits)


def beta_binomial(x: Any, total_count: Any, concentration1: Any, concentration0: Any) -> Any:
    a, b = x + concentration1, total_count - x + concentration0
    ratio = log_beta(a, b) - log_beta(concentration1, concentration0)
    return log_choose(total_count, x) + ratio


def negative_binomial(x: Any, total_count: Any, logits: Any) -> Any:
    ways = mp.loggamma(total_count + x) - mp.loggamma(total_count) - log_factorial(x)
    return ways + total_count * log_expit(-logits) + x * log_expit(logits)


def negative_binomial2(x: Any, mean: Any, concentration: Any) -> Any:
    return negative_binomial(x, concentration, mp.log(mean) - mp.log(concentration))


def count_terms(x: float, n: float) -> float:
    return max(1.0, abs(math.lgamma(n + x + 1)) if n < 32 else x * math.log(n + x), x * 50)


def hypergeometric(x: Any, population: Any, marked: Any, drawn: Any) -> Any:
    ways = log_choose(marked, x) + log_choose(population - marked, drawn - x)
    return ways - log_choose(population, drawn)


def categorical(x: Any, logits: Any) -> Any:
    return logits[int(x)] - mp.log(mp.fsum(mp.exp(v) for v in logits))


def categorical_law(logits: tuple[float, ...]) -> Any:
    return finite(lambda x: categorical(x, logits), len(logits))


def ordered(x: Any, cutpoints: Any, below: Tail, above: Tail) -> Any:
    """Log of the probability between two cutpoints, by whichever tails do not cancel."""
    k = int(x)
    low, high = (-mp.inf, *cutpoints, mp.inf)[k : k + 2]
    with mp.workdps(400):
        return mp.log(above(low) - above(high)) if low > 0 else mp.log(below(high) - below(low))


def ordered_logistic(x: Any, predictor: Any, cutpoints: Any) -> Any:
    def below(c: Any) -> Any:
        return 1 / (1 + mp.exp(-c))

    return ordered(x, [c - predictor for c in cutpoints], below, lambda c: below(-c))


def ordered_probit(x: Any, predictor: Any, cutpoints: Any) -> Any:
    def below(c: Any) -> Any:
        return mp.erfc(-c / mp.sqrt(2)) / 2

    return ordered(x, [c - predictor for c in cutpoints], below, lambda c: below(-c))


def ordered_law(density: Callable[..., Any], predictor: float, cutpoints: Any) -> Any:
    return finite(lambda x: density(x, predictor, cutpoints), len(cutpoints) + 1)


def finite(logpdf: Callable[[int], Any], size: int, start: int = 0) -> Any:
    values = range(start, start + size)
    return st.rv_discrete(values=(values, [float(mp.exp(logpdf(k))) for k in values]))()


def skellam(x: Any, rate1: Any, rate2: Any) -> Any:
    bessel = mp.log(mp.besseli(abs(x), 2 * mp.sqrt(rate1 * rate2)))
    return x * mp.log(rate1 / rate2) / 2 - rate1 - rate2 + bessel


def beta_negative_binomial(
    x: Any, total_count: Any, concentration1: Any, concentration0: Any
) -> Any:
    ways = mp.loggamma(total_count + x) - mp.loggamma(total_count) - log_factorial(x)
    shares = log_beta(concentration1 + total_count, concentration0 + x)
    return ways + shares - log_beta(concentration1, concentration0)


def on_points(x: Any, points: Any, logits: Any) -> Any:
    """Of equal points, to 20 digits: a slope in the points is that of weights, 0."""
    total = mp.fsum(mp.exp(v) for v in logits)
    weights = zip(points, logits, strict=True)
    here = mp.fsum(
        mp.exp(v) for at, v in weights if abs(x - at) <= mp.mpf(10) ** -20 * (abs(x) + 1)
    )
    return mp.log(here / total)


CASES = (
    Case(
        ppl.Skellam,
        skellam,
        lambda rate1, rate2: st.skellam(mu1=rate1, mu2=rate2),
        ({"rate1": 3.0, "rate2": 1.5}, {"rate1": 0.01, "rate2": 40.0}),
        wrong={"rate1": (-1.0, "positive"), "rate2": (0.0, "positive")},
        outside=(0.5, math.inf),
        missing=("cdf slope",),
        moments=True,
        largest=lambda x, rate1, rate2: (
            rate1 + rate2 + math.lgamma(abs(x) + 1) + abs(x * math.log(rate1 / rate2))
        ),
    ),
    Case(
        ppl.BetaNegativeBinomial,
        beta_negative_binomial,
        lambda **parameters: finite(lambda x: beta_negative_binomial(x, **parameters), 1500),
        (
            {"total_count": 3.0, "concentration1": 60.0, "concentration0": 40.0},
            {"total_count": 0.5, "concentration1": 400.0, "concentration0": 3000.0},
        ),
        wrong={"total_count": (0.0, "positive"), "concentration1": (0.0, "positive")},
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, total_count, concentration1, concentration0: (
            (total_count + x) * math.log(concentration1 + concentration0 + total_count + x)
        ),
    ),
    Case(
        ppl.Bernoulli,
        bernoulli,
        lambda logits: st.bernoulli(float(1 / (1 + mp.exp(-logits)))),
        ({"logits": 0.8}, {"logits": -45.0}, {"logits": 700.0}),
        wrong={"logits": (math.nan, "finite")},
        outside=(-1.0, 0.5, 2.0),
    ),
    Case(
        ppl.Poisson,
        poisson,
        lambda rate: st.poisson(mu=rate),
        ({"rate": 3.2}, {"rate": 1e-9}, {"rate": 80.0}, {"rate": 2e6}),
        wrong={"rate": (-1.0, "nonnegative")},
        tails=(3e7,),
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, rate: max(rate, abs(x * math.log(rate)), math.lgamma(x + 1)),
    ),
    Case(
        ppl.Binomial,
        binomial,
        lambda total_count, logits: st.binom(total_count, expit(logits)),
        (
            {"total_count": 12.0, "logits": 0.4},
            {"total_count": 1e5, "logits": -9.0},
            {"total_count": 3.0, "logits": 40.0},
        ),
        wrong={"total_count": (2.5, "a nonnegative integer"), "logits": (math.nan, "finite")},
        outside=(-1.0, 2.5, 2e5),
        moments=True,
        largest=lambda _x, total_count, **_: max(1.0, math.lgamma(total_count + 1)),
    ),
    Case(
        ppl.BetaBinomial,
        beta_binomial,
        lambda total_count, concentration1, concentration0: st.betabinom(
            n=total_count, a=concentration1, b=concentration0
        ),
        (
            {"total_count": 12.0, "concentration1": 2.5, "concentration0": 1.5},
            {"total_count": 100.0, "concentration1": 0.1, "concentration0": 0.2},
            {"total_count": 30.0, "concentration1": 3e6, "concentration0": 50.0},
        ),
        wrong={"total_count": (-1.0, "a nonnegative integer"), "concentration1": (0.0, "positive")},
        outside=(-1.0, 2.5, 101.0),
        largest=lambda _x, total_count, concentration1, concentration0: (
            total_count * math.log(total_count + concentration1 + concentration0)
        ),
    ),
    Case(
        ppl.NegativeBinomial,
        negative_binomial,
        lambda total_count, logits: st.nbinom(total_count, expit(-logits)),
        (
            {"total_count": 12.0, "logits": -0.4},
            {"total_count": 0.2, "logits": 3.0},
            {"total_count": 1e8, "logits": -16.0},
        ),
        wrong={"total_count": (0.0, "positive"), "logits": (math.nan, "finite")},
        tails=(1e5,),
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, total_count, **_: count_terms(x, total_count),
    ),
    Case(
        ppl.NegativeBinomial2,
        negative_binomial2,
        lambda mean, concentration: st.nbinom(concentration, 1 / (1 + mean / concentration)),
        (
            {"mean": 6.0, "concentration": 9.0},
            {"mean": 30.0, "concentration": 0.3},
            {"mean": 8.0, "concentration": 1e6},
        ),
        wrong={"mean": (-1.0, "nonnegative"), "concentration": (0.0, "positive")},
        tails=(1e5,),
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, mean, concentration: count_terms(x, concentration),  # noqa: ARG005 - by name
    ),
    Case(
        ppl.Geometric,
        lambda x, logits: x * log_expit(-logits) + log_expit(logits),
        lambda logits: st.geom(expit(logits), -1),
        ({"logits": 0.4}, {"logits": -12.0}, {"logits": 5.0}),
        wrong={"logits": (math.nan, "finite")},
        tails=(1e9,),
        outside=(-1.0, 2.5, math.inf),
    ),
    Case(
        ppl.DiscreteUniform,
        lambda _x, low, high: -mp.log(high - low + 1),
        lambda low, high: st.randint(int(low), int(high) + 1),
        ({"low": -3.0, "high": 8.0}, {"low": 0.0, "high": 0.0}, {"low": -1e9, "high": 1e9}),
        wrong={"low": (0.5, "an integer"), "high": (-4.0, "an integer, at least -3")},
        outside=(0.5, -2e9, math.inf),
    ),
    Case(
        ppl.Categorical,
        categorical,
        categorical_law,
        ({"logits": (0.3, 1.2, -0.4, 0.9)}, {"logits": (-800.0, 3.0, 2.0)}, {"logits": (0.0,)}),
        wrong={"logits": ((0.0, 1.0, math.nan, 0.0), "a vector of finite numbers")},
        outside=(-1.0, 0.5, 4.0),
    ),
    Case(
        ppl.Hypergeometric,
        hypergeometric,
        lambda population, marked, drawn: st.hypergeom(int(population), int(marked), int(drawn)),
        (
            {"population": 40.0, "marked": 15.0, "drawn": 12.0},
            {"population": 10.0, "marked": 9.0, "drawn": 8.0},
            {"population": 1e4, "marked": 30.0, "drawn": 5e3},
        ),
        wrong={
            "marked": (41.0, "an integer from 0 to 40"),
            "drawn": (2.5, "an integer from 0 to 40"),
        },
        outside=(-1.0, 2.5, 31.0),
        largest=lambda _x, population, **_: math.lgamma(population + 1),
    ),
    Case(
        ppl.OrderedLogistic,
        ordered_logistic,
        lambda predictor, cutpoints: ordered_law(ordered_logistic, predictor, cutpoints),
        (
            {"predictor": 0.4, "cutpoints": (-1.0, 0.2, 1.5)},
            {"predictor": -50.0, "cutpoints": (-1.0, 3.0)},
            {"predictor": 30.0, "cutpoints": (0.0, 1e-3, 2.0)},
        ),
        wrong={
            "predictor": (math.nan, "finite"),
            "cutpoints": ((0.0, 0.0, 1.0), "a strictly increasing vector"),
        },
        outside=(-1.0, 0.5, 4.0),
    ),
    Case(
        ppl.OrderedProbit,
        ordered_probit,
        lambda predictor, cutpoints: ordered_law(ordered_probit, predictor, cutpoints),
        (
            {"predictor": 0.4, "cutpoints": (-1.0, 0.2, 1.5)},
            {"predictor": -20.0, "cutpoints": (-1.0, 3.0)},
            {"predictor": 15.0, "cutpoints": (0.0, 0.5, 2.0)},
        ),
        wrong={
            "predictor": (math.nan, "finite"),
            "cutpoints": ((0.0, 0.0, 1.0), "a strictly increasing vector"),
        },
        outside=(-1.0, 0.5, 4.0),
    ),
    Case(
        ppl.Poisson,
        lambda x, log_rate: x * log_rate - mp.exp(log_rate) - log_factorial(x),
        lambda log_rate: st.poisson(mu=math.exp(log_rate)),
        ({"log_rate": 1.2}, {"log_rate": -30.0}, {"log_rate": 12.0}),
        wrong={"log_rate": (math.inf, "finite")},
        tails=(3e6,),
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, log_rate: max(math.exp(log_rate), abs(x * log_rate), math.lgamma(x + 1)),
        make=lambda log_rate: ppl.Poisson(log_rate=log_rate),
    ),
    Case(
        ppl.NegativeBinomial2,
        lambda x, log_mean, concentration: negative_binomial2(x, mp.exp(log_mean), concentration),
        lambda log_mean, concentration: st.nbinom(
            concentration, 1 / (1 + math.exp(log_mean) / concentration)
        ),
        (
            {"log_mean": 1.8, "concentration": 9.0},
            {"log_mean": 6.0, "concentration": 0.3},
            {"log_mean": -3.0, "concentration": 1e4},
        ),
        wrong={"log_mean": (math.nan, "finite"), "concentration": (0.0, "positive")},
        tails=(1e5,),
        outside=(-1.0, 2.5, math.inf),
        moments=True,
        largest=lambda x, log_mean, concentration: (
            count_terms(x, concentration) + x * abs(log_mean)
        ),
        make=lambda log_mean, concentration: ppl.NegativeBinomial2(
            log_mean=log_mean, concentration=concentration
        ),
    ),
    Case(
        ppl.Finite,
        on_points,
        lambda points, logits: st.rv_discrete(
            values=(points, [float(mp.exp(on_points(x, points, logits))) for x in points])
        )(),
        (
            {"points": (3.0, -2.0, 0.0, 7.0), "logits": (0.3, 1.2, -0.4, 0.9)},
            {"points": (1e6, -1e3), "logits": (-300.0, 300.0)},
        ),
        wrong={"points": ((0.0, 1.0, math.nan, 0.0), "a vector of finite numbers")},
        outside=(0.5, 2.0, math.inf),
    ),
    Case(
        ppl.Empirical,
        lambda x, points: on_points(x, points, [mp.mpf(0)] * len(points)),
        lambda points: st.rv_discrete(
            values=(sorted({*points}), [points.count(x) / len(points) for x in sorted({*points})])
        )(),
        ({"points": (2.0, 1.0, 2.0, 5.0)}, {"points": (-1e9,)}),
        wrong={"points": ((0.0, 1.0, math.nan, 0.0), "a vector of finite numbers")},
        outside=(0.5, 3.0, math.inf),
    ),
    Case(
        ppl.Delta,
        lambda _x, value: 0 * value,
        lambda value: st.rv_discrete(values=((value,), (1.0,)))(),
        ({"value": 3.0}, {"value": -0.25}),
        wrong={"value": (math.inf, "finite")},
        outside=(2.0, -math.inf, math.inf),
    ),
)

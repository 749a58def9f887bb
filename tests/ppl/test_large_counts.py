"""Log probabilities of large counts and concentrations keep their digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl
from ppl import large_counts

from .cases_discrete import (
    beta_binomial,
    beta_negative_binomial,
    binomial,
    hypergeometric,
    negative_binomial,
    negative_binomial2,
    poisson,
)
from .digits import Errors, assert_all_allowed, worst

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (40.0, 1e3, 1e6, 1e9, 1e12)
AWAY = (0.0, -1.0, 0.3, 5.0, -30.0, 1e3)


def around(mean: float, deviation: float, low: float, high: float) -> list[float]:
    """Whole numbers near a mean, in standard deviations, and far off; both ends."""
    near = [math.floor(mean + away * deviation) for away in AWAY]
    near += [math.floor(mean * share) for share in (1e-6, 0.2, 3.0, 1e3)]
    whole = (*near, low, low + 1, high)
    return sorted({float(x) for x in whole if low <= x <= high and x < math.inf})


def log_gamma(x: Any, concentration: Any, rate: Any) -> Any:
    a = concentration
    return a * mp.log(rate) + (a - 1) * mp.log(x) - rate * x - mp.loggamma(a)


def log_beta(x: Any, concentration1: Any, concentration0: Any) -> Any:
    a, b = concentration1, concentration0
    ends = (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x)
    return ends + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)


def log_beta_prime(x: Any, concentration1: Any, concentration0: Any) -> Any:
    a, b = concentration1, concentration0
    ends = (a - 1) * mp.log(x) - (a + b) * mp.log1p(x)
    return ends + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)


def log_f(x: Any, df1: Any, df2: Any) -> Any:
    return log_beta_prime(x * df1 / df2, df1 / 2, df2 / 2) + mp.log(df1 / df2)


def of_rates() -> Any:
    for n in SIZES:
        for x in around(n, math.sqrt(n), 0.0, math.inf):
            yield x, {"rate": n}
            yield x, {"log_rate": math.log(n)}


def of_trials(*names: str) -> Any:
    for n in SIZES:
        for p in (1e-8, 0.03, 0.5, 1 - 1e-5):
            for x in around(n * p, math.sqrt(n * p * (1 - p)), 0.0, n):
                for name in names:
                    given = p if name == "probs" else math.log(p) - math.log1p(-p)
                    yield x, {"total_count": n, name: given}


def of_failures(*names: str) -> Any:
    for n in (*SIZES, 0.3, 7.5, 1e18):
        for odds in (1e-8, 0.02, 1.0, 1e4):
            mean = n * odds
            if mean > 1e17:
                continue
            for x in around(mean, math.sqrt(mean * (1 + odds)), 0.0, math.inf):
                for name in names:
                    given = odds / (1 + odds) if name == "probs" else math.log(odds)
                    yield x, {"total_count": n, name: given}


def of_means(*names: str) -> Any:
    for n in (*SIZES, 0.3, 7.5, 1e18):
        for mean in (*SIZES, 0.5):
            for x in around(mean, math.sqrt(mean + mean**2 / n), 0.0, math.inf):
                for name in names:
                    given = mean if name == "mean" else math.log(mean)
                    yield x, {"concentration": n, name: given}


def of_shapes() -> Any:
    for a in SIZES:
        for away in (0.0, -1.0, 0.3, 5.0):
            yield (a + away * math.sqrt(a)) / 3.7, {"concentration": a, "rate": 3.7}
        for share in (1e-3, 0.3, 2.0, 1e4):
            yield share * a / 0.01, {"concentration": a, "rate": 0.01}


def of_inverse_shapes() -> Any:
    for x, parameters in of_shapes():
        yield 1.0 / x, parameters


def of_pairs(first: str, second: str, odds: bool) -> Any:
    sizes = (*SIZES, 0.3)
    for a in sizes:
        for b in sizes:
            ratio = a / b
            for times in (1.0, 1 + 1 / math.sqrt(max(a, b)), 0.3, 20.0, 1e-4):
                x = ratio * times if odds else ratio * times / (1 + ratio * times)
                if first == "df1":
                    x = times
                if odds or 0.0 < x < 1.0:
                    yield x, {first: a, second: b}


def of_urns() -> Any:
    for population in (100.0, 1e5, 1e9, 1e12):
        for share in (0.001, 0.3, 0.9):
            for taken in (0.01, 0.5, 0.999):
                marked, drawn = math.floor(population * share), math.floor(population * taken)
                mean = drawn * share
                deviation = math.sqrt(mean * (1 - share) * (1 - taken))
                low, high = max(drawn + marked - population, 0.0), min(drawn, marked)
                for x in around(mean, deviation, low, high):
                    yield x, {"population": population, "marked": marked, "drawn": drawn}


def of_mixed_failures() -> Any:
    for n in (*SIZES, 0.3):
        for a, b in ((0.5, 2.0), (50.0, 1e9), (1e8, 3e8), (1e12, 7.0)):
            mean = n * b / a
            for x in around(mean, math.sqrt(mean + mean**2 / n), 0.0, math.inf):
                yield x, {"total_count": n, "concentration1": a, "concentration0": b}


def of_two_rates() -> Any:
    for a in (*SIZES, 0.3):
        for b in (*SIZES, 0.3):
            for away in (0.0, 0.3, -30.0):
                yield math.floor(a - b + away * math.sqrt(a + b)), {"rate1": a, "rate2": b}
            yield -math.floor(0.2 * (a + b)), {"rate1": a, "rate2": b}


def skellam(x: Any, rate1: Any, rate2: Any) -> Any:
    """Bessel's integral along the circle through the saddle point of the generating function."""
    total = mp.sqrt(x * x + 4 * rate1 * rate2)
    tilt = mp.log((total + x) / (2 * rate1)) if x >= 0 else -mp.log((total - x) / (2 * rate2))
    if total < 50:
        mean = mp.log(mp.besseli(abs(x), 2 * mp.sqrt(rate1 * rate2)))
        return x * mp.log(rate1 / rate2) / 2 - rate1 - rate2 + mean
    with mp.workdps(mp.mp.dps - 35):
        # cos t - 1 and sin t - t by functions that do not cancel; the ends count 1e-50.
        ends = [min(v / mp.sqrt(total), mp.pi) for v in (0, 2, 5, 16)]
        mean = mp.quad(
            lambda t: mp.exp(-2 * total * mp.sin(t / 2) ** 2) * mp.cos(x * (mp.sin(t) - t)), ends
        )
    return total - rate1 - rate2 - x * tilt + mp.log(mean / mp.pi)


def of_mixed_trials() -> Any:
    for n in SIZES:
        for a, b in ((0.5, 2.0), (50.0, 1e9), (1e8, 3e8), (1e12, 7.0)):
            mean = n * a / (a + b)
            for x in around(mean, math.sqrt(mean), 0.0, n):
                yield x, {"total_count": n, "concentration1": a, "concentration0": b}


def by_probs(density: Callable[..., Any]) -> Callable[..., Any]:
    def log_prob(x: Any, total_count: Any, probs: Any) -> Any:
        return density(x, total_count, mp.log(probs) - mp.log1p(-probs))

    return log_prob


# Law, textbook density, and where: values with parameters.
TABLE: dict[str, tuple[Any, Any, Any]] = {
    "Poisson": (
        ppl.Poisson,
        lambda x, rate=None, log_rate=None: poisson(x, mp.exp(log_rate) if rate is None else rate),
        of_rates,
    ),
    "Binomial logits": (ppl.Binomial, binomial, lambda: of_trials("logits")),
    "Binomial": (ppl.Binomial, by_probs(binomial), lambda: of_trials("probs")),
    "NegativeBinomial logits": (
        ppl.NegativeBinomial,
        negative_binomial,
        lambda: of_failures("logits"),
    ),
    "NegativeBinomial": (
        ppl.NegativeBinomial,
        by_probs(negative_binomial),
        lambda: of_failures("probs"),
    ),
    "NegativeBinomial2": (ppl.NegativeBinomial2, negative_binomial2, lambda: of_means("mean")),
    "NegativeBinomial2 log_mean": (
        ppl.NegativeBinomial2,
        lambda x, log_mean, concentration: negative_binomial2(x, mp.exp(log_mean), concentration),
        lambda: of_means("log_mean"),
    ),
    "Gamma": (ppl.Gamma, log_gamma, of_shapes),
    "InverseGamma": (
        ppl.InverseGamma,
        lambda x, **p: log_gamma(1 / x, **p) - 2 * mp.log(x),
        of_inverse_shapes,
    ),
    "Beta": (ppl.Beta, log_beta, lambda: of_pairs("concentration1", "concentration0", odds=False)),
    "BetaPrime": (
        ppl.BetaPrime,
        log_beta_prime,
        lambda: of_pairs("concentration1", "concentration0", odds=True),
    ),
    "FisherSnedecor": (ppl.FisherSnedecor, log_f, lambda: of_pairs("df1", "df2", odds=True)),
    "BetaBinomial": (ppl.BetaBinomial, beta_binomial, of_mixed_trials),
    "BetaNegativeBinomial": (ppl.BetaNegativeBinomial, beta_negative_binomial, of_mixed_failures),
    "Skellam": (ppl.Skellam, skellam, of_two_rates),
    "Hypergeometric": (ppl.Hypergeometric, hypergeometric, of_urns),
}


# How far a mean is off, in counts: its last place times this is the slope's share of the error.
OFF: dict[str, Callable[[float, Any], Any]] = {
    "BetaNegativeBinomial": lambda _x, _law: 0.0,  # it may have no mean
    "NegativeBinomial": lambda x, law: (x - law.mean) * law.mean / law.variance,
    "Gamma": lambda x, law: law.rate * (x - law.mean),
    "InverseGamma": lambda x, law: law.concentration - law.rate / x,
    "Beta": lambda x, law: (x - law.mean) * (law.concentration1 + law.concentration0),
    "BetaPrime": lambda x, law: (
        law.concentration1 - (law.concentration1 + law.concentration0) * x / (1.0 + x)
    ),
    "FisherSnedecor": lambda x, law: (
        0.5 * (law.df1 - (law.df1 + law.df2) / (1.0 + law.df2 / (law.df1 * x)))
    ),
}


def from_mean(x: float, law: Any) -> Any:
    return x - law.mean


def errors(name: str) -> Errors:
    """Errors in units of what is allowed, with where."""
    make, density, where = TABLE[name]
    off: Callable[[float, Any], Any] = OFF.get(
        name.split(maxsplit=1)[0].rstrip("2"), lambda x, law: x - law.mean
    )
    found = []
    with mp.workdps(60):
        for x, parameters in where():
            want = density(mp.mpf(x), **{k: mp.mpf(v) for k, v in parameters.items()})
            law = make(**parameters)
            got = law.log_prob(x)
            given = max((1.0, *(abs(v) for k, v in parameters.items() if "log" in k)))
            allowed = 1e-12 * max(1.0, abs(float(want)))
            allowed += 4.0 * given * 2.0**-52 * abs(float(off(x, law)))
            assert math.isfinite(allowed)
            found.append((float(abs(mp.mpf(float(got)) - want)) / allowed, x, parameters))
    return found


@pytest.mark.parametrize("name", list(TABLE))
def test_log_prob_at_any_size(name: str) -> None:
    assert_all_allowed(errors(name))


@pytest.mark.parametrize("name", list(TABLE))
def test_the_usual_formulas_would_not_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_counts, "_LARGE", math.inf)  # negative control
    assert worst(errors(name))[0] > 100.0


def test_of_arrays_each_by_its_own_form() -> None:
    rate, value = np.array([[2.0], [1e9]]), np.array([0.0, 3.0, 1e9, 1e9 + 1e5])
    got = ppl.Poisson(rate).log_prob(value)
    each = [[float(ppl.Poisson(r).log_prob(v)) for v in value] for r in rate[:, 0]]
    np.testing.assert_array_equal(got, each)
    assert ppl.Poisson(1e9).log_prob([1.5, -1.0]).tolist() == [-math.inf, -math.inf]
    assert math.isnan(ppl.Poisson(1e9).log_prob(math.nan))
    assert float(ppl.Poisson(0.0).log_prob(100.0)) == -math.inf


def test_a_traced_density_keeps_to_its_sufficient_statistics() -> None:
    data = np.random.default_rng(2).poisson(1e6, 1000) * 1.0

    def total(x: Any) -> Any:
        return np.sum(ppl.Poisson(np.exp(x[0])).log_prob(data))

    density = ad.density(total, 1)
    value, slope = density.logdensity_and_gradient(np.array([math.log(1e6)]))
    want = np.sum(ppl.Poisson(1e6).log_prob(data))
    # A thousand terms of 1e6 log 1e6, each with its rounding, against the exact ones.
    assert value == pytest.approx(want, abs=1000 * 2.0**-52 * 1e6 * math.log(1e6))
    assert slope[0] == pytest.approx(np.sum(data - 1e6), rel=1e-6)

"""Traced log probabilities of large counts keep their digits, in the interpreter and natively."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl
from ppl import large_counts

from .cases_multivariate import dirichlet_multinomial
from .test_large_counts import OFF, TABLE, from_mean
from .test_large_vectors import exact_multinomial, of_categories, of_mixed

if TYPE_CHECKING:
    from collections.abc import Callable

# Where a large count must be plain: which parameters are; of the others each is traced.
PLAIN: dict[str, tuple[str, ...]] = {
    "Binomial": ("total_count",),
    "BetaBinomial": ("total_count",),
    "Hypergeometric": ("population",),
    "Gamma": ("concentration",),
    "InverseGamma": ("concentration",),
    "Beta": ("concentration1", "concentration0"),
    "BetaPrime": ("concentration1", "concentration0"),
    "FisherSnedecor": ("df1", "df2"),
}
CONTINUOUS = ("Gamma", "InverseGamma", "Beta", "BetaPrime", "FisherSnedecor")
LEAST = 2.0**19
Point = tuple[float, dict[str, float]]


def kind(name: str) -> str:
    return name.split(maxsplit=1)[0]


def points(name: str) -> list[list[Point]]:
    """Points of the table with a large plain count, by the parameters that they name."""
    _, _, where = TABLE[name]
    groups: dict[tuple[str, ...], list[Point]] = {}
    for x, parameters in where():
        plain = [v for k, v in parameters.items() if k in PLAIN.get(kind(name), ())]
        if max([*plain, 0.0 if kind(name) in CONTINUOUS else abs(x)]) >= LEAST:
            groups.setdefault(tuple(parameters), []).append((x, parameters))
    return [group[:: max(1, len(group) // 60)] for group in groups.values()]


class Traced:
    """The log probabilities of many points as a function of all that is traced there."""

    def __init__(self, name: str, group: list[Point]) -> None:
        self.make, self.density, _ = TABLE[name]
        plain = PLAIN.get(kind(name), ())
        self.values = np.array([x for x, _ in group])
        self.columns = {k: np.array([p[k] for _, p in group]) for k in group[0][1]}
        self.free = [k for k in self.columns if k not in plain]
        if kind(name) in CONTINUOUS:
            self.free.append("value")
        self.size = len(group)
        moved = [self.values if k == "value" else self.columns[k] for k in self.free]
        self.start = np.concatenate(moved)

    def __call__(self, v: Any) -> Any:
        given = {**self.columns, "value": self.values}
        for i, k in enumerate(self.free):
            given[k] = v[i * self.size : (i + 1) * self.size]
        value = given.pop("value")
        return self.make(**given).log_prob_inside(value)

    def exact(self, row: int, moved: str = "", by: Any = 0) -> Any:
        """Log density of a point, one of its numbers moved by a share of itself."""
        given = {k: mp.mpf(column[row]) for k, column in self.columns.items()}
        given["value"] = mp.mpf(self.values[row])
        if moved:
            given[moved] *= 1 + mp.mpf(by)
        value = given.pop("value")
        return self.density(value, **given)

    def unit(self, row: int, name: str) -> float:
        """Share of a number by which rounding moves it, or of a logarithm what it is that of."""
        size = abs(float(self.columns[name][row])) if "log" in name else 1.0
        return float(2.0**-52 * max(1.0, 1.0 / size)) if size else 0.0

    def slope(self, row: int, name: str, moved: str = "", by: Any = 0) -> Any:
        """Its derivative in the logarithm of a number, perhaps with another one moved."""
        h = mp.mpf(10) ** -25
        ends = []
        for sign in (1, -1):
            given = {k: mp.mpf(column[row]) for k, column in self.columns.items()}
            given["value"] = mp.mpf(self.values[row])
            if moved:
                given[moved] *= 1 + mp.mpf(by)
            given[name] *= 1 + sign * h
            value = given.pop("value")
            ends.append(self.density(value, **given))
        return (ends[0] - ends[1]) / (2 * h)


def slack(name: str, x: float, parameters: dict[str, float]) -> float:
    """What rounding of the mean in its last place changes, as in test_large_counts.py."""
    off: Callable[[float, Any], Any] = OFF.get(kind(name).rstrip("2"), from_mean)
    given = max((1.0, *(abs(v) for k, v in parameters.items() if "log" in k)))
    return 4.0 * given * 2.0**-52 * abs(float(off(x, TABLE[name][0](**parameters))))


def worst_value(name: str) -> float:
    """Largest error in units of what is allowed."""
    worst = 0.0
    for group in points(name):
        traced = Traced(name, group)
        interpreted = ad.value_and_grad(lambda v: np.sum(traced(v)))  # noqa: B023 - called at once
        assert np.isfinite(interpreted(traced.start)[1]).all()
        for row, got in enumerate(ad.compile(traced)(traced.start)):
            x, parameters = group[row]
            with mp.workdps(60):
                want = traced.exact(row)
                error = float(abs(mp.mpf(float(got)) - want))
            allowed = 1e-12 * max(1.0, abs(float(want))) + slack(name, x, parameters)
            worst = max(worst, error / allowed)
    return worst


@pytest.mark.parametrize("name", list(TABLE))
def test_log_prob(name: str) -> None:
    assert sum(map(len, points(name))) > 20
    assert worst_value(name) <= 1.0


@pytest.mark.parametrize("name", list(TABLE))
def test_the_usual_formulas_would_not_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_counts, "_LARGE_IN_TRACES", math.inf)  # negative control
    assert worst_value(name) > 10.0


def slopes_agree(name: str) -> bool:
    """Whether all derivatives are right in units of a number's relative change: those of counts."""
    for group in points(name):
        group = group[:: 12 if name == "Skellam" else 3]  # noqa: PLW2901
        traced = Traced(name, group)
        slope = ad.compile(ad.grad(lambda v: np.sum(traced(v))))  # noqa: B023 - called at once
        got = slope(traced.start) * traced.start
        others = [k for k in (*traced.columns, "value") if k in traced.free or k != "value"]
        for i, one in enumerate(traced.free):
            for row in range(traced.size):
                with mp.workdps(90):
                    want = traced.slope(row, one)
                    # What rounding of all numbers in their last places changes.
                    moved = (traced.slope(row, one, k, traced.unit(row, k)) - want for k in others)
                    loss = float(mp.fsum(abs(v) for v in moved))
                allowed = 1e-10 * max(1.0, abs(float(want))) + 8.0 * loss + slack(name, *group[row])
                if not abs(got[i * traced.size + row] - float(want)) <= allowed:
                    return False
    return True


@pytest.mark.parametrize("name", list(TABLE))
def test_gradients(name: str) -> None:
    assert slopes_agree(name)


def test_gradients_of_the_usual_formulas_would_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_counts, "_LARGE_IN_TRACES", math.inf)  # negative control
    assert not slopes_agree("NegativeBinomial2")


@pytest.mark.parametrize("form", ["logits", "probs"])
def test_of_categories(form: str) -> None:
    for counts, parameters in of_categories(form):
        n = parameters["total_count"]
        if np.max(counts) < LEAST:
            continue

        def density(v: Any, counts: Any = counts, n: float = n) -> Any:
            return ppl.Multinomial(n, **{form: v}).log_prob_inside(counts)

        with mp.workdps(60):
            given = {form: [mp.mpf(v) for v in parameters[form]], "total_count": mp.mpf(n)}
            want = exact_multinomial([mp.mpf(v) for v in counts], **given)
        got = ad.value_and_grad(density)(parameters[form])[0]
        mean = ppl.Multinomial(**parameters).mean
        allowed = 1e-12 * max(1.0, abs(float(want)))
        allowed += 100.0 * 2.0**-52 * float(np.sum(np.abs(counts - mean)))
        assert abs(float(got) - float(want)) <= allowed


def test_of_mixed_categories() -> None:
    for counts, parameters in list(of_mixed())[::7]:
        n, a = parameters["total_count"], parameters["concentration"]
        if np.max(counts) < LEAST:
            continue

        def density(v: Any, counts: Any = counts, n: float = n) -> Any:
            return ppl.DirichletMultinomial(concentration=v, total_count=n).log_prob_inside(counts)

        with mp.workdps(60):
            want = dirichlet_multinomial(
                [mp.mpf(v) for v in counts], [mp.mpf(v) for v in a], mp.mpf(n)
            )
        got = ad.value_and_grad(density)(a)[0]
        assert abs(float(got) - float(want)) <= 1e-12 * max(1.0, abs(float(want)))


def test_small_counts_keep_their_sufficient_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    def log_prob(count: float) -> Any:
        return ad.grad(lambda x: ppl.Poisson(x[0]).log_prob(np.array([1.0, count])).sum())

    def refuse(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(ad.special, "kl_div", refuse)
    log_prob(2.0**19 - 1)(np.array([3.0]))
    with pytest.raises(RuntimeError):
        log_prob(2.0**19)(np.array([3.0]))

"""Log probabilities of vectors of large counts and concentrations keep their digits."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest

import ppl
from ppl import large_counts

from .cases_multivariate import dirichlet, dirichlet_multinomial, multinomial
from .digits import Errors, assert_all_allowed, worst

SIZES = (40.0, 1e3, 1e6, 1e9, 1e12)
SHARES = (
    np.array([0.2, 0.5, 0.3]),
    np.array([1e-9, 1e-3, 1.0 - 1e-3 - 1e-9]),
    np.full(5, 0.2),
)


def spread(mean: Any, total: float) -> Any:
    """Whole numbers of that sum near their means and far off, some of them 0."""
    rng = np.random.default_rng(7)
    for size in (0.0, 1.0, 30.0, np.inf):
        share = rng.dirichlet(np.ones(mean.size)) if size == np.inf else mean / total
        off = 0.0 if size == np.inf else size * rng.normal(size=mean.size) * np.sqrt(mean)
        counts = np.maximum(np.floor(total * share + off), 0.0)
        counts[-1] = total - np.sum(counts[:-1])
        if counts[-1] >= 0.0:
            yield counts


def of_categories(name: str) -> Any:
    for total in SIZES:
        for share in SHARES:
            for counts in spread(total * share, total):
                given = share if name == "probs" else np.log(share) + 3.0
                yield counts, {"total_count": total, name: given}


def of_shares() -> Any:
    for total in SIZES:
        for share in SHARES:
            a = total * share
            for counts in spread(a, total):
                value = (counts + 0.5) / np.sum(counts + 0.5)
                yield value, {"concentration": a}


def of_mixed() -> Any:
    for total in SIZES:
        for weight in (0.7, *SIZES):
            for share in SHARES:
                for counts in spread(total * share, total):
                    yield counts, {"total_count": total, "concentration": weight * share}


def exact_multinomial(x: Any, total_count: Any, **given: Any) -> Any:
    """Of probabilities that add up to 1 but for their rounding, the shares of the sum."""
    if "probs" in given:
        whole = mp.fsum(given["probs"])
        return multinomial(x, total_count, probs=[p / whole for p in given["probs"]])
    return multinomial(x, total_count, **given)


def exact_dirichlet(x: Any, concentration: Any) -> Any:
    whole = mp.fsum(x)
    return dirichlet([v / whole for v in x], concentration)


# Law, textbook density, where, and how far means are off: what rounding multiplies.
TABLE: dict[str, tuple[Any, Any, Any, Any]] = {
    "Multinomial": (
        ppl.Multinomial,
        exact_multinomial,
        lambda: of_categories("probs"),
        lambda x, law: np.sum(np.abs(x - law.mean)),
    ),
    "Multinomial logits": (
        ppl.Multinomial,
        exact_multinomial,
        lambda: of_categories("logits"),
        lambda x, law: 25.0 * np.sum(np.abs(x - law.mean)),  # of logits as far as -20
    ),
    "Dirichlet": (
        ppl.Dirichlet,
        exact_dirichlet,
        of_shares,
        lambda x, law: np.sum(np.abs(law.concentration - x * np.sum(law.concentration))),
    ),
    "DirichletMultinomial": (
        ppl.DirichletMultinomial,
        dirichlet_multinomial,
        of_mixed,
        lambda _x, _law: 0.0,
    ),
}


def errors(name: str) -> Errors:
    """Errors in units of what is allowed, with where."""
    make, density, where, off = TABLE[name]
    found = []
    for x, parameters in where():
        law = make(**parameters)
        with mp.workdps(60):
            exactly = {
                k: [mp.mpf(u) for u in v] if np.ndim(v) else mp.mpf(v)
                for k, v in parameters.items()
            }
            want = density([mp.mpf(v) for v in x], **exactly)
            error = float(abs(mp.mpf(float(law.log_prob(x))) - want))
        allowed = 1e-12 * max(1.0, abs(float(want))) + 4.0 * 2.0**-52 * float(off(x, law))
        found.append((error / allowed, x, parameters))
    return found


@pytest.mark.parametrize("name", list(TABLE))
def test_log_prob_at_any_size(name: str) -> None:
    assert_all_allowed(errors(name))


@pytest.mark.parametrize("name", list(TABLE))
def test_the_usual_formulas_would_not_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_counts, "_LARGE", np.inf)  # negative control
    assert worst(errors(name))[0] > 100.0


def test_of_arrays_each_by_its_own_form() -> None:
    a = np.array([[1.0, 2.0, 3.0], [1e9, 2e9, 3e9]])
    value = np.array([0.1, 0.4, 0.5])
    got = ppl.Dirichlet(a).log_prob(value)
    np.testing.assert_array_equal(got, [ppl.Dirichlet(row).log_prob(value) for row in a])
    counts = np.array([[1.0, 0.0, 2.0], [1e9, 0.0, 2e9]])
    law = ppl.Multinomial(np.sum(counts, axis=-1), probs=[0.4, 0.0, 0.6])
    each = [ppl.Multinomial(sum(x), probs=[0.4, 0.0, 0.6]).log_prob(x) for x in counts]
    np.testing.assert_array_equal(law.log_prob(counts), each)
    assert float(ppl.Multinomial(1e9, probs=[1.0, 0.0]).log_prob([0.0, 1e9])) == -np.inf
    assert float(ppl.Multinomial(1e9, probs=[1.0, 0.0]).log_prob([1e9, 0.0])) == 0.0
    assert float(ppl.Dirichlet([1e9, 1e9]).log_prob([1.0, 0.0])) == -np.inf

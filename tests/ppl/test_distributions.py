"""Laws derived from the table of cases: the same tests for every distribution."""

from __future__ import annotations

import inspect
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl
from ppl import distributions

from . import cases

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = {case.name: case for case in cases.CASES}
EPS = 2.0**-52
ROWS = [
    pytest.param(case, parameters, id=f"{case.name}-{index}")
    for case in cases.CASES
    for index, parameters in enumerate(case.parameters)
]
FIRST = [pytest.param(case, case.parameters[0], id=case.name) for case in cases.CASES]
NO_CLOSED_FORM = {"Poisson": {"entropy"}}


def interior(case: cases.Case, parameters: cases.Parameters) -> list[float]:
    """Points of the support: quantiles from far left to far right, and the row's tails."""
    levels = (1e-250, 1e-12, 0.02, 0.3, 0.5, 0.81, 0.99, 1 - 1e-12)
    with np.errstate(all="ignore"):
        quantiles = [float(q) for q in case.scipy(**parameters).ppf(levels)]
    support = case.law(**parameters).support
    points = {q for q in quantiles + list(case.tails) if support.check(q) is None}
    return sorted(points - set(case.edges))


def exact(case: cases.Case, x: float, parameters: cases.Parameters) -> Any:
    with mp.workdps(60):
        return case.logpdf(mp.mpf(x), **{k: mp.mpf(v) for k, v in parameters.items()})


def tolerance(case: cases.Case, x: float, parameters: cases.Parameters, value: Any) -> float:
    """1e-12 of the value (of 1 for small ones); 8 units of the largest term where terms cancel."""
    return max(1e-12 * max(1.0, abs(float(value))), 8 * EPS * case.largest(x, **parameters))


def test_folder_list_and_cases_agree() -> None:
    folder = Path(distributions.__file__).parent
    files = {path.stem for path in folder.glob("*/*.py") if path.stem != "__init__"}
    laws = {
        name: law
        for name in distributions.__all__
        if inspect.isclass(law := getattr(distributions, name)) and law is not ppl.Distribution
    }
    assert {law.__module__.rpartition(".")[2] for law in laws.values()} == files
    assert set(laws) == set(CASES)
    assert all(getattr(ppl, name) is law for name, law in laws.items())


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_log_prob_is_the_textbook_density(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case.law(**parameters)
    points = interior(case, parameters)
    assert points
    got = law.log_prob(np.array(points))
    for x, value in zip(points, got, strict=True):
        want = exact(case, x, parameters)
        assert abs(value - want) <= tolerance(case, x, parameters, want), (x, value, want)


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_edges_are_those_of_scipy(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case.law(**parameters)
    reference = case.scipy(**parameters)
    for x in case.edges:
        with np.errstate(all="ignore"):
            want = float(reference.logpdf(x))
        assert float(law.log_prob(x)) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_outside_the_support_is_minus_infinity(
    case: cases.Case, parameters: cases.Parameters
) -> None:
    law = case.law(**parameters)
    for x in case.outside:
        assert float(law.log_prob(x)) == -math.inf
    assert math.isnan(law.log_prob(math.nan))


@pytest.mark.parametrize("case", [CASES["Uniform"]], ids=["Uniform"])
def test_uniform_ends(case: cases.Case) -> None:
    law = case.law(2.0, 5.0)
    values = law.log_prob([2.0, 5.0, math.nextafter(2.0, 0), math.nextafter(5.0, 9)])
    np.testing.assert_array_equal(values, [-math.log(3.0)] * 2 + [-math.inf] * 2)


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_mass_is_one(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case.law(**parameters)
    if law.discrete:
        total = mp.fsum(
            mp.exp(v) for v in law.log_prob(np.arange(2.0 if case.name == "Bernoulli" else 200.0))
        )
    else:
        ends = [float(v) for v in case.scipy(**parameters).support()]
        middle = [float(v) for v in law.icdf(np.array([0.01, 0.5, 0.99]))]
        cuts = [mp.mpf(v) for v in (ends[0], *middle, ends[1])]
        total = mp.quad(lambda x: mp.exp(float(law.log_prob(float(x)))), cuts)
    assert float(total) == pytest.approx(1.0, abs=1e-9)


def moment_score(draws: Any, mean: float, variance: float) -> float:
    """Largest deviation of mean and variance from their expectations, in standard errors."""
    n = draws.size
    deviations = draws - mean
    fourth = float(np.mean(deviations**4))
    errors = (math.sqrt(variance / n), math.sqrt((fourth - variance**2) / n))
    first = abs(float(deviations.mean())) / errors[0]
    second = abs(float((deviations**2).mean()) - variance) / errors[1]
    return max(first, second)


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_draws_have_the_moments(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case.law(**parameters)
    draws = np.asarray(law.sample(np.random.default_rng(20), 20_000), dtype=float)
    assert law.support.check(draws) is None
    reference = case.scipy(**parameters)
    if not math.isfinite(reference.var()):  # no moments: count the draws below the quartiles
        quartiles = np.array(reference.ppf([0.25, 0.5, 0.75]))
        below = (draws[:, None] < quartiles).mean(axis=0)
        assert np.all(np.abs(below - [0.25, 0.5, 0.75]) < 4 * 0.5 / math.sqrt(draws.size))
        return
    assert moment_score(draws, float(reference.mean()), float(reference.var())) < 4
    # Negative control: the same score notices draws that are 5% too wide.
    wide = reference.mean() + 1.05 * (draws - reference.mean())
    assert moment_score(wide, float(reference.mean()), float(reference.var())) > 4


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_draws_follow_the_cdf(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case.law(**parameters)
    draws = np.asarray(law.sample(np.random.default_rng(3), 4000), dtype=float)
    values, counts = np.unique(draws, return_counts=True)
    upto = np.cumsum(counts) / draws.size
    at = np.abs(upto - law.cdf(values))
    before = np.abs(upto - counts / draws.size - law.cdf(np.nextafter(values, -np.inf)))
    distance = max(np.max(at), np.max(before))
    # Kolmogorov's statistic exceeds 2.23 / sqrt(n) with probability 1e-4.
    assert distance < 2.23 / math.sqrt(draws.size)


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_mean_variance_entropy(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case.law(**parameters)
    reference = case.scipy(**parameters)
    with np.errstate(all="ignore"):
        want = {"mean": reference.mean(), "variance": reference.var()}
    for name, value in want.items():
        got = float(getattr(law, name))
        if math.isfinite(value):
            assert got == pytest.approx(float(value), rel=1e-9)
        else:
            assert not math.isfinite(got)
    if "entropy" in NO_CLOSED_FORM.get(case.name, ()):
        with pytest.raises(NotImplementedError, match=f"{case.name}: entropy is not available"):
            law.entropy()
    elif parameters is case.parameters[0]:
        assert float(law.entropy()) == pytest.approx(float(reference.entropy()), rel=1e-9)


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_cdf_and_log_cdf(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case.law(**parameters)
    points = np.array(interior(case, parameters))
    with np.errstate(all="ignore"):
        want = case.scipy(**parameters).cdf(points)
    np.testing.assert_allclose(law.cdf(points), want, rtol=1e-8, atol=1e-300)
    np.testing.assert_allclose(np.exp(law.log_cdf(points)), want, rtol=1e-8, atol=1e-300)
    assert np.all(law.log_cdf(points) <= 0)
    below = [x for x in (-math.inf, *case.outside) if x < law.support.lowest()]
    assert all(float(law.cdf(x)) == 0.0 and float(law.log_cdf(x)) == -math.inf for x in below)
    assert float(law.cdf(math.inf)) == 1.0


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_icdf_inverts_cdf(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case.law(**parameters)
    q = np.array([1e-6, 0.1, 0.37, 0.5, 0.9, 1 - 1e-6])
    x = law.icdf(q)
    if law.discrete:
        assert np.all(law.cdf(x) >= q)
        assert np.all(law.cdf(x - 1) < q)
    else:
        np.testing.assert_allclose(law.cdf(x), q, rtol=1e-9)
    assert np.all(np.isnan(law.icdf([-0.1, 1.1, math.nan])))


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_gradients(case: cases.Case, parameters: cases.Parameters) -> None:
    names = list(parameters)
    start = np.array(list(parameters.values()))
    points = interior(case, parameters)
    x = points[len(points) // 2]

    def density(p: Any) -> Any:
        return case.law(**{name: p[i] for i, name in enumerate(names)}).log_prob(x)

    got = ad.grad(density)(start)
    for i, name in enumerate(names):
        want = slope_of(lambda v: case.logpdf(x, **{**parameters, name: v}), parameters[name])  # noqa: B023 - called at once
        assert got[i] == pytest.approx(want, rel=1e-10, abs=1e-10)
    if not case.law(**parameters).discrete:
        slope = ad.grad(lambda v: case.law(**parameters).log_prob(v[0]))(np.array([x]))[0]
        want = slope_of(lambda v: case.logpdf(v, **parameters), x)
        assert slope == pytest.approx(want, rel=1e-10, abs=1e-10)


def slope_of(function: Callable[[Any], Any], x: float) -> float:
    """Derivative by a central difference with 80 digits."""
    with mp.workdps(80):
        h = mp.mpf(10) ** -30 * (abs(mp.mpf(x)) or 1)
        return float((function(mp.mpf(x) + h) - function(mp.mpf(x) - h)) / (2 * h))


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_gradients_stay_finite_outside(case: cases.Case, parameters: cases.Parameters) -> None:
    names = list(parameters)
    inside = interior(case, parameters)[0]
    for x in case.outside:

        def density(p: Any, x: float = x) -> Any:
            law = case.law(**{name: p[i] for i, name in enumerate(names)})
            return np.sum(law.log_prob(np.array([x, inside])))

        value, slope = ad.value_and_grad(density)(np.array(list(parameters.values())))
        assert value == -math.inf
        assert np.isfinite(slope).all()


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_wrong_parameters_are_named(case: cases.Case, parameters: cases.Parameters) -> None:
    for name, (value, words) in case.wrong.items():
        here = inspect.currentframe()
        assert here is not None
        line = here.f_lineno + 2
        with pytest.raises(ppl.ParameterError) as caught:
            case.law(**{**parameters, name: value})
        assert str(caught.value).startswith(f"{case.name}: {name} must be")
        assert words in str(caught.value)
        assert f"got {value}" in str(caught.value)
        assert f"test_distributions.py:{line})" in str(caught.value)
        shaped = {**parameters, name: np.array([parameters[name], parameters[name], value])}
        with pytest.raises(ppl.ParameterError, match=re.escape("at index (2,)")):
            case.law(**shaped)


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_shapes_broadcast(case: cases.Case, parameters: cases.Parameters) -> None:
    names = list(parameters)
    grown = {
        name: np.full((3, 1) if i == 0 else (4,), parameters[name]) for i, name in enumerate(names)
    }
    law = case.law(**grown)
    batch = (3, 4) if len(names) > 1 else (3, 1)
    assert law.batch_shape == batch
    assert law.event_shape == ()
    draws = law.sample(np.random.default_rng(1), (2,))
    assert draws.shape == (2, *batch)
    values = law.log_prob(draws)
    assert values.shape == (2, *batch)
    np.testing.assert_allclose(values, case.law(**parameters).log_prob(draws), rtol=1e-15)
    assert np.shape(law.mean) == np.shape(law.variance) == batch


def test_order_aliases_and_names() -> None:
    assert repr(ppl.Normal(mu=1, sigma=2)) == repr(ppl.Normal(1, 2)) == "Normal(loc=1.0, scale=2.0)"
    assert repr(ppl.StudentT(nu=4)) == "StudentT(df=4.0, loc=0.0, scale=1.0)"
    assert str(inspect.signature(ppl.StudentT)) == "(df, loc=0.0, scale=1.0)"
    assert str(inspect.signature(ppl.Gamma)) == "(*, concentration, rate)"
    assert ppl.Bernoulli(probs=0.25).logits == pytest.approx(-math.log(3), rel=1e-15)
    assert ppl.Bernoulli(logits=0.0).probs == 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ppl.Gamma(2, 1), "at most 0 arguments must be positional"),
        (lambda: ppl.Normal(0, 1, 2), "at most 2 arguments must be positional, got 3"),
        (lambda: ppl.Normal(0, sgma=1), "arguments must be among loc, scale, got 'sgma'"),
        (lambda: ppl.Normal(0, 1, mu=1), "loc must be given once"),
        (ppl.StudentT, "df must be given"),
        (lambda: ppl.Normal("a"), "loc must be a number or an array of numbers, got 'a'"),
        (lambda: ppl.Normal([[1], [1, 2]]), "loc must be a number or an array of numbers"),
        (ppl.Bernoulli, "exactly one of probs, logits must be given, got none"),
        (lambda: ppl.Bernoulli(probs=0.5, logits=0), "got probs and logits"),
        (
            lambda: ppl.Normal().sample(3),  # type: ignore[arg-type] # the mistake
            "rng must be a numpy.random.Generator, got 3",
        ),
    ],
)
def test_wrong_calls(make: Any, message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        make()


def test_parameters_that_do_not_broadcast() -> None:
    with pytest.raises(ppl.ShapeError, match=re.escape("got shapes loc (2,), scale (3,)")):
        ppl.Normal([0, 1], [1, 2, 3])
    with pytest.raises(ppl.ShapeError, match=re.escape("got shapes (3,) and (2,)")):
        ppl.Normal([0, 1], 1).log_prob([1, 2, 3])


def test_parameters_do_not_change() -> None:
    law = ppl.Normal()
    with pytest.raises(AttributeError, match="scale must not change"):
        law.scale = 3.0


def test_traced_parameters_are_not_checked() -> None:
    value, slope = ad.value_and_grad(lambda p: ppl.Normal(0.0, p[0]).log_prob(1.0))(
        np.array([-1.0])
    )
    assert math.isnan(value)
    assert slope.shape == (1,)


def test_probabilities_next_to_one_keep_their_digits() -> None:
    # log expit(45) = -log1p(e^-45), which rounds to 0 if computed from the probability
    assert float(ppl.Bernoulli(logits=45.0).log_prob(1)) == pytest.approx(-math.exp(-45), rel=1e-12)
    assert float(ppl.Normal().log_cdf(-40.0)) == pytest.approx(
        float(mp.log(mp.ncdf(-40))), rel=1e-12
    )
    assert float(ppl.HalfCauchy().log_cdf(1e20)) == pytest.approx(-2e-20 / math.pi, rel=1e-12)

"""Laws derived from the table of cases: the same tests for every distribution."""

from __future__ import annotations

import inspect
import math
import re
import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl
from ppl import distributions
from ppl.errors import show

from . import cases
from .case import textbook_moments

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
MOMENTS = {"mean": "mean", "variance": "var"}


def interior(case: cases.Case, parameters: cases.Parameters) -> list[float]:
    """Points of the support: quantiles from far left to far right, and the row's tails."""
    levels = (1e-250, 1e-12, 0.02, 0.3, 0.5, 0.81, 0.99, 1 - 1e-12)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # SciPy says so where it finds no quantile; it is left out
        quantiles = [float(q) for q in case.scipy(**parameters).ppf(levels)]
    support = case(**parameters).support
    ends = np.array([float(support.lowest()), float(support.clip(math.inf))])
    if not support.discrete:  # a quantile next to an end says what rounding left of it
        quantiles = [q for q in quantiles if not np.any(np.isclose(q, ends, rtol=8 * EPS, atol=0))]
    points = {q for q in quantiles + list(case.tails) if support.check(q) is None}
    return sorted(points - set(case.edges))


def exact(case: cases.Case, x: float, parameters: cases.Parameters) -> Any:
    with mp.workdps(60):
        return case.logpdf(mp.mpf(x), **{k: precise(v) for k, v in parameters.items()})


def precise(value: Any) -> Any:
    return [mp.mpf(v) for v in value] if isinstance(value, tuple) else mp.mpf(value)


def flat(parameters: cases.Parameters) -> Any:
    return np.concatenate([np.ravel(value) for value in parameters.values()]).astype(float)


def structured(p: Any, parameters: cases.Parameters) -> cases.Parameters:
    """Parameters from a flat vector, plain, traced, or a list of mpmath numbers."""
    result, start = {}, 0
    for name, value in parameters.items():
        size = np.size(value)
        result[name] = p[start : start + size] if isinstance(value, tuple) else p[start]
        start += size
    return result


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
    assert set(laws) == set(CASES) | cases.ELSEWHERE
    assert all(getattr(ppl, name) is law for name, law in laws.items())


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_log_prob_is_the_textbook_density(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case(**parameters)
    points = interior(case, parameters)
    assert points
    got = law.log_prob(np.array(points))
    for x, value in zip(points, got, strict=True):
        want = exact(case, x, parameters)
        assert value == want or abs(value - want) <= tolerance(case, x, parameters, want), (
            x,
            value,
            want,
        )


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_edges_are_those_of_scipy(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case(**parameters)
    reference = case.scipy(**parameters)
    for x in case.edges:
        with np.errstate(all="ignore"):
            want = float(reference.logpdf(x))
        assert float(law.log_prob(x)) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_outside_the_support_is_minus_infinity(
    case: cases.Case, parameters: cases.Parameters
) -> None:
    law = case(**parameters)
    for x in case.outside:
        assert float(law.log_prob(x)) == -math.inf
    assert math.isnan(law.log_prob(math.nan))


@pytest.mark.parametrize("case", [CASES["Uniform"]], ids=["Uniform"])
def test_uniform_ends(case: cases.Case) -> None:
    law = case.law(2.0, 5.0)
    values = law.log_prob([2.0, 5.0, math.nextafter(2.0, 0), math.nextafter(5.0, 9)])
    np.testing.assert_array_equal(values, [-math.log(3.0)] * 2 + [-math.inf] * 2)


def integral(function: Callable[[Any], Any], low: float, high: float) -> float:
    """By Takahasi and Mori's rules, double exponential in t; one end at least is finite.

    Half lines count from a length of 1 + |end|.
    """
    t, step = np.linspace(-4.6, 4.6, 369, retstep=True)
    grown, slope = 0.5 * math.pi * np.sinh(t), 0.5 * math.pi * np.cosh(t)
    if math.isfinite(low) and math.isfinite(high):
        near = np.exp(-np.abs(grown)) / (2.0 * np.cosh(grown))  # share of the way from the near end
        x = np.where(t < 0.0, low + (high - low) * near, high - (high - low) * near)
        weight = (high - low) * 0.5 / np.cosh(grown) ** 2 * slope
    else:
        end, sign = (low, 1.0) if math.isfinite(low) else (high, -1.0)
        size = (1.0 + abs(end)) * np.exp(grown)
        x, weight = end + sign * size, size * slope
    inside = (x > low) & (x < high)
    return float(np.sum(function(x[inside]) * weight[inside])) * float(step)


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_mass_is_one(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case(**parameters)
    if law.discrete:
        total = mp.fsum(mp.exp(v) for v in law.log_prob(np.arange(-20.0, 400.0)))
    else:
        ends = [float(v) for v in case.scipy(**parameters).support()]
        middle = [float(v) for v in case.scipy(**parameters).ppf(np.array([0.01, 0.5, 0.99]))]
        rest = 0.0
        if math.inf in law.log_prob(ends):  # next to such an end the rounding of x would count
            ends = [float(v) for v in law.icdf(np.array([1e-4, 1 - 1e-4]))]
            rest = float(law.cdf(ends[0])) + 1 - float(law.cdf(ends[1]))
        cuts = sorted((ends[0], *middle, *case.kinks, ends[1]))
        total = rest + sum(
            integral(lambda x: np.exp(law.log_prob(x)), a, b) for a, b in pairwise(cuts)
        )
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
    law = case(**parameters)
    draws = np.asarray(law.sample(np.random.default_rng(20), 20_000), dtype=float)
    assert law.support.check(draws) is None
    reference = case.scipy(**parameters)
    if reference.var() == 0.0:
        assert np.all(draws == reference.mean())
        return
    if not math.isfinite(reference.var()):  # no moments: count the draws below the quartiles
        quartiles = np.array(reference.ppf([0.25, 0.5, 0.75]))
        below = (draws[:, None] <= quartiles).mean(axis=0)
        assert np.all(np.abs(below - reference.cdf(quartiles)) < 4 * 0.5 / math.sqrt(draws.size))
        return
    assert moment_score(draws, float(reference.mean()), float(reference.var())) < 4
    # Negative control: the same score notices draws that are 5% too wide.
    wide = reference.mean() + 1.05 * (draws - reference.mean())
    assert moment_score(wide, float(reference.mean()), float(reference.var())) > 4


def kolmogorov(case: cases.Case, parameters: cases.Parameters, count: int) -> float:
    """Largest distance of draws from the cdf, times the root of their number."""
    law = case(**parameters)
    draws = np.asarray(law.sample(np.random.default_rng(3), count), dtype=float)
    values, counts = np.unique(draws, return_counts=True)
    upto = np.cumsum(counts) / draws.size
    before = upto - counts / draws.size
    here = law.cdf(values)
    if law.discrete:
        distance = max(np.max(np.abs(upto - here)), np.max(np.abs(before - law.cdf(values - 0.5))))
    else:
        # A draw stands for what rounds to it: of some beta laws 2% round to 0.
        low, high = law.cdf(np.nextafter(values, -np.inf)), law.cdf(np.nextafter(values, np.inf))
        distance = max(
            np.max(np.maximum(here - upto, upto - high)),
            np.max(np.maximum(low - before, before - here)),
        )
    return float(distance) * math.sqrt(draws.size)


def test_a_wrong_cdf_is_noticed() -> None:
    # Negative control: draws of one law against the distribution function of another near it.
    class Near(ppl.Normal):
        def _cdf(self, value: Any) -> Any:
            return ppl.Normal(0.1, 1.0).cdf(value)

    case = replace(CASES["Normal"], law=Near)
    assert kolmogorov(case, {"loc": 0.0, "scale": 1.0}, 10_000) > 2.23


# Kolmogorov's statistic exceeds 2.23 with probability 1e-4.
@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_draws_follow_the_cdf(case: cases.Case, parameters: cases.Parameters) -> None:
    assert kolmogorov(case, parameters, 10_000) < 2.23


@pytest.mark.slow
@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_a_million_draws_follow_the_cdf(case: cases.Case, parameters: cases.Parameters) -> None:
    assert kolmogorov(case, parameters, 1_000_000) < 2.23


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_mean_variance_entropy(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case(**parameters)
    reference = case.scipy(**parameters)
    first = parameters is case.parameters[0]
    if case.moments:
        if first:
            wanted = textbook_moments(case, parameters)
            found = {"mean": law.mean, "variance": law.variance, "entropy": law.entropy()}
            for name, want in wanted.items():
                assert float(found[name]) == pytest.approx(want, rel=1e-10, abs=1e-12), name
        return
    for name, statistic in MOMENTS.items():
        with np.errstate(all="ignore"):
            value = getattr(reference, statistic)()
        got = float(getattr(law, name))
        if math.isfinite(value):
            assert got == pytest.approx(float(value), rel=1e-9)
        else:
            assert not math.isfinite(got)
    if first:
        assert float(law.entropy()) == pytest.approx(float(reference.entropy()), rel=1e-9)


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_cdf_and_log_cdf(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case(**parameters)
    points = np.array(interior(case, parameters))
    with np.errstate(all="ignore"):
        want = case.scipy(**parameters).cdf(points)
    np.testing.assert_allclose(law.cdf(points), want, rtol=1e-8, atol=1e-300)
    np.testing.assert_allclose(np.exp(law.log_cdf(points)), want, rtol=1e-8, atol=1e-300)
    assert np.all(law.log_cdf(points) <= 0)
    with np.errstate(all="ignore"):
        rest = case.scipy(**parameters).sf(points)
    np.testing.assert_allclose(law.sf(points), rest, rtol=1e-8, atol=1e-11)
    assert np.all(law.log_sf(points) <= 0)
    below = [x for x in (-math.inf, *case.outside) if x < law.support.lowest()]
    assert all(float(law.cdf(x)) == 0.0 and float(law.log_cdf(x)) == -math.inf for x in below)
    assert float(law.cdf(math.inf)) == 1.0


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_tails_differ_by_the_density(case: cases.Case, parameters: cases.Parameters) -> None:
    """Both tails far beyond where a probability underflows, and that nothing cancels there."""
    if "cdf slope" in case.missing:
        return
    law = case(**parameters)
    points = np.array(interior(case, parameters))
    with np.errstate(all="ignore"):
        log_prob = law.log_prob(points)
        if law.discrete:
            shares = [
                np.exp(law.log_cdf(points) - log_prob) - np.exp(law.log_cdf(points - 1) - log_prob),
                np.exp(law.log_sf(points - 1) - log_prob) - np.exp(law.log_sf(points) - log_prob),
            ]
            tails = [law.log_cdf(points), law.log_sf(points - 1)]
        else:
            tails = [law.log_cdf(points), law.log_sf(points)]
            slopes = [
                ad.grad(lambda x: np.sum(law.log_cdf(x)))(points),
                -ad.grad(lambda x: np.sum(law.log_sf(x)))(points),
            ]
            shares = [s * np.exp(t - log_prob) for s, t in zip(slopes, tails, strict=True)]
    terms = np.array([case.largest(float(x), **parameters) for x in points])
    size = 1e-14 * (np.abs(log_prob) + terms)
    ordinary = (points == 0.0) | ((np.abs(points) > 1e-100) & (np.abs(points) < 1e100))
    for share, tail in zip(shares, tails, strict=True):
        # Of the tail above a half the first digits say nothing; beyond exp(-650) it may underflow.
        small = (tail < -math.log(2.0)) & (tail > -650.0) & ordinary
        error = size * np.maximum(
            1.0, np.exp(np.where(small, tail - log_prob, 0.0)) if law.discrete else 1.0
        )
        assert np.all(np.abs(share - 1.0)[small] <= case.tail_slope + error[small]), (points, share)


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_icdf_inverts_cdf(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case(**parameters)
    q = np.array([1e-6, 0.1, 0.37, 0.5, 0.9, 1 - 1e-6])
    x = law.icdf(q)
    if law.discrete:
        assert np.all(law.cdf(x) >= q)
        assert np.all(law.cdf(x - 1) < q)
    else:
        rounding = np.exp(law.log_prob(x)) * np.spacing(np.abs(x))  # what rounding x changes
        assert np.all(np.abs(law.cdf(x) - q) <= 1e-9 * q + rounding)
    assert np.all(np.isnan(law.icdf([-0.1, 1.1, math.nan])))


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_gradients(case: cases.Case, parameters: cases.Parameters) -> None:
    points = interior(case, parameters)
    law, start, count = case(**parameters), flat(parameters), len(points)
    others = [mp.mpf(number) for number in start]
    given = {name: precise(value) for name, value in parameters.items()}
    for x in {points[count // 4], points[count // 2], points[3 * count // 4]}:
        got = ad.grad(lambda p: case(**structured(p, parameters)).log_prob(x))(start)  # noqa: B023 - called at once
        for i in range(start.size):

            def along(v: Any, i: int = i, x: float = x) -> Any:
                moved = structured([*others[:i], v, *others[i + 1 :]], parameters)
                return case.logpdf(mp.mpf(x), **moved)

            assert got[i] == pytest.approx(slope_of(along, start[i]), rel=1e-10, abs=1e-10)
        if not law.discrete:
            slope = ad.grad(lambda v: law.log_prob(v[0]))(np.array([x]))[0]
            want = slope_of(lambda v: case.logpdf(v, **given), x)
            assert slope == pytest.approx(want, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_native_code_agrees(case: cases.Case, parameters: cases.Parameters) -> None:
    points = np.array(interior(case, parameters))

    def density(p: Any) -> Any:
        law = case(**structured(p, parameters))
        return np.sum(law.log_prob(points) * np.cos(np.arange(len(points))))

    start = flat(parameters)
    value, slope = ad.value_and_grad(density)(start)
    native, gradient = ad.density(density, start.size).logdensity_and_gradient(start)
    assert native == pytest.approx(float(value), rel=1e-11)
    np.testing.assert_allclose(gradient, slope, rtol=1e-9, atol=1e-9 * np.max(np.abs(slope)))


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_a_site_of_a_model(case: cases.Case, parameters: cases.Parameters) -> None:
    law = case(**parameters)
    if law.discrete:
        values = law.sample(np.random.default_rng(4), 5)

        def counts(y: Any) -> None:
            shift = ppl.sample("shift", ppl.Normal())
            with ppl.plate("row", 5):
                ppl.sample("y", case(**parameters), obs=y)
                ppl.factor("use", 0.0 * shift)

        posterior = ppl.Posterior(counts, values)
        want = float(np.sum(law.log_prob(values)) + ppl.Normal().log_prob(0.3))
    else:
        x = ppl.transforms.transform_for(law.support)

        def latent() -> None:
            ppl.sample("x", case(**parameters))

        posterior = ppl.Posterior(latent)
        want = float(law.log_prob(x.forward(np.float64(0.3))) + x.log_jacobian(np.float64(0.3)))
    value, gradient = posterior.logdensity_and_gradient(np.array([0.3]))
    assert value == pytest.approx(want, rel=1e-11, abs=1e-11)
    assert np.isfinite(gradient).all()


def slope_of(function: Callable[[Any], Any], x: float) -> float:
    """Derivative by a central difference with 80 digits."""
    with mp.workdps(80):
        h = mp.mpf(10) ** -30 * (abs(mp.mpf(x)) or 1)
        return float((function(mp.mpf(x) + h) - function(mp.mpf(x) - h)) / (2 * h))


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_gradients_stay_finite_outside(case: cases.Case, parameters: cases.Parameters) -> None:
    inside = interior(case, parameters)[0]
    for x in case.outside:

        def density(p: Any, x: float = x) -> Any:
            law = case(**structured(p, parameters))
            return np.sum(law.log_prob(np.array([x, inside])))

        value, slope = ad.value_and_grad(density)(flat(parameters))
        assert value == -math.inf
        assert np.isfinite(slope).all()


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_wrong_parameters_are_named(case: cases.Case, parameters: cases.Parameters) -> None:
    for name, (value, words) in case.wrong.items():
        here = inspect.currentframe()
        assert here is not None
        line = here.f_lineno + 3
        law = case.make or case.law
        with pytest.raises(ppl.ParameterError) as caught:
            law(**{**parameters, name: value})
        assert str(caught.value).startswith(f"{case.name}: {name} must be")
        assert words in str(caught.value)
        shown = show(np.array(value)) if isinstance(value, tuple) else str(value)
        assert f"got {shown}" in str(caught.value)
        if case.make is None:
            assert f"test_distributions.py:{line})" in str(caught.value)
        shaped = {**parameters, name: np.array([parameters[name], parameters[name], value])}
        with pytest.raises(ppl.ParameterError, match=re.escape("at index (2,)")):
            case(**shaped)


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_shapes_broadcast(case: cases.Case, parameters: cases.Parameters) -> None:
    names = list(parameters)
    grown = {
        name: np.broadcast_to(
            parameters[name], ((3, 1) if i == 0 else (4,)) + np.shape(parameters[name])
        )
        for i, name in enumerate(names)
    }
    law = case(**grown)
    batch = (3, 4) if len(names) > 1 else (3, 1)
    assert law.batch_shape == batch
    assert law.event_shape == ()
    draws = law.sample(np.random.default_rng(1), (2,))
    assert draws.shape == (2, *batch)
    values = law.log_prob(draws)
    assert values.shape == (2, *batch)
    np.testing.assert_allclose(values, case(**parameters).log_prob(draws), rtol=1e-15)
    for statistic in MOMENTS:
        assert np.shape(getattr(law, statistic)) == batch

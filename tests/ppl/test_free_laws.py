"""Laws by free numbers, derived from their table: the same tests for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad

from .cases_free import CASES
from .scores import distance, largest_mean

if TYPE_CHECKING:
    from .free_case import FreeCase, Numbers

EPS = 2.0**-52
ROWS = [
    pytest.param(case, point, id=f"{case.name}-{index}")
    for case in CASES
    for index, point in enumerate(case.points)
]
EACH = [pytest.param(case, id=case.name) for case in CASES]
SCORED = [pytest.param(case, id=case.name) for case in CASES if case.points[0]]
KNOWN = [pytest.param(case, id=case.name) for case in CASES if case.marginals]


def values(case: FreeCase, point: Numbers, count: int = 4) -> Any:
    law = case.make(np.array(point))
    return np.asarray(law.sample(np.random.default_rng(11), count), dtype=float)


@pytest.mark.parametrize(("case", "point"), ROWS)
def test_log_prob_is_the_textbook_density(case: FreeCase, point: Numbers) -> None:
    law, draws = case.make(np.array(point)), values(case, point)
    assert law.support.check(draws) is None
    for value, got in zip(draws, law.log_prob(draws), strict=True):
        with mp.workdps(case.digits):
            exact = case.logpdf([mp.mpf(v) for v in np.ravel(value)], [mp.mpf(v) for v in point])
        terms = 8 * EPS * case.largest(value, point)
        assert abs(got - float(exact)) <= max(1e-12 * max(1.0, abs(float(exact))), terms), value


@pytest.mark.parametrize(("case", "point"), ROWS)
def test_gradients(case: FreeCase, point: Numbers) -> None:
    """In p and along each direction of the value, interpreted and native."""
    for value in values(case, point, 2):
        ways = case.tangents(value)
        n, size = len(point), len(point) + len(ways)
        if size == 0:
            continue

        def density(q: Any, value: Any = value, ways: Any = ways, n: int = n) -> Any:
            moved = value + np.reshape(q[n:] @ ways, value.shape) if len(ways) else value
            return case.make(q[:n]).log_prob_inside(moved) + 0.0 * np.sum(q)

        start = np.array([*point, *np.zeros(len(ways))])
        with mp.workdps(case.digits):
            here = [mp.mpf(v) for v in np.ravel(value)]
            steps = [[mp.mpf(v) for v in way] for way in ways]
            numbers = [mp.mpf(v) for v in start]

            def exact(i: int, h: Any) -> Any:
                p = [v + h if k == i else v for k, v in enumerate(numbers[:n])]  # noqa: B023 - called at once
                way = steps[i - n] if i >= n else [0] * len(here)  # noqa: B023
                x = [v + h * d for v, d in zip(here, way, strict=True)]  # noqa: B023
                return case.logpdf(x, p)

            want = []
            for i in range(size):
                h = mp.mpf(10) ** (-case.digits // 3) * (abs(numbers[i]) or 1)
                low = h if numbers[i] == 0 and i < n else 0  # a number at the end of its range
                ends = exact(i, h + low), exact(i, low - h)
                want.append(float((ends[0] - ends[1]) / (2 * h)))
        slack = 8 * EPS * case.largest(value, point)
        native = ad.density(density, size).logdensity_and_gradient(start)[1]
        for got in (ad.grad(density)(start), native):
            np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-10 + slack)


def score(case: FreeCase, count: int, shift: float = 0.0) -> float:
    """Largest mean of the score in standard errors; `shift` moves where it is taken."""
    start = np.array(case.points[0])
    draws = np.asarray(case.make(start).sample(np.random.default_rng(5), count), float)
    assert case.make(start).support.check(draws) is None
    event, at = draws.shape[1:], start * (1.0 + shift)

    def slope(draw: Any) -> Any:
        value = draw.reshape(event) if event else draw[0]
        return ad.grad(lambda p: case.make(p).log_prob_inside(value))(at)

    return largest_mean(slope, draws)


@pytest.mark.parametrize("case", SCORED)
def test_draws_follow_the_density(case: FreeCase) -> None:
    assert score(case, 10_000) < 4.5
    assert score(case, 10_000, -0.3) > 4.5  # negative control


@pytest.mark.slow
@pytest.mark.parametrize("case", SCORED)
def test_a_million_draws_follow_the_density(case: FreeCase) -> None:
    assert score(case, 1_000_000) < 4.5


def marginals_agree(case: FreeCase, count: int) -> None:
    law = case.make(np.array(case.points[0]))
    draws = np.asarray(law.sample(np.random.default_rng(1), count), float)
    for function, cdf in case.marginals:
        assert distance(function(draws), cdf) < 2.23  # exceeded with probability 1e-4
        assert distance(0.9 * function(draws), cdf) > 2.23  # negative control


@pytest.mark.parametrize("case", KNOWN)
def test_marginals(case: FreeCase) -> None:
    marginals_agree(case, 10_000)


@pytest.mark.slow
@pytest.mark.parametrize("case", KNOWN)
def test_marginals_of_a_million(case: FreeCase) -> None:
    marginals_agree(case, 1_000_000)


@pytest.mark.parametrize("case", EACH)
def test_mass_is_one(case: FreeCase) -> None:
    assert case.mass() == pytest.approx(1.0, abs=1e-9)

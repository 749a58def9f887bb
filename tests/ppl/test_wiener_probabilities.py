"""Probabilities of a choice by a time, and moments, of a diffusion between barriers."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl
from ppl.distributions.passage_probabilities import log_hit, log_hit_by

from .test_wiener import wiener

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("separation", "non_decision", "bias", "drift")
POINTS = (
    (1.5, 0.2, 0.5, 1.0),
    (0.8, 0.0, 0.03, -4.0),
    (3.0, 0.3, 1.0 - 2.0**-30, 2.0),
    (2.0, 0.1, 2.0**-30, 0.0),
    (0.05, 0.25, 0.7, 30.0),
    (1.0, 0.0, 0.6, 25.0),
)
# In units of the squared separation, on both sides of the switch of series too.
TIMES = (1e-5, 0.003, 0.1, 0.2499, 0.2501, 1.0, 8.0)


def barrier(distance: Any, time: Any, drift: Any) -> Any:
    """Probability to come up to a distance by a time, times exp(-drift distance): textbooks'."""
    root, way = mp.sqrt(time), drift * distance
    first = mp.exp(-way) * mp.ncdf((drift * time - distance) / root)
    return first + mp.exp(way) * mp.ncdf(-(drift * time + distance) / root)


def hit(time: Any, drift: Any, near: Any) -> tuple[Any, Any]:
    """Probabilities of the barrier at a distance `near` by a time, and later, scaled."""
    far = 1 - near
    whole = mp.exp(drift * near) * (mp.sinh(drift * far) / mp.sinh(drift) if drift else far)
    if time < mp.mpf("0.05"):
        images = (
            barrier(2 * k + near, time, drift) - barrier(2 * k + 2 - near, time, drift)
            for k in range(5)
        )
        upto = mp.exp(drift * near) * mp.fsum(images)
        return upto, whole - upto
    waves = (
        k * mp.sin(k * mp.pi * near) * mp.exp(-((k * mp.pi) ** 2) * time / 2)
        / (drift**2 + (k * mp.pi) ** 2)
        for k in range(1, 60)
    )  # fmt: skip
    after = 2 * mp.pi * mp.exp(drift * near - drift**2 * time / 2) * mp.fsum(waves)
    return whole - after, after


def logs(time: Any, choice: int, parameters: list[Any]) -> tuple[Any, Any]:
    a, tau, bias, drift = parameters
    near, v = (1 - bias, drift) if choice == 1 else (bias, -drift)
    upto, after = hit((time - tau) / a**2, a * v, near)
    return mp.log(upto), mp.log(after)


def law_of(p: Any) -> ppl.Wiener:
    return ppl.Wiener(**{name: p[i] for i, name in enumerate(NAMES)})


def digits(point: tuple[float, ...], scaled: float) -> int:
    """So many that a difference of probabilities keeps 50 of them."""
    size = point[0] * abs(point[3])
    return int(60 + size + size**2 * scaled / 4)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("choice", [1, -1])
def test_both_probabilities_of_the_textbooks(point: tuple[float, ...], choice: int) -> None:
    law = law_of(point)
    for scaled in TIMES:
        time = point[1] + scaled * point[0] ** 2
        with mp.workdps(digits(point, scaled)):
            want = logs(mp.mpf(time), choice, [mp.mpf(v) for v in point])
        # The time less non_decision has lost digits, which count where the logs are steep.
        loss = 8 * 2.0**-52 * (1 + point[1] / (scaled * point[0] ** 2))
        value = np.array([time, float(choice)])
        for mine, exact in zip((law.log_cdf(value), law.log_sf(value)), want, strict=True):
            steep = loss * (1 + abs(float(exact)) + 1 / scaled)
            assert float(mine) == pytest.approx(float(exact), rel=1e-13, abs=1e-13 + steep), scaled
        both = float(law.cdf(value) + law.sf(value))
        assert both == pytest.approx(float(law.cdf([math.inf, choice])), rel=1e-13)


def test_scaled_probabilities_over_a_grid() -> None:
    for far in (0.3, 1e-15, 1.0 - 2.0**-40):
        for drift in (0.0, 1e-8, -0.15, 3.0, -20.0, 60.0):
            for time in (1e-4, 0.2, 0.3):
                with mp.workdps(270):
                    exact = hit(mp.mpf(time), mp.mpf(drift), 1 - mp.mpf(far))
                    want = [float(mp.log(part)) for part in (*exact, mp.fsum(exact))]
                given = [np.float64(v) for v in (drift, 1.0 - far, far)]
                got = (*log_hit_by(np.float64(time), *given), log_hit(*given))
                np.testing.assert_allclose(got, want, rtol=2e-13, atol=1e-14)


@pytest.mark.parametrize("point", POINTS[:5])
@pytest.mark.parametrize("scaled", [0.02, 0.2, 0.6])
def test_slopes_in_every_parameter(point: tuple[float, ...], scaled: float) -> None:
    start = np.array([point[1] + scaled * point[0] ** 2, *point])

    def mine(p: Any) -> Any:
        value, law = np.stack([p[0], 1.0 + 0.0 * p[0]]), law_of(p[1:])
        return np.stack([law.log_cdf(value), law.log_sf(value)])

    got = ad.jacobian(mine)(start)
    native = [ad.density(lambda p, row=row: mine(p)[row], 5) for row in (0, 1)]
    compiled = [density.logdensity_and_gradient(start) for density in native]
    with mp.workdps(digits(point, scaled) + 40):
        numbers = [mp.mpf(v) for v in start]
        for i in range(5):
            h = mp.mpf(10) ** -30
            ends = [
                logs(moved[0], 1, moved[1:])
                for s in (1, -1)
                for moved in [[*numbers[:i], numbers[i] + s * h, *numbers[i + 1 :]]]
            ]
            for row in (0, 1):
                want = float((ends[0][row] - ends[1][row]) / (2 * h))
                # Of time - non_decision the rounding, relative
                loose = 1e-10 + 8 * np.spacing(start[0]) / (scaled * point[0] ** 2)
                assert got[row, i] == pytest.approx(want, rel=loose, abs=1e-10), (row, i)
                assert compiled[row][1][i] == pytest.approx(want, rel=loose, abs=1e-10)


@pytest.mark.parametrize("choice", [1, -1])
def test_they_are_integrals_of_the_density(choice: int) -> None:
    for point in ((1.5, 0.2, 0.3, 1.0 * choice),):
        law, numbers = law_of(point), [*map(mp.mpf, point), mp.mpf(0)]
        cuts = [mp.mpf(point[1] + v * point[0] ** 2) for v in (1e-9, 0.01, 0.05, 0.2, 0.5, 3, 12)]
        with mp.workdps(20):
            parts = [
                mp.quad(lambda t, p=numbers: mp.exp(wiener(t, choice, p)), ends)
                for ends in pairwise(cuts)
            ]
        for i, time in enumerate(cuts[1:-1]):
            value = [float(time), choice]
            upto, after = float(mp.fsum(parts[: i + 1])), float(mp.fsum(parts[i + 1 :]))
            assert float(law.cdf(value)) == pytest.approx(upto, rel=1e-13, abs=1e-15)
            assert float(law.sf(value)) == pytest.approx(after, rel=1e-13)


def test_ends_other_choices_and_batches() -> None:
    law = ppl.Wiener(separation=[1.0, 2.0], non_decision=0.3, bias=0.4, drift=[[0.5], [-1.0]])
    upper = law.cdf([math.inf, 1.0])
    assert upper.shape == law.batch_shape == (2, 2)
    np.testing.assert_allclose(upper + law.cdf([math.inf, -1.0]), 1.0, rtol=1e-15)
    np.testing.assert_array_equal(law.sf([0.2, 1.0]), upper)
    np.testing.assert_array_equal(law.sf([math.inf, 1.0]), 0.0)
    for time in (-math.inf, -1.0, 0.3):
        np.testing.assert_array_equal(law.log_cdf([time, -1.0]), -math.inf)
    for choice in (0.0, 0.5, 2.0):
        np.testing.assert_array_equal(law.cdf([1.0, choice]), 0.0)
        np.testing.assert_array_equal(law.sf([1.0, choice]), 0.0)
    assert np.all(np.isnan(law.cdf([math.nan, 1.0])))
    assert np.all(np.isnan(law.log_sf([1.0, math.nan])))
    values = np.random.default_rng(1).uniform(0.0, 2.0, size=(5, 1, 1, 2))
    values[..., 1] = 1.0
    assert law.log_sf(values).shape == (5, 2, 2)
    with pytest.raises(ppl.ShapeError, match="the value's last axes must be"):
        law.cdf(0.5)


@pytest.mark.parametrize("point", [POINTS[0], (1.0, 0.0, 0.9, -2.0), (2.0, 0.1, 0.3, 4.0)])
def test_draws(point: tuple[float, ...]) -> None:
    law, count = law_of(point), 20_000
    draws = law.sample(np.random.default_rng(12), count)
    other = law_of((1.1 * point[0], *point[1:]))
    for choice in (1.0, -1.0):
        mine = np.sort(draws[draws[:, 1] == choice, 0])
        share = float(law.cdf([math.inf, choice]))
        assert abs(mine.size / count - share) < 4.5 * math.sqrt(share * (1 - share) / count)
        if mine.size < 500:
            continue
        ranks = np.arange(1, mine.size + 1) / mine.size
        pairs = np.stack([mine, np.full(mine.size, choice)], axis=-1)
        for given, good in ((law, True), (other, False)):
            upto = given.cdf(pairs) / given.cdf([math.inf, choice])
            distance = np.max(np.abs(upto - ranks)) * math.sqrt(mine.size)
            assert (distance < 2.23) == good


def transform(s: Any, choice: int, parameters: list[Any]) -> Any:
    """Mean of exp(-s time) where the choice is made: Borodin and Salminen (2002), section 2.3."""
    a, _, bias, drift = parameters
    near, v = (1 - bias, drift) if choice == 1 else (bias, -drift)
    q = mp.sqrt(v * v + 2 * s)
    return mp.exp(v * a * near) * mp.sinh(q * a * (1 - near)) / mp.sinh(q * a)


@pytest.mark.parametrize(
    "point", [*POINTS, (1.0, 0.0, 0.4, 4.9), (1.0, 0.0, 0.4, 5.1), (0.1, 0.0, 0.9, 1e-3)]
)
def test_moments_by_the_laplace_transform(point: tuple[float, ...]) -> None:
    law, square = law_of(point), point[0] ** 2
    with mp.workdps(60):
        numbers = [mp.mpf(v) for v in point]
        h = mp.mpf(10) ** -15 / square
        parts = {}
        for choice in (1, -1):
            # At 0 the transform may be 0 / 0, so around 0 by differences.
            around = [mp.re(transform(s * h, choice, numbers)) for s in (-1.5, -0.5, 0.5, 1.5)]
            ends = [mp.log(value) for value in around]
            slopes = [(b - a) / h for a, b in pairwise(ends)]
            mean, variance = -slopes[1], (slopes[2] - slopes[0]) / (2 * h)
            chance = mp.exp((9 * (ends[1] + ends[2]) - ends[0] - ends[3]) / 16)
            parts[choice] = chance, mean, variance
            got = float(law.time_mean(choice)) - point[1]
            assert got == pytest.approx(float(mean), rel=1e-12, abs=1e-14 * square + 1e-15)
            got = float(law.time_variance(choice))
            assert got == pytest.approx(float(variance), rel=1e-12, abs=1e-14 * square**2)
        mean = mp.fsum(p * m for p, m, _ in parts.values())
        time = mp.fsum(p * (v + (m - mean) ** 2) for p, m, v in parts.values())
        (up, m_up, _), (low, m_low, _) = parts[1], parts[-1]
        both = 2 * up * low * (m_up - m_low)
    expected = [float(mean) + point[1], float(up - low)]
    np.testing.assert_allclose(law.mean, expected, rtol=1e-11, atol=1e-14)
    matrix = [[float(time), float(both)], [float(both), float(4 * up * low)]]
    np.testing.assert_allclose(law.covariance, matrix, rtol=1e-11, atol=1e-14)
    assert law.variance.tolist() == np.diag(law.covariance).tolist()


def test_a_variable_drift_has_no_closed_form() -> None:
    law = ppl.Wiener(separation=1.0, drift=0.5, drift_scale=0.4)
    calls: list[Callable[[], Any]] = [
        lambda: law.cdf([1.0, 1.0]),
        lambda: law.log_sf([1.0, 1.0]),
        lambda: law.mean,
        lambda: law.covariance,
        lambda: law.time_mean(1),
    ]
    for call in calls:
        with pytest.raises(ppl.UndefinedError, match=r"Wiener: .* with a drift_scale is not"):
            call()


def test_other_choices_have_no_moments() -> None:
    law = ppl.Wiener(separation=1.0, drift=0.5)
    with pytest.raises(ValueError, match=r"Wiener.time_mean: choice must be 1 .* got \[1, 0\]"):
        law.time_mean([1, 0])
    assert law.time_variance([1, -1]).shape == (2,)


def test_censored_trials_are_a_factor_of_a_model() -> None:
    truth = ppl.Wiener(separation=1.5, non_decision=0.2, bias=0.4, drift=0.8)
    data = truth.sample(np.random.default_rng(1), 40)
    late = data[:, 0] > 1.0

    def model(y: Any) -> None:
        a = ppl.sample("a", ppl.Gamma(concentration=4.0, rate=2.0))
        drift = ppl.sample("drift", ppl.Normal(0.0, 2.0))
        law = ppl.Wiener(separation=a, non_decision=0.2, bias=0.4, drift=drift)
        with ppl.plate("trial", int(np.sum(~late))):
            ppl.sample("y", law, obs=y)
        # Of the others only that no choice was made by the time 1
        sides = [law.log_sf(np.array([1.0, side])) for side in (1.0, -1.0)]
        ppl.factor("later", float(np.sum(late)) * np.logaddexp(*sides))

    posterior = ppl.Posterior(model, data[~late])
    x = np.array([0.3, 0.5])
    value, gradient = posterior.logdensity_and_gradient(x)
    step = 1e-5 * np.eye(2)
    numeric = [(posterior.logdensity(x + h) - posterior.logdensity(x - h)) / 2e-5 for h in step]
    assert math.isfinite(value)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6)

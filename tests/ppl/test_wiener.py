"""The law of time and choice of a diffusion between barriers."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl

NAMES = ("separation", "non_decision", "bias", "drift", "drift_scale")
POINTS = (
    (1.5, 0.2, 0.5, 1.0, 0.0),
    (0.8, 0.0, 0.03, -4.0, 0.7),
    (3.0, 0.3, 1.0 - 1e-9, 2.0, 1.5),
    (2.0, 0.1, 1e-9, 0.0, 0.0),
    (0.05, 0.25, 0.7, 30.0, 0.0),
)
# In units of the squared separation: early, both sides of the switch of series, late.
TIMES = (1e-8, 0.003, 0.1, 0.2499, 0.2501, 1.0, 30.0, 1e4)


def driftless(time: Any, near: Any) -> Any:
    """Density of the first passage at 0 from `near` in (0, 1), by both series of the textbooks."""
    if time > 0.5:
        return mp.pi * mp.fsum(
            k * mp.exp(-((k * mp.pi) ** 2) * time / 2) * mp.sin(k * mp.pi * near)
            for k in range(1, 30)
        )
    images = ((near + 2 * k) * mp.exp(-((near + 2 * k) ** 2) / (2 * time)) for k in range(-20, 21))
    return mp.fsum(images) / mp.sqrt(2 * mp.pi * time**3)


def wiener(time: Any, choice: int, parameters: list[Any]) -> Any:
    """Of normal drift the mean of exp(v a w - v^2 t / 2), w and v seen from the barrier met."""
    a, tau, bias, drift, spread = parameters
    t = time - tau
    near = 1 - bias if choice == 1 else bias
    v = drift if choice == 1 else -drift
    way = a * near
    if spread == 0:
        tilt = v * way - v * v * t / 2
    else:  # completing the square
        grown = 1 + spread**2 * t
        tilt = (way + v / spread**2) ** 2 * spread**2 / (2 * grown) - v**2 / (2 * spread**2)
        tilt -= mp.log(grown) / 2
    return mp.log(driftless(t / a**2, near)) - 2 * mp.log(a) + tilt


def law_of(p: Any) -> ppl.Wiener:
    return ppl.Wiener(**{name: p[i] for i, name in enumerate(NAMES)})


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("choice", [1, -1])
def test_textbook_density_and_gradient(point: tuple[float, ...], choice: int) -> None:
    for scaled in TIMES:
        start = np.array([point[1] + scaled * point[0] ** 2, *point])
        # The series cancel to exp(-1 / (2 time)) of their terms, and a start near a barrier.
        with mp.workdps(120):
            numbers = [mp.mpf(v) for v in start]

            def along(v: Any, i: int, numbers: list[Any] = numbers) -> Any:
                moved: list[Any] = [*numbers[:i], v, *numbers[i + 1 :]]
                time, *others = moved
                return wiener(time, choice, others)

            want = float(along(numbers[0], 0))
            slopes = []
            for i, v in enumerate(numbers):
                h = mp.mpf(10) ** -35 * min(abs(v) or 1, scaled)
                ends = along(v + h, i), along(abs(v - h) if i == 5 else v - h, i)
                slopes.append(float((ends[0] - ends[1]) / (2 * h)))

        def density(p: Any) -> Any:
            time = np.stack([p[0], float(choice) + 0.0 * p[0]])
            return law_of(p[1:]).log_prob(time)

        value, gradient = ad.density(density, 6).logdensity_and_gradient(start)
        # What the rounding of time - non_decision changes.
        slack = abs(slopes[0]) * np.spacing(start[0])
        assert value == pytest.approx(want, rel=1e-12, abs=1e-12 + slack), scaled
        decided = start[0] - point[1]
        loose = 1e-10 + 4 * np.spacing(start[0]) / decided
        for i, slope in enumerate(slopes):
            assert gradient[i] == pytest.approx(slope, rel=loose, abs=1e-10), (scaled, i)


@pytest.mark.parametrize("point", POINTS[:2])
def test_mass_of_both_choices(point: tuple[float, ...]) -> None:
    law = law_of(point)
    a, tau, bias, drift, spread = point
    if spread == 0.0:
        upper = math.expm1(-2 * drift * a * bias) / math.expm1(-2 * drift * a)
    else:
        nodes, weights = np.polynomial.hermite_e.hermegauss(60)
        v = drift + spread * nodes
        upper = weights @ (np.expm1(-2 * v * a * bias) / np.expm1(-2 * v * a)) / weights.sum()
    logs = np.linspace(math.log(1e-6), math.log(60.0), 4001)
    time = np.exp(logs) * a * a

    def mass(choice: float) -> float:
        density = np.exp(law.log_prob(np.stack([tau + time, np.full(4001, choice)], axis=-1)))
        return float(np.sum(density * time) * (logs[1] - logs[0]))

    assert mass(1.0) == pytest.approx(upper, rel=1e-9)
    assert mass(-1.0) == pytest.approx(1 - upper, rel=1e-9)


def distance(law: ppl.Wiener, draws: Any, choice: float) -> float:
    """Kolmogorov's distance of the times of one choice from the integral of the density."""
    times = np.sort(draws[draws[:, 1] == choice, 0])
    grid = float(law.non_decision) + np.exp(np.linspace(math.log(1e-7), math.log(50.0), 8001))
    density = np.exp(law.log_prob(np.stack([grid, np.full(8001, choice)], axis=-1)))
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(grid)
    upto = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
    ranks = np.arange(1, times.size + 1) / times.size
    largest = np.max(np.abs(np.interp(times, grid, upto) - ranks))
    return float(largest * math.sqrt(times.size))


@pytest.mark.parametrize("point", [(1.5, 0.2, 0.5, 1.0, 0.0), (1.0, 0.0, 0.9, -2.0, 0.5)])
def test_draws(point: tuple[float, ...]) -> None:
    law = law_of(point)
    draws = law.sample(np.random.default_rng(8), 20_000)
    assert law.support.check(draws) is None
    a, _, bias, drift, spread = point
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    v = drift + spread * nodes
    each = np.expm1(-2 * v * a * bias) / np.expm1(-2 * v * a)
    upper = float(weights @ each / weights.sum())
    error = math.sqrt(upper * (1 - upper) / 20_000)
    assert abs(np.mean(draws[:, 1] > 0) - upper) < 4 * error
    for choice in (1.0, -1.0):
        assert distance(law, draws, choice) < 2.23
        other = law_of((1.1 * a, *point[1:]))
        assert distance(other, draws, choice) > 2.23  # negative control


def test_draws_of_any_parameters() -> None:
    rng = np.random.default_rng(3)
    law = ppl.Wiener(separation=[1e-3, 2.0, 500.0], bias=[1e-12, 0.5, 1 - 1e-12], drift=[0, 300, 2])
    draws = law.sample(rng, (4, 5))
    assert draws.shape == (4, 5, 3, 2)
    assert law.support.check(draws) is None
    assert np.all(draws[..., 1, 1] == 1.0)


def test_a_site_of_a_model() -> None:
    rng = np.random.default_rng(1)
    truth = ppl.Wiener(separation=1.5, non_decision=0.2, bias=0.4, drift=0.8)
    data = truth.sample(rng, 30)

    def model(y: Any) -> None:
        a = ppl.sample("a", ppl.Gamma(concentration=4.0, rate=2.0))
        tau = ppl.sample("tau", ppl.Uniform(0.0, 0.3))
        bias = ppl.sample("bias", ppl.Beta(2.0, 2.0))
        drift = ppl.sample("drift", ppl.Normal(0.0, 2.0))
        with ppl.plate("trial", 30):
            law = ppl.Wiener(separation=a, non_decision=tau, bias=bias, drift=drift)
            ppl.sample("y", law, obs=y)

    posterior = ppl.Posterior(model, data)
    x = np.array([0.3, -1.0, 0.2, 0.5])
    value, gradient = posterior.logdensity_and_gradient(x)
    assert math.isfinite(value)
    step = 1e-5 * np.eye(4)
    numeric = [(posterior.logdensity(x + h) - posterior.logdensity(x - h)) / 2e-5 for h in step]
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6)
    drawn = ppl.simulate(model, data, draws=7, seed=1)
    assert np.shape(drawn["y"])[-2:] == (30, 2)


def test_wrong_arguments() -> None:
    good = {"separation": 1.0, "drift": 0.0}
    with pytest.raises(ppl.ParameterError, match="Wiener: bias must be strictly between 0 and 1"):
        ppl.Wiener(**good, bias=1.0)
    with pytest.raises(ppl.ParameterError, match="separation must be positive, got -1"):
        ppl.Wiener(separation=-1.0, drift=0.0)
    with pytest.raises(ppl.ShapeError, match="the value's last axes must be"):
        ppl.Wiener(**good).log_prob([0.3, 0.4, 0.5])
    values = [[0.0, 1.0], [0.3, 0.0], [math.inf, 1.0], [0.3, 1.0]]
    inside = np.isfinite(ppl.Wiener(**good).log_prob(values))
    np.testing.assert_array_equal(inside, [False, False, False, True])

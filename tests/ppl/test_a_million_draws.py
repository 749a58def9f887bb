"""A million draws of every law that has no distribution function: the mean of its score is zero.

Under draws of the density itself the gradient of the log density in the parameters has mean 0, a
law of its own for each parameter. Laws of numbers are compared with their distribution functions in
test_distributions.py; the first test here says that no law is left out of both.
"""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ad
import ppl
from ppl import distributions

from . import cases, cases_multivariate, cases_series
from .test_event_laws import mapped, score
from .test_wrappers import MIXED, ks

if TYPE_CHECKING:
    from .event_case import EventCase

EVENTS = (*cases_multivariate.CASES, *cases_series.CASES)
# Without normalisation there are no draws.
IMPROPER = {"Flat", "HalfFlat", "ImproperUniform"}


def direction(angle: Any) -> Any:
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def oscillator(p: Any) -> ppl.LinearGaussianStateSpace:
    turn = np.stack([np.stack([p[0], p[1]]), np.stack([-p[1], p[0]])])
    return ppl.LinearGaussianStateSpace(
        transition_matrix=turn,
        transition_covariance=p[2] * np.eye(2),
        observation_matrix=np.array([[1.0, 0.0]]),
        observation_covariance=p[3] * np.eye(1),
        initial_mean=np.zeros(2),
        initial_covariance=np.eye(2),
        num_steps=4,
    )


def hidden(p: Any) -> ppl.DiscreteHMM:
    return ppl.DiscreteHMM(
        initial_logits=np.stack([p[0], 0.0 * p[0]]),
        transition_logits=np.reshape(np.stack([p[1], 0.0 * p[1], 0.0 * p[2], p[2]]), (2, 2)),
        observation=ppl.Normal(p[3:5], 1.0),
        num_steps=4,
    )


def diffusion(p: Any) -> ppl.EulerMaruyama:
    return ppl.EulerMaruyama(
        times=[0.0, 0.5, 1.0, 2.0],
        drift=lambda x, t: -p[0] * x + p[1] * t,
        diffusion=lambda x, t: p[2] + 0.1 * x**2,  # noqa: ARG005 - a function of both
        init=ppl.Normal(0.5, p[3]),
    )


# Laws of the parameters p, and values of these.
SCORED: dict[str, tuple[Any, list[float]]] = {
    "VonMises": (lambda p: ppl.VonMises(p[0], p[1]), [0.3, 2.0]),
    "VonMisesFisher": (lambda p: ppl.VonMisesFisher(direction(p[0]), p[1]), [0.3, 2.0]),
    "PowerSpherical": (lambda p: ppl.PowerSpherical(direction(p[0]), p[1]), [0.3, 2.0]),
    "ProjectedNormal": (ppl.ProjectedNormal, [0.7, -1.2, 0.4]),
    "SineBivariateVonMises": (
        lambda p: ppl.SineBivariateVonMises(p[0], p[1], p[2], p[3], p[4]),
        [0.3, -1.0, 2.0, 1.5, 0.7],
    ),
    "SineSkewed": (
        lambda p: ppl.SineSkewed(ppl.VonMises(p[0], p[1]), skewness=p[2]),
        [0.3, 2.0, -0.6],
    ),
    "Wiener": (
        lambda p: ppl.Wiener(
            separation=p[0], non_decision=0.2, bias=p[1], drift=p[2], drift_scale=p[3]
        ),
        [1.5, 0.4, 0.8, 0.5],
    ),
    "LinearGaussianStateSpace": (oscillator, [0.8, 0.3, 0.5, 0.7]),
    "DiscreteHMM": (hidden, [0.3, 1.0, 1.5, -1.0, 1.2]),
    "EulerMaruyama": (diffusion, [0.7, 0.5, 0.4, 1.0]),
    "Independent": (lambda p: ppl.Normal(p[:3], p[3]).to_event(1), [0.3, -1.0, 2.0, 1.5]),
}
UNIFORM = {"SphericalUniform"}  # it has no parameter


def test_no_law_is_left_out() -> None:
    exported = {
        name
        for name in distributions.__all__
        if inspect.isclass(law := getattr(distributions, name)) and law is not ppl.Distribution
    }
    mixed = {type(make()).__name__ for make, _ in MIXED.values()}
    numbers = {case.name for case in cases.CASES}
    events = {case.law.__name__ for case in EVENTS}
    assert exported == numbers | mixed | events | set(SCORED) | UNIFORM | IMPROPER


def test_the_mass_of_every_law_of_events_is_integrated_or_summed() -> None:
    missing = {case.title for case in EVENTS if case.small is None}
    discrete = {case.title for case in EVENTS if case(**case.parameters[0]).discrete}
    assert missing <= discrete  # those are summed over all values


def scores(name: str, count: int, shift: float = 0.0) -> float:
    """Largest mean of the score in standard errors; `shift` moves where it is taken."""
    make, start = SCORED[name]
    draws = np.asarray(make(np.array(start)).sample(np.random.default_rng(5), count), float)
    event, at = draws.shape[1:], np.array(start) * (1.0 + shift)

    def slope(draw: Any) -> Any:
        value = draw.reshape(event) if event else draw[0]
        return ad.grad(lambda p: make(p).log_prob_inside(value))(at)

    slopes = mapped(slope, draws)
    errors = slopes.std(axis=0) / math.sqrt(count)
    return float(np.max(np.abs(slopes.mean(axis=0)) / errors))


@pytest.mark.parametrize("name", list(SCORED))
def test_the_mean_score_is_zero(name: str) -> None:
    assert scores(name, 10_000) < 4.5
    assert scores(name, 10_000, 0.3) > 4.5  # negative control


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SCORED))
def test_the_mean_score_of_a_million_is_zero(name: str) -> None:
    assert scores(name, 1_000_000) < 4.5


@pytest.mark.slow
@pytest.mark.parametrize("case", EVENTS, ids=lambda case: case.title)
def test_a_million_events_follow_the_density(case: EventCase) -> None:
    parameters = case.parameters[0]
    draws = np.asarray(case(**parameters).sample(np.random.default_rng(5), 1_000_000), float)
    assert case(**parameters).support.check(draws) is None
    assert score(case, parameters, draws) < 4.5


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MIXED))
def test_a_million_of_a_mixed_kind(name: str) -> None:
    law = MIXED[name][0]()
    assert ks(law.sample(np.random.default_rng(7), 1_000_000), law) < 2.23


@pytest.mark.slow
def test_a_million_uniform_directions() -> None:
    draws = ppl.SphericalUniform(3).sample(np.random.default_rng(1), 1_000_000)
    for axis in range(3):  # of a sphere in three dimensions each coordinate is uniform
        places = (np.sort(draws[:, axis]) + 1.0) / 2.0
        distance = np.max(np.abs(places - np.arange(1, 1_000_001) / 1_000_000))
        assert distance < 2.23e-3

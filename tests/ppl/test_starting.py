"""Starting points, and hints how to write a model."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import inference
import ppl

from .examples import SIGMA, Y, eight_schools

RNG = np.random.default_rng(1)


def far(y: Any) -> None:
    """No point uniform in (-2, 2) is feasible; the prior knows better."""
    top = ppl.sample("top", ppl.LogNormal(9.0, 0.3))
    with ppl.plate("i", len(y)):
        ppl.sample("y", ppl.Uniform(0.0, top), obs=y)


FAR = np.linspace(10.0, 3000.0, 7)


def finite(posterior: ppl.Posterior, points: Any) -> bool:
    return all(np.isfinite(posterior.logdensity(x)) for x in points)


def test_the_ladder_finds_what_uniform_points_do_not() -> None:
    posterior = ppl.Posterior(far, FAR)
    points = posterior.initial_points(RNG, 4)
    assert points.shape == (4, 1)
    assert finite(posterior, points)
    assert len(np.unique(points)) == 4
    with pytest.raises(ppl.ModelError, match=r"got none by uniform .*in site 'y' \(.*got 10.0"):
        posterior.initial_points(RNG, method="uniform")


def test_a_sampler_asks_the_density_where_uniform_points_fail() -> None:
    fit = inference.nuts(
        ppl.Posterior(far, FAR), draws=50, warmup=50, chains=2, seed=1, progress=False
    )
    assert np.all(fit["top"] > 3000)


def test_an_impossible_model_names_the_site() -> None:
    def impossible(y: Any) -> None:
        top = ppl.sample("top", ppl.Uniform(0.0, 1.0))
        ppl.sample("y", ppl.Uniform(0.0, top), obs=y)

    posterior = ppl.Posterior(impossible, 2.0)
    for method in ("ladder", "prior", "uniform", "feasible"):
        with pytest.raises(ppl.ModelError, match=r"in site 'y' \(") as caught:
            posterior.initial_points(RNG, method=method)
        assert "got none by " + method in str(caught.value)
    with pytest.raises(inference.InitialPointError, match="in site 'y'"):
        inference.nuts(posterior, draws=5, warmup=5, chains=1, seed=1, progress=False)


def test_the_feasible_search_finds_a_narrow_place() -> None:
    def narrow() -> None:
        x = ppl.sample("x", ppl.Flat())
        with ppl.plate("i", 3):
            z = ppl.sample("z", ppl.Flat())
        ppl.factor("f", np.where(np.abs(x) + np.sum(np.abs(z)) < 0.5, 0.0, -np.inf))

    posterior = ppl.Posterior(narrow)
    assert finite(posterior, posterior.initial_points(RNG, 3, method="feasible"))


def test_users_values_come_first() -> None:
    posterior = ppl.Posterior(eight_schools, SIGMA, y=Y)
    points = posterior.initial_points(RNG, 3, values={"tau": 2.0, "theta": 1.0})
    values = posterior.constrain(points)
    np.testing.assert_allclose(values["tau"], 2.0)
    np.testing.assert_allclose(values["theta"], 1.0)
    assert len(np.unique(values["mu"])) == 3

    def remarked() -> None:
        ppl.sample("a", ppl.Gamma(concentration=2.0, rate=1.0), infer={"init": 0.25})

    marked = ppl.Posterior(remarked)
    np.testing.assert_allclose(marked.constrain(marked.initial_points(RNG, 2))["a"], 0.25)
    other = marked.initial_points(RNG, values={"a": 0.5})
    np.testing.assert_allclose(marked.constrain(other)["a"], 0.5)


def test_prior_points_are_prior_draws() -> None:
    def model() -> None:
        ppl.sample("a", ppl.Normal(50.0, 0.5))

    points = ppl.Posterior(model).initial_points(RNG, 500, method="prior")
    assert abs(points.mean() - 50) < 4 * 0.5 / np.sqrt(500)


def test_hints_offer_and_apply() -> None:
    posterior = ppl.Posterior(eight_schools, SIGMA, y=Y)
    (hint,) = posterior.hints
    assert hint.site == "theta"
    assert 'ppl.handlers.reparam(model, {"theta": ppl.reparam.LocScaleReparam(' in hint.text
    written = hint.apply()
    assert written.sites == ["mu", "tau", "theta_decentered"]
    assert not written.hints
    assert posterior.rewritten().sites == written.sites
    np.testing.assert_array_equal(written.observed["y"], Y)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"chains": 0}, ValueError, "chains must be a positive integer, got 0"),
        ({"method": "best"}, ValueError, "method must be one of ladder, prior, uniform, feasible"),
        ({"values": {"nu": 1.0}}, ValueError, "values must be of parameters, mu, tau, theta"),
        ({"values": {"tau": -1.0}}, ValueError, "must be inside the support of HalfCauchy, got -1"),
        ({"values": {"theta": [1.0, 2.0]}}, ValueError, "must have the site's shape (8,)"),
        ({"values": 3}, TypeError, "data must be a mapping"),
        ({"rng": 3}, TypeError, "rng must be a numpy.random.Generator"),
    ],
)
def test_mistakes(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    posterior = ppl.Posterior(eight_schools, SIGMA, y=Y)
    with pytest.raises(error, match=re.escape(message)) as caught:
        posterior.initial_points(**{"rng": RNG, **arguments})
    assert "test_starting.py:" in str(caught.value)

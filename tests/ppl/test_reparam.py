"""Reparameterised models have the same law: densities agree after the change of variables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats as st

import ppl
from ppl.handlers import reparam, seed, trace
from ppl.reparam import CircularReparam, LocScaleReparam, TransformReparam
from ppl.reparam.circular import _angle
from ppl.reparam.loc_scale import FAMILIES

from .examples import SIGMA, Y, eight_schools

LAWS: dict[str, dict[str, Any]] = {
    "AsymmetricLaplace": {"asymmetry": 1.7},
    "Cauchy": {},
    "GeneralizedNormal": {"power": 1.5},
    "Gumbel": {},
    "Laplace": {},
    "Logistic": {},
    "Moyal": {},
    "Normal": {},
    "SkewNormal": {},
    "StudentT": {"df": 3.0},
}


def shape_of(name: str) -> dict[str, Any]:
    law = getattr(ppl, name)
    given = {n: p.default for n, p in law.parameters.items() if n not in ("loc", "scale")}
    return {n: (0.3 if d is None else d) for n, d in given.items()} | {
        n: v for n, v in LAWS[name].items() if n in law.parameters
    }


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_the_families_are_closed_under_location_and_scale(name: str) -> None:
    law, more = getattr(ppl, name), shape_of(name)
    z = np.linspace(-1.5, 3, 11)
    here = law(loc=1.3, scale=2.5, **more).log_prob(1.3 + 2.5 * z)
    there = law(loc=0.0, scale=1.0, **more).log_prob(z) - math.log(2.5)
    np.testing.assert_allclose(here, there, rtol=1e-12)


@pytest.mark.parametrize("name", sorted(FAMILIES))
@pytest.mark.parametrize("centered", [0.0, 0.3, 1.0, np.array([0.0, 0.5, 1.0])])
def test_partial_centring_is_a_change_of_variables(name: str, centered: Any) -> None:
    law, more = getattr(ppl, name), shape_of(name)

    def model() -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        tau = ppl.sample("tau", ppl.LogNormal(0, 1))
        with ppl.plate("i", 3):
            ppl.sample("theta", law(loc=mu, scale=tau, **more))

    plain = ppl.Posterior(model)
    written = ppl.Posterior(reparam(model, {"theta": LocScaleReparam(centered)}))
    assert written.sites == ["mu", "tau", "theta_decentered"]
    assert written.dims["theta"] == ("i",)
    for x in np.random.default_rng(1).uniform(-1, 1.5, (4, 5)):
        theta = written.constrain(x[None])["theta"][0]
        at = np.array([x[0], x[1], *theta])
        jacobian = np.sum((1 - np.asarray(centered)) * np.ones(3) * x[1])
        there = plain.logdensity(at) + jacobian
        here = written.logdensity(x)
        if math.isfinite(there):
            assert here == pytest.approx(there, rel=1e-10)
        else:
            assert here == there


def test_auto_takes_hierarchical_sites_only() -> None:
    auto = reparam(eight_schools, config="auto")
    posterior = ppl.Posterior(auto, SIGMA, y=Y)
    assert posterior.names == ("mu", "tau", "theta_decentered", "theta", "shrinkage")
    assert "theta" in posterior.deterministics
    x = np.random.default_rng(2).normal(size=(3, 10))
    values = posterior.constrain(x)
    wanted = x[:, :1] + np.exp(x[:, 1:2]) * x[:, 2:]
    np.testing.assert_allclose(values["theta"], wanted, rtol=1e-14)
    # The same wrapper serves other data, and drawing.
    assert ppl.simulate(auto, SIGMA[:2], draws=3, seed=1)["theta"].shape == (3, 2)
    draws = ppl.predict(auto, {n: v[None] for n, v in values.items()}, SIGMA, seed=1)
    assert set(draws) == {"theta", "y", "shrinkage"}
    np.testing.assert_allclose(draws["theta"][0], values["theta"])


def test_auto_leaves_a_model_without_hierarchy_alone() -> None:
    def model(x: Any, y: Any = None) -> None:
        b = ppl.sample("b", ppl.Normal(0, 1))
        s = ppl.sample("s", ppl.HalfNormal(1))
        with ppl.plate("i", len(x)):
            ppl.sample("y", ppl.Normal(b * x, s), obs=y)

    data = ([1.0, 2.0], [0.5, 0.7])
    posterior = ppl.Posterior(reparam(model, config="auto"), *data)
    assert posterior.sites == ["b", "s"]
    assert posterior.logdensity([0.1, 0.2]) == ppl.Posterior(model, *data).logdensity([0.1, 0.2])


def test_a_function_chooses() -> None:
    def choose(site: Any) -> Any:
        return LocScaleReparam(0.5) if site.name == "theta" else None

    assert ppl.Posterior(reparam(eight_schools, choose), SIGMA, y=Y).sites[-1] == "theta_decentered"


def test_outer_handlers_rewrite_what_inner_ones_declared() -> None:
    def model() -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        ppl.sample("rate", ppl.LogNormal(mu, 0.5))

    written = reparam(
        reparam(model, {"rate": TransformReparam()}), {"rate_base": LocScaleReparam(0.0)}
    )
    posterior = ppl.Posterior(written)
    assert posterior.sites == ["mu", "rate_base_decentered"]
    got = posterior.constrain([[0.3, -1.2]])["rate"]
    np.testing.assert_allclose(got, [math.exp(0.3 - 0.5 * 1.2)], rtol=1e-15)
    assert posterior.logdensity([0.3, -1.2]) == pytest.approx(
        st.norm.logpdf(0.3) + st.norm.logpdf(-1.2)
    )


def test_the_angle_of_a_direction_has_the_law() -> None:
    def model() -> None:
        with ppl.plate("i", 2):
            ppl.sample("angle", ppl.TruncatedNormal(1.0, 0.8, low=-math.pi, high=math.pi))

    written = reparam(model, {"angle": CircularReparam()})
    posterior = ppl.Posterior(written)
    assert posterior.dims["angle_direction"] == ("i", "angle_direction_axis_0")
    law = st.truncnorm((-math.pi - 1) / 0.8, (math.pi - 1) / 0.8, 1.0, 0.8)
    for x in np.random.default_rng(4).normal(size=(6, 2, 2)):
        angle = np.arctan2(x[:, 1], x[:, 0])
        np.testing.assert_allclose(posterior.constrain(x.reshape(1, 4))["angle"][0], angle)
        radius = st.norm.logpdf(x).sum() + 2 * math.log(2 * math.pi)
        by_hand = radius + law.logpdf(angle).sum()
        assert posterior.logdensity(x.reshape(4)) == pytest.approx(by_hand, rel=1e-12)
    draws = ppl.simulate(written, draws=3000, seed=5)["angle"].reshape(-1)
    assert st.kstest(draws, law.cdf).pvalue > 1e-3


def test_angles_in_all_four_quarters() -> None:
    x = np.array([1, 1, -1, -1, 0, 0, -1e-9, 3e5, -3e5])
    y = np.array([1, -1, 1, -1, 1, -1, 1, 1e-7, -1e-7])
    np.testing.assert_allclose(_angle(x, y), np.arctan2(y, x), rtol=1e-15)


@pytest.mark.parametrize(
    ("strategy", "law", "message"),
    [
        (LocScaleReparam(0), lambda: ppl.Gamma(concentration=1, rate=1), "location-scale family"),
        (TransformReparam(), lambda: ppl.Normal(0, 1), "be a transform of another law"),
        (ppl.reparam.ProjectedNormalReparam(), lambda: ppl.Normal(0, 1), "be ProjectedNormal"),
        (CircularReparam(), lambda: ppl.Poisson(1.0), "be one of angles"),
    ],
)
def test_a_law_that_does_not_fit(strategy: Any, law: Any, message: str) -> None:
    def model() -> None:
        ppl.sample("x", law())

    with pytest.raises(ppl.ModelError, match=message) as caught:
        trace(seed(reparam(model, {"x": strategy}), rng=1)).get_trace()
    assert "in site 'x' (tests/ppl/test_reparam.py:" in str(caught.value)


def test_the_text_of_a_reparameterisation_is_a_program() -> None:
    strategy = LocScaleReparam(np.float64(0.5))
    assert repr(strategy) == "LocScaleReparam(centered=0.5)"
    assert eval(repr(strategy)).centered == 0.5  # noqa: S307  # the text is ours
    hint = ppl.Posterior(eight_schools, SIGMA, y=Y).hints[0]
    assert "LocScaleReparam(centered=0.0)" in hint.text

"""Drawing in stages gives what drawing one by one gives; log densities by element."""

from __future__ import annotations

import importlib
import math
import re
from types import SimpleNamespace
from typing import Any

import arviz
import numpy as np
import pytest
import scipy.stats as st

import ppl
from ppl import batched

from .examples import SIGMA, Y, eight_schools, radon

RNG = np.random.default_rng(0)
TINY = 1e-9
WRONG: Any = "a"


def chained(n: int, y: Any = None) -> None:
    """Each value follows from those before it, so one draw tells whether any was mixed up."""
    a = ppl.sample("a", ppl.Normal(0, 1))
    with ppl.plate("i", n):
        b = ppl.sample("b", ppl.Normal(a, TINY))
        c = ppl.sample("c", ppl.Normal(np.arange(n) * 10.0, TINY))
        ppl.sample("y", ppl.Normal(a + 2 * b + c, TINY), obs=y)
        ppl.sample("free", ppl.Normal(np.zeros((n, 3)), 1), dims="k")
    ppl.deterministic("twice", 2 * a + b)
    ppl.deterministic("constant", 3.0)
    ppl.deterministic("of_data", c.sum())


def test_simulate_in_stages() -> None:
    draws = ppl.simulate(chained, 4, draws=300, seed=1)
    assert list(draws) == ["a", "b", "c", "y", "free", "twice", "constant", "of_data"]
    a = draws["a"]
    assert a.std() > 0.5
    np.testing.assert_allclose(draws["b"], np.repeat(a[:, None], 4, axis=1), atol=1e-7)
    np.testing.assert_allclose(draws["y"], 3 * a[:, None] + 10.0 * np.arange(4), atol=1e-7)
    np.testing.assert_allclose(draws["twice"], 2 * a[:, None] + draws["b"], rtol=1e-15)
    np.testing.assert_array_equal(draws["constant"], np.full(300, 3.0))
    np.testing.assert_allclose(draws["of_data"], draws["c"].sum(axis=1), rtol=1e-15)
    assert draws["free"].shape == (300, 4, 3)
    free = draws["free"].reshape(-1)
    assert st.kstest(free, "norm").pvalue > 1e-3
    assert len(np.unique(free)) == free.size
    assert draws.groups["y"] == "prior_predictive"
    again = ppl.simulate(chained, 4, draws=300, seed=1)
    np.testing.assert_array_equal(draws["y"], again["y"])


def test_predict_in_stages_uses_each_draw() -> None:
    fit = {"a": RNG.normal(size=(2, 100)), "b": RNG.normal(size=(2, 100, 4))}
    draws = ppl.predict(chained, fit, 4, seed=1)
    wanted = fit["a"][..., None] + 2 * fit["b"] + 10.0 * np.arange(4)
    np.testing.assert_allclose(draws["y"], wanted, atol=1e-7)
    assert draws.redrawn == ("c", "free")
    new = ppl.predict(chained, fit, 6, seed=1)
    assert new.redrawn == ("b", "c", "free")
    assert new["y"].shape == (2, 100, 6)


def test_blocks_are_drawn_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batched, "BLOCK", 100)
    fit = {"a": RNG.normal(size=(2, 50)), "b": RNG.normal(size=(2, 50, 4))}
    draws = ppl.predict(chained, fit, 4, seed=1)
    wanted = fit["a"][..., None] + 2 * fit["b"] + 10.0 * np.arange(4)
    np.testing.assert_allclose(draws["y"], wanted, atol=1e-7)
    assert len(np.unique(draws["free"])) == draws["free"].size


def test_a_branch_on_a_drawn_value_is_a_dependence() -> None:
    def model() -> None:
        z = ppl.sample("z", ppl.Normal(0, 1))
        loc = 100.0 if z > 0 else -100.0
        ppl.sample("y", ppl.Normal(loc, 1))

    draws = ppl.simulate(model, draws=500, seed=1)
    assert np.all((draws["y"] > 0) == (draws["z"] > 0))
    assert 150 < np.sum(draws["z"] > 0) < 350


def test_what_cannot_be_traced_is_drawn_one_by_one() -> None:
    def model() -> None:
        n = ppl.sample("n", ppl.Poisson(3.0))
        total = sum(range(int(n)))
        ppl.sample("y", ppl.Normal(float(total), TINY))

    draws = ppl.simulate(model, draws=100, seed=1)
    np.testing.assert_allclose(draws["y"], draws["n"] * (draws["n"] - 1) / 2, atol=1e-7)
    few = ppl.simulate(model, draws=10, seed=1)
    np.testing.assert_array_equal(few["y"], draws["y"][:10])


def test_a_long_chain_of_sites_is_drawn_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(steps: int) -> None:
        x: Any = 0.0
        for t in range(steps):
            x = ppl.sample(f"x{t}", ppl.Normal(x, 1.0))

    compiled: list[Any] = []
    whole = batched.Stages._draw

    def counting(stages: Any, names: Any, rng: Any) -> Any:
        compiled.append(names)
        return whole(stages, names, rng)

    monkeypatch.setattr(batched.Stages, "_draw", counting)
    draws = ppl.simulate(walk, 40, draws=100, seed=1)
    assert not compiled
    assert abs(draws["x39"].var() - 40) < 5 * 40 * math.sqrt(2 / 100)
    ppl.simulate(walk, 5, draws=100, seed=1)
    assert compiled == [["x0"], ["x1"], ["x2"], ["x3"], ["x4"]]


def test_laws_of_every_shape_of_parameter() -> None:
    probs = np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]])

    def model() -> None:
        tilt = ppl.sample("tilt", ppl.Normal(0, 1))
        with ppl.plate("i", 3):
            ppl.sample("k", ppl.Categorical(logits=np.log(probs) + tilt * np.arange(2)))
            with ppl.plate("j", 2):
                ppl.sample("u", ppl.Uniform(tilt, tilt + np.arange(1, 4)[:, None]))

    draws = ppl.simulate(model, draws=4000, seed=2)
    tilt = draws["tilt"][:, None]
    odds = probs[:, 1] / probs[:, 0] * np.exp(tilt)
    expected = odds / (1 + odds)
    error = np.abs((draws["k"] - expected).mean(axis=0))
    assert np.all(error < 4 * 0.5 / math.sqrt(4000))
    unit = (draws["u"] - tilt[:, :, None]) / np.arange(1, 4)[:, None]
    assert unit.shape == (4000, 3, 2)
    for cell in unit.reshape(4000, 6).T:
        assert st.kstest(cell, "uniform").pvalue > 1e-4


@pytest.mark.parametrize(
    "name",
    [
        "eight_schools",
        "hierarchical_regression",
        "logistic_regression",
        "poisson_regression",
        "linear_regression",
        "iid_normal",
    ],
)
def test_models_of_the_gallery_are_drawn_in_stages(name: str) -> None:
    module = importlib.import_module(f"models.{name}")
    posterior = module.posterior()
    points = np.random.default_rng(1).normal(size=(70, posterior.dimension)) * 0.3
    fit = posterior.constrain(points)
    arguments = posterior._program.arguments
    one, many = (
        ppl.predict(posterior._program.model, {n: v[:k] for n, v in fit.items()},
                    *arguments.args, seed=1, coords=posterior.coords, **arguments.kwargs)
        for k in (5, 70)
    )  # fmt: skip
    assert set(one) == set(many)
    for name_ in posterior.deterministics:
        np.testing.assert_allclose(many[name_], fit[name_], rtol=1e-10)
        np.testing.assert_allclose(one[name_], fit[name_][:5], rtol=1e-10)


def test_other_labels_are_drawn_anew() -> None:
    def model(y: Any = None) -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        with ppl.plate("school"):
            theta = ppl.sample("theta", ppl.Normal(mu, 1))
            ppl.sample("y", ppl.Normal(theta, 1), obs=y)

    fit: Any = SimpleNamespace(
        description=SimpleNamespace(coords={"school": ["A", "B"]}),
        __getitem__=None,
    )
    values = {"mu": np.zeros(100), "theta": RNG.normal(size=(100, 2))}

    class Fit(dict[str, Any]):
        description = fit.description

    stored = Fit(values)
    assert ppl.predict(model, stored, seed=1).redrawn == ()
    same = ppl.predict(model, stored, coords={"school": ["A", "B"]}, seed=1)
    other = ppl.predict(model, stored, coords={"school": ["C", "D"]}, seed=1)
    more = ppl.predict(model, stored, coords={"school": ["A", "B", "C"]}, seed=1)
    assert same.redrawn == ()
    assert other.redrawn == more.redrawn == ("theta",)
    assert more["y"].shape == (100, 3)
    assert other.coords["school"] == ["C", "D"]

    def sized(n: int, y: Any = None) -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        with ppl.plate("school", n):
            ppl.sample("theta", ppl.Normal(mu, 1))
            ppl.sample("y", ppl.Normal(mu, 1), obs=y)

    assert ppl.predict(sized, stored, 2, seed=1).coords == {"school": ["A", "B"]}
    new = ppl.predict(sized, stored, 5, seed=1)  # labels of the fit do not fit any more
    assert (new.coords, new.redrawn) == ({}, ("theta",))
    with pytest.raises(ppl.ShapeError, match="predict: coords of 'school' must have 5 labels"):
        ppl.predict(sized, stored, 5, seed=1, coords={"school": ["A"]})


# ---- element by element ----------------------------------------------------------------------


def schools() -> tuple[ppl.Posterior, dict[str, Any]]:
    posterior = ppl.Posterior(eight_schools, SIGMA, y=Y, coords={"school": list("ABCDEFGH")})
    fit = {
        "mu": RNG.normal(size=(2, 50)),
        "tau": np.abs(RNG.normal(size=(2, 50))) + 0.1,
        "theta": RNG.normal(size=(2, 50, 8)),
    }
    return posterior, fit


def test_log_likelihood_and_log_prior_by_hand() -> None:
    posterior, fit = schools()
    likelihood = ppl.log_likelihood(posterior, fit)
    np.testing.assert_allclose(likelihood["y"], st.norm(fit["theta"], SIGMA).logpdf(Y), rtol=1e-12)
    assert likelihood.dims == {"y": ("school",)}
    prior = ppl.log_prior(posterior, fit)
    assert list(prior) == ["mu", "tau", "theta"]
    np.testing.assert_allclose(prior["mu"], st.norm(0, 5).logpdf(fit["mu"]), rtol=1e-12)
    np.testing.assert_allclose(prior["tau"], st.halfcauchy(0, 5).logpdf(fit["tau"]), rtol=1e-12)
    centred = st.norm(fit["mu"][..., None], fit["tau"][..., None])
    np.testing.assert_allclose(prior["theta"], centred.logpdf(fit["theta"]), rtol=1e-11)


def test_they_are_arviz_groups() -> None:
    posterior, fit = schools()
    data = ppl.log_likelihood(posterior, fit).to_arviz()
    assert data.log_likelihood["y"].dims == ("chain", "draw", "school")
    assert list(data.log_likelihood["school"].values) == list("ABCDEFGH")
    assert "log_prior" in str(ppl.log_prior(posterior, fit).to_arviz())
    draws = ppl.simulate(eight_schools, SIGMA, draws=5, seed=1).to_arviz()
    assert draws.prior["theta"].shape == (1, 5, 8)
    assert draws.prior_predictive["y"].dims[:2] == ("chain", "draw")
    assert hasattr(arviz, "__version__")


def test_all_deterministics_come_from_native_code_when_asked() -> None:
    posterior, fit = schools()
    _, xs = importlib.import_module("ppl.pointwise").points_of(posterior, fit, "test")
    values = posterior.constrain(xs)
    for name in ("mu", "tau", "theta"):
        np.testing.assert_allclose(values[name].reshape(fit[name].shape), fit[name], rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p, f: ppl.log_likelihood(f, p), TypeError, "must be a ppl.Posterior"),
        (lambda p, f: ppl.log_likelihood(p, {"mu": f["mu"]}), ValueError, "got none of 'tau'"),
        (lambda p, f: ppl.log_prior(p, {**f, "mu": np.zeros(3)}), ValueError,
         "draws of 'tau' must have shape () after leading axes (3,), got (2, 50)"),
        (lambda p, f: ppl.log_prior(p, {**f, "theta": np.zeros((2, 50, 3))}), ValueError,
         "draws of 'theta' must have shape (8,) after leading axes (2, 50), got (2, 50, 3)"),
        (lambda p, _: p.site("nothing"), KeyError, "a site must be one of mu, tau, theta"),
        (lambda _, __: ppl.simulate(eight_schools, SIGMA, draws=3, seed=WRONG), TypeError,
         "seed must be an integer"),
        (lambda _, f: ppl.predict(eight_schools, f, SIGMA, coords=WRONG), TypeError,
         "coords must be a mapping"),
        (lambda _, f: ppl.predict(eight_schools, f, SIGMA, coords={"pupil": [1]}), ValueError,
         "coords must name axes of the model, which are ['school'], got 'pupil'"),
    ],
)  # fmt: skip
def test_mistakes(call: Any, error: type[Exception], message: str) -> None:
    posterior, fit = schools()
    with pytest.raises(error, match=re.escape(message)) as caught:
        call(posterior, fit)
    assert "test_batched.py:" in str(caught.value)


def test_a_broken_parameter_of_many_draws_is_named() -> None:
    def model() -> None:
        scale = ppl.sample("scale", ppl.Normal(-5, 0.1))
        ppl.sample("y", ppl.Normal(0, scale))

    with pytest.raises(ppl.ParameterError, match=r"scale must be positive, got -.* in site 'y'"):
        ppl.simulate(model, draws=100)


def test_improper_laws_are_no_obstacle_where_a_fit_has_their_draws() -> None:
    def model(y: Any = None) -> None:
        mu = ppl.sample("mu", Flat())
        ppl.sample("y", ppl.Normal(mu, TINY), obs=y)

    draws = ppl.predict(model, {"mu": np.arange(100.0)}, seed=1)
    np.testing.assert_allclose(draws["y"], np.arange(100.0), atol=1e-7)
    with pytest.raises(ppl.UndefinedError, match="sample is not available"):
        ppl.simulate(model, draws=100)


class Flat(ppl.Distribution):
    """An improper law on the line."""

    support = ppl.constraints.real

    def _log_prob(self, value: Any) -> Any:
        return 0.0 * value


def test_learnable_parameters_and_groups_by_index() -> None:
    county = np.array([0, 1, 1, 2])
    fit = {"mu_alpha": np.zeros(80)}
    assert callable(radon)

    def model(y: Any = None) -> None:
        b = ppl.param("b", 5.0)
        a = ppl.sample("mu_alpha", ppl.Normal(0, 1))
        with ppl.plate("c", 3):
            alpha = ppl.sample("alpha", ppl.Normal(a + 100.0 * np.arange(3), TINY))
        with ppl.plate("i", 4):
            ppl.sample("y", ppl.Normal(alpha[county] + b, TINY), obs=y)

    draws = ppl.predict(model, fit, seed=1)
    wanted = np.broadcast_to(5.0 + 100.0 * county, (80, 4))
    np.testing.assert_allclose(draws["y"], wanted, atol=1e-6)


class Shifted(ppl.Distribution):
    """Law of a variable plus a shift: a law made of another one."""

    shift = ppl.parameter(ppl.constraints.real)
    support = ppl.constraints.real

    def __init__(self, base: ppl.Distribution, shift: Any) -> None:
        self.base = base
        super().__init__(shift=shift)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"base": self.base.batch_shape, **super().parameter_shapes()}

    def _draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
        return self.base.draw(rng, shape) + self.shift


class Repeated(Shifted):
    """The same with a state of its own, which nobody outside knows how to batch."""

    def __init__(self, base: ppl.Distribution, shift: Any) -> None:
        super().__init__(base, shift)
        self.times = 1


@pytest.mark.parametrize("law", [Shifted, Repeated])
def test_laws_made_of_others(law: Any) -> None:
    def model(y: Any = None) -> None:
        a = ppl.sample("a", ppl.Normal(0, 1))
        b = ppl.sample("b", ppl.Normal(0, 1))
        with ppl.plate("i", 3):
            ppl.sample("y", law(ppl.Normal(a * np.arange(3), TINY), b), obs=y)

    fit = {"a": RNG.normal(size=70), "b": RNG.normal(size=70)}
    draws = ppl.predict(model, fit, seed=1)
    wanted = fit["a"][:, None] * np.arange(3) + fit["b"][:, None]
    np.testing.assert_allclose(draws["y"], wanted, atol=1e-7)

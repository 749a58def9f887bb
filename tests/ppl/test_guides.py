"""Automatic guides and `inference.svi`: what they find, against closed forms."""

from __future__ import annotations

import math
import signal
import threading
from typing import Any

import numpy as np
import pytest
from scipy import stats

import inference
import ppl
from inference import optimizers

Y = np.array([0.3, -1.2, 2.2, 0.7, 1.1, 0.4])
SD = 0.8
PRECISION = 1.0 / 2.0**2 + len(Y) / SD**2
MEAN, SPREAD = (1.0 / 2.0**2 + Y.sum() / SD**2) / PRECISION, PRECISION**-0.5
EVIDENCE = stats.multivariate_normal(np.ones(len(Y)), SD**2 * np.eye(len(Y)) + 4.0).logpdf(Y)
COVARIANCE = np.array([[1.0, 0.9, 0.0], [0.9, 1.5, -0.6], [0.0, -0.6, 2.0]])
LOCATION = np.array([1.0, -2.0, 0.5])


def conjugate(y: Any) -> None:
    mu = ppl.sample("mu", ppl.Normal(1.0, 2.0))
    with ppl.plate("i", len(y), subsample_size=None):
        ppl.sample("y", ppl.Normal(mu, SD), obs=y)


def correlated() -> None:
    ppl.sample("x", ppl.MultivariateNormal(LOCATION, covariance_matrix=COVARIANCE))


def rates(y: Any) -> None:
    rate = ppl.sample("rate", ppl.Gamma(concentration=2.0, rate=1.0))
    with ppl.plate("i", len(y)):
        ppl.sample("y", ppl.Poisson(rate), obs=y)


def fitted(model: Any, guide: Any, *args: Any, steps: int = 4000, **options: Any) -> Any:
    objective = ppl.ELBO(model, guide, *args, **options)
    return inference.svi(objective, steps=steps, seed=3, progress=False)


@pytest.mark.parametrize(
    "kind",
    [
        ppl.AutoNormal,
        ppl.AutoMultivariateNormal,
        ppl.AutoLowRankMultivariateNormal,
        ppl.AutoLaplace,
    ],
)
def test_normal_guides_find_a_normal_posterior(kind: Any) -> None:
    fit = fitted(conjugate, kind(conjugate), Y, sticking_the_landing=True)
    draws = fit.sample(20_000, seed=1)["mu"]
    assert draws.mean() == pytest.approx(MEAN, abs=4 * SPREAD / math.sqrt(20_000) + 0.01 * SPREAD)
    assert draws.std() == pytest.approx(SPREAD, rel=0.03)
    assert abs(fit.elbo - EVIDENCE) < 4 * fit.elbo_error + 1e-3
    assert fit.warnings() == []


def test_a_written_guide_is_fitted_and_its_constraint_honoured() -> None:
    def guide(_y: Any) -> None:
        loc = ppl.param("loc", 3.0)
        scale = ppl.param("scale", 1.0, constraint=ppl.constraints.positive)
        ppl.sample("mu", ppl.Normal(loc, scale))

    fit = fitted(conjugate, guide, Y)
    assert fit.params["loc"] == pytest.approx(MEAN, abs=0.02)
    assert fit.params["scale"] == pytest.approx(SPREAD, rel=0.03)
    assert set(fit) == {"mu"}
    assert fit["mu"].shape == (1, 1000)


def test_the_full_guide_recovers_a_correlated_normal_and_the_factorised_one_its_precisions() -> (
    None
):
    def objective(guide: Any) -> Any:
        return ppl.ELBO(correlated, guide(correlated), sticking_the_landing=True)

    full = inference.svi(objective(ppl.AutoMultivariateNormal), steps=6000, seed=1, progress=False)
    assert full.elbo == pytest.approx(0.0, abs=1e-3)  # no data: the evidence is 1
    factor = full.params["auto_scale_tril"]
    assert np.allclose(full.params["auto_loc"], LOCATION, atol=0.02)
    assert np.allclose(factor @ factor.T, COVARIANCE, atol=0.03)
    alone = inference.svi(objective(ppl.AutoNormal), steps=6000, seed=1, progress=False)
    # KL(q | p) of a factorised normal matches the precisions (Bishop 2006, section 10.1.2).
    wanted = np.diag(np.linalg.inv(COVARIANCE)) ** -0.5
    assert np.allclose(alone.params["auto_x_scale"], wanted, rtol=0.05)
    assert alone.elbo < -0.2


def test_low_rank_covariances_have_the_rank_they_were_given() -> None:
    guide = ppl.AutoLowRankMultivariateNormal(correlated, rank=2)
    objective = ppl.ELBO(correlated, guide, sticking_the_landing=True)
    assert objective.dimension == 3 + 3 * 2 + 3
    fit = inference.svi(objective, steps=8000, seed=1, progress=False)
    factor, scale = fit.params["auto_cov_factor"], fit.params["auto_scale"]
    assert np.allclose(factor @ factor.T + np.diag(scale**2), COVARIANCE, atol=0.1)


def test_points_and_modes_of_a_gamma_posterior() -> None:
    y = np.array([3, 1, 4, 2])
    shape, rate = 2.0 + y.sum(), 1.0 + len(y)
    point = fitted(rates, ppl.AutoDelta(rates), y)
    assert point["rate"] == pytest.approx((shape - 1) / rate, rel=1e-3)
    laplace = fitted(rates, ppl.AutoLaplace(rates), y)
    # Of u = log rate the density is exp(shape u - rate e^u), whose curvature is the shape.
    assert laplace.params["auto_loc"][0] == pytest.approx(math.log(shape / rate), abs=1e-3)
    assert laplace.params["auto_scale_tril"][0, 0] == pytest.approx(shape**-0.5, rel=2e-3)


def test_laplace_from_batches_has_the_curvature_of_all_data() -> None:
    y = np.random.default_rng(0).normal(1.0, SD, size=40)

    def model(y: Any) -> None:
        mu = ppl.sample("mu", ppl.Normal(1.0, 2.0))
        with ppl.plate("i", len(y), subsample_size=8) as i:
            ppl.sample("y", ppl.Normal(mu, SD), obs=y[i])

    fit = fitted(model, ppl.AutoLaplace(model), y)
    precision = 1.0 / 2.0**2 + len(y) / SD**2
    assert fit.params["auto_scale_tril"][0, 0] == pytest.approx(precision**-0.5, rel=1e-9)
    assert fit.params["auto_loc"][0] == pytest.approx(
        (1.0 / 2.0**2 + y.sum() / SD**2) / precision, abs=0.3 * precision**-0.5
    )


def test_batches_find_the_posterior_of_all_data() -> None:
    y = np.random.default_rng(0).normal(1.0, SD, size=2000)

    def model(y: Any) -> None:
        mu = ppl.sample("mu", ppl.Normal(1.0, 2.0))
        with ppl.plate("i", len(y), subsample_size=100) as i:
            ppl.sample("y", ppl.Normal(mu, SD), obs=y[i])

    objective = ppl.ELBO(model, ppl.AutoNormal(model), y)
    fit = inference.svi(
        objective,
        optimizer=optimizers.Adam(optimizers.Exponential(0.01, factor=0.5, period=2000)),
        steps=12_000,
        seed=1,
        progress=False,
    )
    precision = 1.0 / 2.0**2 + len(y) / SD**2
    mean, sd = (1.0 / 2.0**2 + y.sum() / SD**2) / precision, precision**-0.5
    assert fit.params["auto_mu_loc"] == pytest.approx(mean, abs=0.2 * sd)
    assert fit.params["auto_mu_scale"] == pytest.approx(sd, rel=0.1)


def test_simplexes_and_ordered_vectors_come_out_on_their_sets() -> None:
    def model() -> None:
        ppl.sample("p", ppl.Dirichlet(np.array([3.0, 4.0, 5.0])))
        with ppl.plate("k", 4):
            ppl.sample("s", ppl.LogNormal(0.0, 1.0))

    fit = fitted(model, ppl.AutoMultivariateNormal(model), steps=3000)
    assert np.allclose(fit["p"].sum(axis=-1), 1.0)
    assert np.allclose(fit["p"][0].mean(axis=0), [0.25, 1 / 3, 5 / 12], atol=0.03)
    assert fit["s"].shape == (1, 1000, 4)
    assert (fit["s"] > 0).all()


@pytest.mark.parametrize(
    ("init", "wanted"), [({"rate": 3.0}, math.log(3.0)), ("median", None), ("uniform", None)]
)
def test_starts(init: Any, wanted: float | None) -> None:
    objective = ppl.ELBO(rates, ppl.AutoDelta(rates, init=init), np.array([3, 1]))
    start = objective.initial(np.random.default_rng(0))
    if wanted is not None:
        assert start[0] == pytest.approx(wanted)
    elif init == "uniform":
        assert abs(start[0]) < 2
    else:  # the median of 15 draws of Gamma(2, 1), whose own is 1.678
        assert abs(math.exp(start[0]) - 1.678) < 1.2


def test_mistakes_in_automatic_guides() -> None:
    with pytest.raises(ppl.ModelError, match="nothing"):
        ppl.ELBO(rates, ppl.AutoNormal(rates, init={"nothing": 1.0}), np.array([3, 1]))
    with pytest.raises(ppl.ModelError, match="'rate'"):
        ppl.ELBO(rates, ppl.AutoNormal(rates, init={"rate": -1.0}), np.array([3, 1]))
    with pytest.raises(ValueError, match="init"):
        ppl.AutoNormal(rates, init="best")
    kinds: list[Any] = [ppl.AutoNormal, ppl.AutoMultivariateNormal]
    for kind in (*kinds, ppl.AutoLowRankMultivariateNormal):
        with pytest.raises(ValueError, match="scale must be positive"):
            kind(rates, scale=-1.0)
        with pytest.raises(TypeError, match="scale must be a number"):
            kind(rates, scale="wide")

    def choice() -> None:
        ppl.sample("k", ppl.Bernoulli(probs=0.5))

    with pytest.raises(ppl.ModelError, match="'k'"):
        ppl.ELBO(choice, ppl.AutoNormal(choice))


# ---- the loop --------------------------------------------------------------------------------


def test_it_stops_by_itself_where_nothing_is_gained() -> None:
    objective = ppl.ELBO(conjugate, ppl.AutoNormal(conjugate), Y)
    fit = inference.svi(objective, steps=50_000, tolerance=0.05, seed=1, progress=False)
    assert len(fit.losses) < 20_000
    assert fit.attributes["converged"]
    assert abs(fit.elbo - EVIDENCE) < 4 * fit.elbo_error + 0.05
    short = inference.svi(objective, steps=300, tolerance=1e-9, seed=1, progress=False)
    assert "300" in short.warnings()[0]


def test_one_seed_is_one_result_and_a_result_is_like_other_fits(tmp_path: Any) -> None:
    objective = ppl.ELBO(conjugate, ppl.AutoNormal(conjugate), Y)
    one, two, other = (
        inference.svi(objective, steps=200, seed=s, progress=False) for s in (1, 1, 2)
    )
    assert np.array_equal(one.losses, two.losses)
    assert np.array_equal(one["mu"], two["mu"])
    assert not np.array_equal(one.losses, other.losses)
    assert "mu" in str(one.summary())
    assert one.to_arviz().posterior["mu"].shape == (1, 1000)
    one.save(tmp_path / "fit.zarr")
    back = inference.load(tmp_path / "fit.zarr")
    assert isinstance(back, inference.VariationalFit)
    assert np.array_equal(back["mu"], one["mu"])
    assert np.array_equal(back.losses, one.losses)
    assert np.array_equal(back.x, one.x)
    assert back.params.keys() == one.params.keys()
    assert back.elbo == one.elbo
    assert (repr(back), back.warnings()) == (repr(one), one.warnings())
    with pytest.raises(inference.InferenceValueError, match="must know its guide"):
        back.sample(3)
    kept = inference.svi(objective, steps=5, seed=1, store=tmp_path / "kept", progress=False)
    assert np.array_equal(inference.load(tmp_path / "kept")["mu"], kept["mu"])
    further = inference.svi(objective, steps=10, initial=one.x, seed=1, progress=False)
    assert abs(further.params["auto_mu_loc"] - one.params["auto_mu_loc"]) < 0.2


def test_predictions_follow_from_a_fit() -> None:
    fit = fitted(conjugate, ppl.AutoNormal(conjugate), Y, steps=500)
    assert ppl.predict(conjugate, fit, np.zeros(6), seed=1)["y"].shape == (1, 1000, 6)


def test_an_interrupt_keeps_what_there_is() -> None:
    objective = ppl.ELBO(conjugate, ppl.AutoNormal(conjugate), Y)
    timer = threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    fit = inference.svi(objective, steps=100_000_000, seed=1, progress=False)
    assert fit.attributes["interrupted"]
    assert 0 < len(fit.losses) < 100_000_000
    assert "interrupted" in fit.warnings()[0]


def test_a_callback_is_told() -> None:
    told: list[Any] = []
    objective = ppl.ELBO(conjugate, ppl.AutoNormal(conjugate), Y)
    inference.svi(objective, steps=20_000, seed=1, callback=told.append, progress=False)
    assert told
    assert told[-1].steps == 20_000


def test_what_independent_components_cannot_show_is_told() -> None:
    def pair(y: Any) -> None:
        a, b = ppl.sample("a", ppl.Normal(0, 1)), ppl.sample("b", ppl.Normal(0, 1))
        ppl.sample("y", ppl.Normal(a + b, 1), obs=y)

    def told(model: Any, guide: Any, data: Any) -> bool:
        fit = inference.svi(ppl.ELBO(model, guide, data), steps=10, seed=1, progress=False)
        return any("cannot show correlations" in text for text in fit.warnings())

    assert told(pair, ppl.AutoNormal(pair), 1.0)
    assert not told(pair, ppl.AutoMultivariateNormal(pair), 1.0)
    assert not told(conjugate, ppl.AutoNormal(conjugate), Y)  # a single number


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"steps": 0}, "steps"),
        ({"draws": 0}, "draws"),
        ({"average": 1.5}, "average"),
        ({"average": "half"}, "average"),
        ({"callback": 1}, "callback"),
        ({"tolerance": -1.0}, "tolerance"),
        ({"initial": np.zeros(3)}, "initial"),
        ({"optimizer": "adam"}, "optimizer"),
        ({"seed": -1}, "seed"),
    ],
)
def test_arguments_that_cannot_be_used(options: Any, text: str) -> None:
    objective = ppl.ELBO(conjugate, ppl.AutoNormal(conjugate), Y)
    with pytest.raises((TypeError, ValueError), match=text):
        inference.svi(objective, progress=False, **options)


def test_what_is_no_objective_is_refused() -> None:
    with pytest.raises(TypeError, match=r"ppl\.ELBO"):
        inference.svi(ppl.Posterior(conjugate, Y), progress=False)  # type: ignore[arg-type]


def test_an_objective_that_is_finite_nowhere_is_an_error() -> None:
    def model() -> None:
        x = ppl.sample("x", ppl.Normal(0, 1))
        ppl.factor("never", -np.inf * (x * x + 1.0))

    with pytest.raises(ValueError, match="finite"):
        inference.svi(ppl.ELBO(model, ppl.AutoNormal(model)), steps=500, progress=False)

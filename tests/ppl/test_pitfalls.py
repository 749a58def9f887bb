"""Mistakes that users of other systems report most: ours is right, or says what is wrong.

Invalid starts, cryptic shape errors, enumeration that changes shapes, log likelihoods for LOO,
predictions on new data, missing data.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np
import pytest
import scipy.stats as st

import inference
import ppl
from ppl import handlers

RNG = np.random.default_rng(0)

# ---- starts with -inf or NaN -----------------------------------------------------------------


def test_one_datum_outside_the_support_is_named_before_anything_is_run() -> None:
    def model(y: Any) -> None:
        rate = ppl.sample("rate", ppl.Exponential(1.0))
        with ppl.plate("i", len(y)):
            ppl.sample("y", ppl.Exponential(rate), obs=y)

    with pytest.raises(ppl.DataError, match=r"nonnegative|positive") as caught:
        ppl.Posterior(model, [0.5, 1.0, -0.2])
    assert "got -0.2 at index (2,) in argument 'y', in site 'y' (tests/ppl/test_pitfalls.py" in str(
        caught.value
    )


def test_a_start_that_cannot_be_found_names_the_site_and_the_value() -> None:
    def model(y: Any) -> None:
        top = ppl.sample("top", ppl.Uniform(0.0, 10.0))
        with ppl.plate("i", len(y)):
            ppl.sample("y", ppl.Uniform(0.0, top), obs=y)

    with pytest.raises(inference.InitialPointError) as caught:
        inference.nuts(ppl.Posterior(model, [1.0, 12.0]), chains=1, draws=5, warmup=5, seed=1)
    assert "in site 'y'" in str(caught.value)
    assert "got 12.0 at index (1,)" in str(caught.value)


# ---- shapes ----------------------------------------------------------------------------------


def test_a_group_effect_that_was_not_indexed() -> None:
    def model(county: Any, y: Any) -> None:
        with ppl.plate("county", 3):
            a = ppl.sample("a", ppl.Normal(0, 1))
        with ppl.plate("house", len(county)):
            ppl.sample("y", ppl.Normal(a, 1), obs=y)

    with pytest.raises(ppl.ShapeError) as caught:
        ppl.Posterior(model, [0, 1, 2, 2], np.zeros(4))
    message = str(caught.value)
    assert "Normal: parameters must have size 1 or 4 along plate 'house', got 3" in message
    assert "in site 'y' (tests/ppl/test_pitfalls.py:" in message
    assert "a[group]" in message
    # With as many counties as houses the sizes agree, and it is still a mistake.
    with pytest.raises(ppl.ShapeError, match="loc must lie along 'house', got an axis 'county'"):
        ppl.Posterior(model, [0, 1, 2], np.zeros(3))


def test_the_transpose_of_square_data_is_told_apart() -> None:
    def model(y: Any) -> None:
        with ppl.plate("school", 3):
            a = ppl.sample("a", ppl.Normal(0, 1))
        with ppl.plate("school", 3), ppl.plate("pupil", 3):
            ppl.sample("y", ppl.Normal(a, 1), obs=y)

    with pytest.raises(ppl.ShapeError, match="loc must lie along 'pupil', got an axis 'school'"):
        ppl.Posterior(model, np.zeros((3, 3)))


# ---- values that are summed out --------------------------------------------------------------


def test_leaving_out_discrete_values_changes_no_shape() -> None:
    shapes: list[Any] = []

    def model(k: Any) -> None:
        p = ppl.sample("p", ppl.Beta(1.0, 1.0))
        with ppl.plate("i", 4):
            value = ppl.sample("k", ppl.Bernoulli(probs=p), obs=ppl.impute(k))
            shapes.append((np.shape(p), np.shape(value)))

    ppl.Posterior(model, [1.0, np.nan, 0.0, np.nan])
    ppl.Posterior(model, [1.0, 1.0, 0.0, 0.0])
    assert set(shapes) == {((), (4,))}


# ---- log likelihoods -------------------------------------------------------------------------


def regression(x: Any, y: Any = None, size: int | None = None) -> None:
    a = ppl.sample("a", ppl.Normal(0, 1))
    b = ppl.sample("b", ppl.Normal(0, 1))
    s = ppl.sample("s", ppl.HalfNormal(1))
    with ppl.plate("row", len(x), subsample_size=size) as i:
        ppl.sample("y", ppl.Normal(a + b * x[i], s), obs=None if y is None else y[i])


X = RNG.normal(size=30)
DATA = 0.5 + 0.3 * X + 0.2 * RNG.normal(size=30)


def draws_of(n: int) -> dict[str, Any]:
    return {
        "a": 0.5 + 0.05 * RNG.normal(size=(2, n)),
        "b": 0.3 + 0.05 * RNG.normal(size=(2, n)),
        "s": 0.2 + 0.02 * np.abs(RNG.normal(size=(2, n))),
    }


def test_minibatches_do_not_scale_what_loo_sees() -> None:
    fit = draws_of(200)
    whole = ppl.log_likelihood(ppl.Posterior(regression, X, DATA), fit)["y"]
    part = ppl.Posterior(regression, X, DATA, 10)
    chosen = ppl.log_likelihood(part, fit)["y"]
    assert chosen.shape == (2, 200, 10)
    rows = part.coords["row"]
    np.testing.assert_allclose(chosen, whole[:, :, rows], rtol=1e-12)


def test_loo_works_from_the_same_function() -> None:
    posterior = ppl.Posterior(regression, X, DATA)
    fit = inference.nuts(posterior, draws=300, warmup=300, chains=2, seed=1, progress=False)
    found = importlib.import_module("arviz").loo(fit.to_arviz())
    log_scores = ppl.log_likelihood(posterior, fit)["y"]
    np.testing.assert_allclose(log_scores, fit.log_likelihood["y"], rtol=1e-13)
    # Close to the log predictive density in the sample, minus about three parameters.
    in_sample = np.sum(np.log(np.mean(np.exp(log_scores), axis=(0, 1))))
    loo = float(found.elpd_loo if hasattr(found, "elpd_loo") else found.elpd)
    assert in_sample - 6 < loo < in_sample


# ---- new data --------------------------------------------------------------------------------


def test_predictions_have_the_new_size_and_the_right_law() -> None:
    fit = draws_of(2000)
    new = np.array([-3.0, 0.0, 5.0])
    y = ppl.predict(regression, fit, new, seed=1)["y"]
    assert y.shape == (2, 2000, 3)
    for k, x in enumerate(new):
        mean = (fit["a"] + fit["b"] * x).mean()
        variance = (fit["a"] + fit["b"] * x).var() + (fit["s"] ** 2).mean()
        assert abs(y[..., k].mean() - mean) < 4 * math.sqrt(variance / 4000)
        assert abs(y[..., k].var() - variance) < 5 * variance * math.sqrt(2 / 4000)


def test_what_a_new_size_redraws_is_said() -> None:
    def model(n: int, y: Any = None) -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        with ppl.plate("school", n):
            theta = ppl.sample("theta", ppl.Normal(mu, 1))
            ppl.sample("y", ppl.Normal(theta, 1), obs=y)

    fit = {"mu": np.zeros(100), "theta": np.full((100, 4), 9.0)}
    assert ppl.predict(model, fit, 4, seed=1).redrawn == ()
    assert ppl.predict(model, fit, 6, seed=1).redrawn == ("theta",)


def test_predicting_under_an_intervention() -> None:
    def model(y: Any = None) -> None:
        x = ppl.sample("x", ppl.Normal(0, 1))
        ppl.sample("y", ppl.Normal(2 * x, 1e-6), obs=y)

    imposed = handlers.do(model, data={"x": 3.0})
    y = ppl.simulate(imposed, draws=100, seed=1)["y"]
    np.testing.assert_allclose(y, 6.0, atol=1e-4)


# ---- missing data ----------------------------------------------------------------------------


def test_nan_never_passes_for_data_silently() -> None:
    def model(y: Any) -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        with ppl.plate("i", len(y)):
            ppl.sample("y", ppl.Normal(mu, 1), obs=y)

    with pytest.raises(ppl.DataError, match=r"got nan at index \(1,\).*obs=ppl\.impute\(y\)"):
        ppl.Posterior(model, [1.0, np.nan, 2.0])
    marked = ppl.Posterior(lambda y: model(ppl.impute(y)), [1.0, np.nan, 2.0])
    seen = ppl.Posterior(model, [1.0, 2.0])
    # At its mode given mu the missing value adds only its own density's height.
    for mu in (-0.3, 1.1):
        height = st.norm.logpdf(0)
        assert marked.logdensity([mu, mu]) == pytest.approx(seen.logdensity([mu]) + height)


def test_a_mask_works_for_vectors_too() -> None:
    rows = np.array([[0.5, np.nan], [np.nan, np.nan], [1.0, -1.0]])

    def model(y: Any) -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        with ppl.plate("row", 3), ppl.plate("column", 2):
            ppl.sample("y", ppl.Normal(mu, 1), obs=y, obs_mask=~np.isnan(rows))

    posterior = ppl.Posterior(model, rows)
    assert posterior.dimension == 4
    terms = ppl.log_likelihood(posterior, {"mu": np.zeros(3), "y_missing": np.zeros((3, 3))})
    np.testing.assert_allclose(terms["y_observed"][0], st.norm.logpdf([0.5, 1.0, -1.0]))


@pytest.mark.parametrize(
    "sampler",
    ["nuts", "hmc", "walnuts", "advi", "laplace", "dadvi", "bam", "pathfinder"],
)
def test_samplers_refuse_what_has_no_law(sampler: str) -> None:
    """A `param` was sampled with a flat density that nobody wrote."""

    def counts(y: Any) -> None:
        rate = ppl.param("rate", 1.0, constraint=ppl.constraints.positive)
        with ppl.plate("i", len(y)):
            ppl.sample("y", ppl.Poisson(rate), obs=y)

    learnt = ppl.Posterior(counts, np.array([3, 4, 8]))
    with pytest.raises(
        ValueError,
        match=f"{sampler}: every variable must have a distribution, got "
        "rate declared by ppl.param.*ppl.handlers.lift.*inference.maximize",
    ):
        getattr(inference, sampler)(learnt, seed=1, progress=False)
    best = inference.maximize(learnt)
    assert float(best["rate"]) == pytest.approx(5.0, rel=1e-6)
    lifted = ppl.handlers.lift(counts, prior={"rate": ppl.Exponential(0.1)})
    made = ppl.Posterior(lifted, np.array([3, 4, 8]))
    assert made.params == frozenset()

"""Plates: sizes from coordinates, subsets, segments; learnable parameters along them."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import scipy.stats as st

import ppl
from ppl.handlers import replay, seed, substitute, trace

SCHOOL = np.array([0, 0, 1, 2, 2, 2])


def test_the_size_comes_from_coords() -> None:
    def model(y: Any = None) -> None:
        with ppl.plate("school"):
            theta = ppl.sample("theta", ppl.Normal(0, 1))
            ppl.sample("y", ppl.Normal(theta, 1), obs=y)

    coords = {"school": ["A", "B", "C"]}
    posterior = ppl.Posterior(model, y=[1.0, 2.0, 3.0], coords=coords)
    assert posterior.dims["theta"] == ("school",)
    assert posterior.coords == coords
    assert posterior.dimension == 3
    assert posterior.logdensity(np.zeros(3)) == pytest.approx(
        3 * st.norm.logpdf(0) + st.norm.logpdf([1.0, 2.0, 3.0]).sum()
    )
    more = posterior.with_data(y=[1.0, 2.0], coords={"school": ["D", "E"]})
    assert more.dimension == 2
    assert ppl.simulate(model, draws=4, seed=1, coords=coords)["y"].shape == (4, 3)
    with pytest.raises(ppl.ModelError, match="the size of 'school' must be given here or by"):
        ppl.Posterior(model, y=[1.0])
    with pytest.raises(TypeError, match="coords must be a mapping of axis names to sequences"):
        ppl.Posterior(model, y=[1.0], coords={"school": 3})  # type: ignore[dict-item] # the mistake


def ragged(school: Any, score: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    with ppl.plate("school", 3):
        theta = ppl.sample("theta", ppl.Normal(mu, 1))
        with ppl.plate("pupil", segments=school) as own:
            assert own.tolist() == SCHOOL.tolist()
            ppl.sample("score", ppl.Normal(theta[own], 2), obs=score)
            ppl.deterministic("double", 2 * theta[own])


def test_a_ragged_plate_stands_in_the_place_of_the_one_around_it() -> None:
    score = np.arange(6.0)
    posterior = ppl.Posterior(ragged, SCHOOL, score=score)
    assert posterior.dims == {
        "mu": (), "theta": ("school",), "double": ("pupil",), "score": ("pupil",),
    }  # fmt: skip
    x = np.array([0.3, -1.0, 0.5, 2.0])
    by_hand = (
        st.norm.logpdf(0.3)
        + st.norm(0.3, 1).logpdf(x[1:]).sum()
        + st.norm(x[1:][SCHOOL], 2).logpdf(score).sum()
    )
    assert posterior.logdensity(x) == pytest.approx(by_hand, rel=1e-14)
    draws = ppl.simulate(ragged, SCHOOL, draws=2, seed=1)
    np.testing.assert_array_equal(draws["double"], 2 * draws["theta"][:, SCHOOL])


def test_a_ragged_plate_inside_two() -> None:
    def model() -> None:
        with ppl.plate("year", 2), ppl.plate("school", 3):
            theta = ppl.sample("theta", ppl.Normal(0, 1))
            with ppl.plate("pupil", segments=SCHOOL) as own:
                ppl.sample("score", ppl.Normal(theta[:, own], 2))

    sites = trace(seed(model, rng=1)).get_trace()
    assert sites["score"].dims == ("year", "pupil")
    assert sites["score"].shape == (2, 6)


def minibatch(x: Any, y: Any, size: int) -> None:
    b = ppl.sample("b", ppl.Normal(0, 1))
    with ppl.plate("row", len(x), subsample_size=size) as i:
        ppl.sample("y", ppl.Normal(b * x[i], 1), obs=y[i])
        ppl.factor("f", -0.1 * b * np.ones(size))


def test_a_subset_is_scaled_and_its_mean_over_subsets_is_the_whole() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 20))
    posterior = ppl.Posterior(minibatch, x, y, 5, coords={"row": list(range(100, 120))})
    chosen = np.array(posterior.coords["row"]) - 100
    assert len(set(chosen.tolist())) == 5
    by_hand = st.norm.logpdf(0.7) + 4 * (st.norm(0.7 * x, 1).logpdf(y)[chosen].sum() - 5 * 0.07)
    assert posterior.logdensity([0.7]) == pytest.approx(by_hand, rel=1e-13)
    # Pointwise values are not scaled: they are the data's.
    np.testing.assert_allclose(
        posterior.log_likelihood([[0.7]])["y"][0], st.norm(0.7 * x, 1).logpdf(y)[chosen]
    )
    other = posterior.with_subset(1)
    assert other.coords["row"] != posterior.coords["row"]
    whole = ppl.Posterior(minibatch, x, y, 20).logdensity([0.7])
    parts = [posterior.with_subset(k).logdensity([0.7]) for k in range(200)]
    assert abs(np.mean(parts) - whole) < 4 * np.std(parts) / math.sqrt(200)
    assert np.std(parts) > 0.1  # the control: they do differ


def test_a_subset_is_replayed_and_substituted() -> None:
    def model() -> Any:
        with ppl.plate("row", 100, subsample_size=3) as i:
            return i.tolist()

    with seed(rng=1), trace() as first:
        chosen = model()
    assert first.subsets["row"].tolist() == chosen
    assert seed(replay(model, trace=first), rng=2)() == chosen
    assert seed(model, rng=2)() != chosen
    assert seed(substitute(model, data={"row": np.array([4, 5, 6])}), rng=2)() == [4, 5, 6]
    with pytest.raises(ppl.ShapeError, match="must be 3 indices from 0 to 99"):
        substitute(model, data={"row": np.array([4, 5, 100])})()


def test_learnable_parameters_have_no_density() -> None:
    def model(y: Any) -> None:
        mu = ppl.param("mu", 0.5)
        scale = ppl.param("scale", lambda rng: rng.uniform(1, 2), ppl.constraints.positive)
        with ppl.plate("i", len(y)):
            shift = ppl.param("shift", 0.0)
            ppl.sample("y", ppl.Normal(mu + shift, scale), obs=y)

    posterior = ppl.Posterior(model, [1.0, 2.0])
    assert posterior.params == {"mu", "scale", "shift"}
    assert posterior.dims["shift"] == ("i",)
    x = np.array([0.1, math.log(2.0), 0.3, -0.3])
    by_hand = st.norm([0.4, -0.2], 2.0).logpdf([1.0, 2.0]).sum()  # no Jacobian: a likelihood
    assert posterior.logdensity(x) == pytest.approx(by_hand, rel=1e-14)
    np.testing.assert_allclose(posterior.constrain(x[None])["scale"], [2.0])
    np.testing.assert_allclose(
        posterior.unconstrain({"mu": 0.1, "scale": 2.0, "shift": [0.3, -0.3]}), x
    )
    draws = ppl.simulate(model, [1.0, 2.0], draws=3, seed=1)
    assert np.all(draws["mu"] == 0.5)


def test_the_maximum_over_learnable_parameters_is_that_of_the_likelihood() -> None:
    y = np.array([1.0, 4.0, 2.5, 7.0])

    def model(y: Any) -> None:
        mu = ppl.param("mu", 0.0)
        scale = ppl.param("scale", 1.0, ppl.constraints.positive)
        with ppl.plate("i", len(y)):
            ppl.sample("y", ppl.Normal(mu, scale), obs=y)

    posterior = ppl.Posterior(model, y)
    at = posterior.unconstrain({"mu": y.mean(), "scale": y.std()})
    np.testing.assert_allclose(posterior.logdensity_and_gradient(at)[1], 0.0, atol=1e-12)


def local_latent() -> None:
    with ppl.plate("row", 100, subsample_size=3):
        ppl.sample("z", ppl.Normal(0, 1))


def no_parent() -> None:
    with ppl.plate("pupil", segments=SCHOOL):
        ppl.sample("z", ppl.Normal(0, 1))


def outside_the_parent() -> None:
    with ppl.plate("school", 2), ppl.plate("pupil", segments=SCHOOL):
        ppl.sample("z", ppl.Normal(0, 1))


def segments_and_size() -> None:
    with ppl.plate("school", 3), ppl.plate("pupil", 6, segments=SCHOOL):
        pass


def segments_of_floats() -> None:
    with ppl.plate("school", 3), ppl.plate("pupil", segments=[0.5, 1.0]):
        pass


def too_large_a_subset() -> None:
    with ppl.plate("row", 10, subsample_size=11):
        pass


def init_outside() -> None:
    ppl.param("scale", [1.0, -1.0], constraint=ppl.constraints.positive)


def init_text() -> None:
    ppl.param("scale", "one")


def no_constraint() -> None:
    ppl.param("scale", 1.0, constraint="positive")  # type: ignore[arg-type] # the mistake


def infer_text() -> None:
    ppl.sample("x", ppl.Normal(0, 1), infer="fast")  # type: ignore[arg-type] # the mistake


MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (local_latent, ValueError, "sites inside a subsampled plate must be observed here"),
    (no_parent, ValueError, "a ragged plate must be inside the plate its segments point into"),
    (outside_the_parent, ValueError, "must be from 0 to 1, the elements of plate 'school', got 2"),
    (segments_and_size, TypeError, "a ragged plate must have segments alone"),
    (segments_of_floats, TypeError, "segments of 'pupil' must be a vector of integers"),
    (too_large_a_subset, ValueError, "subsample_size of 'row' must be an integer from 1 to 10"),
    (init_outside, ValueError, "param: init must be positive, got -1.0 at index (1,)"),
    (init_text, TypeError, "param: the value must be a number"),
    (no_constraint, TypeError, "constraint must be a set such as"),
    (infer_text, TypeError, "infer must be a dictionary"),
]


@pytest.mark.parametrize(("model", "error", "message"), MISTAKES)
def test_mistakes(model: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)) as caught:
        ppl.Posterior(model)
    assert "test_plates.py:" in str(caught.value)


def test_subset_seed_must_be_one() -> None:
    with pytest.raises(ValueError, match="subset_seed must be a nonnegative integer, got -1"):
        ppl.Posterior(minibatch, [1.0], [1.0], 1, subset_seed=-1)


def test_a_parameter_outside_a_model() -> None:
    with pytest.raises(ppl.OutsideModelError, match="param: a site must be inside a model"):
        ppl.param("a", 1.0)


def test_dims_make_axes_of_the_size_of_their_labels() -> None:
    def model(y: Any = None) -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        theta = ppl.sample("theta", ppl.Normal(mu, 1), dims="school")
        both = ppl.sample("both", ppl.Normal(0, 1), dims=("school", "year"))
        with ppl.plate("year"):
            ppl.sample("inner", ppl.Normal(0, 1), dims="school")
        ppl.sample("y", ppl.Normal(theta + both.sum(axis=1), 1), obs=y, dims="school")

    coords: dict[str, list[Any]] = {"school": list("ABC"), "year": [1, 2]}
    posterior = ppl.Posterior(model, y=np.zeros(3), coords=coords)
    shapes = {n: v.shape[1:] for n, v in posterior.constrain(np.zeros((1, 16))).items()}
    assert shapes == {"mu": (), "theta": (3,), "both": (3, 2), "inner": (2, 3)}
    assert posterior.dims["inner"] == ("year", "school")
    x = np.random.default_rng(1).normal(size=16)
    both = x[4:10].reshape(3, 2)
    by_hand = (
        st.norm.logpdf(x[0]) + st.norm(x[0], 1).logpdf(x[1:4]).sum() + st.norm.logpdf(x[4:]).sum()
        + st.norm(x[1:4] + both.sum(axis=1), 1).logpdf(np.zeros(3)).sum()
    )  # fmt: skip
    assert posterior.logdensity(x) == pytest.approx(by_hand, rel=1e-13)

    def unknown() -> None:
        ppl.sample("theta", ppl.Normal(0, 1), dims="class")

    with pytest.raises(ppl.ShapeError, match=r"dims must name the 0 axes of shape \(\)"):
        ppl.Posterior(unknown, coords=coords)

"""Draws from a model: prior, prior predictive, posterior predictive, new data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import ppl

from .examples import SIGMA, Y, eight_schools


def normal(n: int, y: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(1.0, 2.0))
    with ppl.plate("i", n):
        ppl.sample("y", ppl.Normal(mu, 0.5), obs=y)
    ppl.factor("f", 0.0 * mu)


def test_simulate_has_the_prior_predictive_moments() -> None:
    draws = ppl.simulate(normal, 3, draws=4000, seed=11)
    assert set(draws) == {"mu", "y"}
    assert draws["mu"].shape == (4000,)
    assert draws["y"].shape == (4000, 3)
    assert draws.dims == {"mu": (), "y": ("i",)}
    variance = 4 + 0.25
    for column in draws["y"].T:
        assert abs(column.mean() - 1) < 4 * math.sqrt(variance / 4000)
        assert abs(column.var() - variance) < 4 * variance * math.sqrt(2 / 4000)
    correlation = np.corrcoef(draws["y"].T)[0, 1]
    assert correlation == pytest.approx(4 / variance, abs=4 * (1 - (4 / variance) ** 2) / 60)


def test_simulate_draws_observed_sites_and_repeats_with_its_seed() -> None:
    first = ppl.simulate(eight_schools, SIGMA, y=Y, draws=5, seed=2)
    again = ppl.simulate(eight_schools, SIGMA, draws=5, seed=np.random.default_rng(2))
    other = ppl.simulate(eight_schools, SIGMA, draws=5, seed=3)
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        assert not np.array_equal(first[name], other[name])
    assert not np.any(first["y"] == Y)


def test_predict_uses_the_draws_given() -> None:
    fit = {"mu": np.linspace(-50.0, 50.0, 12).reshape(3, 4)}
    draws = ppl.predict(normal, fit, 2000, seed=1)
    assert set(draws) == {"y"}
    assert draws["y"].shape == (3, 4, 2000)
    assert draws.redrawn == ()
    error = np.abs(draws["y"].mean(axis=-1) - fit["mu"])
    assert np.all(error < 4.5 * 0.5 / math.sqrt(2000))


def test_predict_draws_anew_what_a_plate_resized() -> None:
    rng = np.random.default_rng(0)
    fit = {
        "mu": np.full((2, 500), 7.0),
        "tau": np.full((2, 500), 0.1),
        "theta": rng.normal(size=(2, 500, 8)),
    }
    same = ppl.predict(eight_schools, fit, SIGMA, seed=1)
    assert set(same) == {"y", "shrinkage"}
    new = ppl.predict(eight_schools, fit, SIGMA[:3], seed=1)
    assert new.redrawn == ("theta",)
    assert new["theta"].shape == new["y"].shape == (2, 500, 3)
    assert abs(new["theta"].mean() - 7.0) < 4 * 0.1 / math.sqrt(3000)
    assert new.dims["y"] == ("school",)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ppl.simulate(normal, 3, draws=0), "draws must be a positive integer, got 0"),
        (lambda: ppl.simulate(normal, 3, draws=2.5),  # type: ignore[arg-type] # the mistake
         "draws must be a positive integer, got 2.5"),
        (lambda: ppl.predict(normal, {}, 3), r"parameters of normal, \['mu'\], got none"),
        (lambda: ppl.predict(eight_schools, {"mu": np.zeros(3), "tau": np.ones(4)}, SIGMA),
         "same leading axes"),
    ],
)  # fmt: skip
def test_mistakes(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "test_predictive.py:" in str(caught.value)


def test_a_draw_that_breaks_a_parameter_is_named() -> None:
    def model() -> None:
        scale = ppl.sample("scale", ppl.Normal(-5, 0.1))
        ppl.sample("y", ppl.Normal(0, scale))

    with pytest.raises(ppl.ParameterError, match=r"scale must be positive, got -.* in site 'y'"):
        ppl.simulate(model, draws=1)

"""Static HMC and WALNUTS as whole samplers."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

import inference
from inference import diagnostics
from tests.inference import densities
from tests.inference.exactness import z_scores


@pytest.mark.parametrize("sampler", [inference.hmc, inference.walnuts])
def test_a_normal_of_several_scales(sampler: Any) -> None:
    mean, sd = np.array([1.0, -2.0, 0.0]), np.array([0.5, 1.0, 4.0])
    fit = sampler(densities.diagonal(mean.tolist(), sd.tolist()), draws=10_000, seed=3)
    z = z_scores(fit, mean, sd**2)
    assert np.abs(z).max() < 4.5
    assert stats.chi2.sf((z**2).sum(), z.size) > 1e-4
    assert fit.warnings() == []


def test_the_trajectory_is_as_long_as_asked() -> None:
    density = densities.standard(4)
    fit = inference.hmc(density, seed=1, trajectory_length=2.0, jitter=0.0, draws=50)
    steps, sizes = fit.sample_stats["n_steps"], fit.sample_stats["step_size"]
    assert (steps * sizes >= 2.0 - 1e-12).all()
    assert ((steps - 1) * sizes <= 2.0).all()
    jittered = inference.hmc(density, seed=1, trajectory_length=20.0, jitter=0.5, draws=500)
    lengths = jittered.sample_stats["n_steps"] * jittered.sample_stats["step_size"]
    assert lengths.min() < 11.5
    assert lengths.max() > 28.5


def test_no_draw_of_hmc_comes_from_where_the_density_is_not_finite() -> None:
    fit = inference.hmc(densities.branch(1, 0.4), draws=5000, seed=2, target_accept=0.9)
    x = fit["x"]
    assert x.max() <= 0.4
    expected = -stats.norm.pdf(0.4) / stats.norm.cdf(0.4)
    assert abs((x.mean() - expected) / diagnostics.mcse_mean(x[..., 0])) < 5


def test_walnuts_goes_down_the_funnel_where_nuts_does_not() -> None:
    exact = stats.norm.cdf(-5 / 3)  # 0.0478
    v = inference.walnuts(densities.funnel(10), draws=40_000, seed=5)["x"][..., 0]
    below = (v < -5).astype(float)
    assert abs(below.mean() - exact) / diagnostics.mcse_mean(below) < 4.5
    assert abs(v.mean()) / diagnostics.mcse_mean(v) < 4.5
    nuts = inference.nuts(densities.funnel(10), draws=40_000, seed=5)["x"][..., 0]
    assert (nuts < -5).mean() < 0.6 * exact  # the control: the test can tell


@pytest.mark.parametrize(
    ("sampler", "arguments", "kind", "message"),
    [
        (inference.hmc, {"trajectory_length": 0.0}, ValueError, "trajectory_length must be a pos"),
        (inference.hmc, {"trajectory_length": np.nan}, ValueError, "trajectory_length must be"),
        (inference.hmc, {"jitter": 1.0}, ValueError, "jitter must be a number between 0 and 1"),
        (inference.hmc, {"jitter": "much"}, TypeError, "jitter must be"),
        (inference.walnuts, {"tolerance": -1.0}, ValueError, "tolerance must be a positive number"),
        (inference.walnuts, {"tolerance": "fine"}, TypeError, "tolerance must be"),
        (inference.walnuts, {"draws": 0}, ValueError, "inference.walnuts: draws must be"),
    ],
)
def test_bad_arguments(sampler: Any, arguments: dict[str, Any], kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        sampler(densities.standard(2), **arguments)

"""DADVI: its objective's derivatives, normal targets in closed form, bad input, Ctrl-C."""

from typing import Any

import numpy as np
import pytest

import inference
from inference import evaluation, gaussians
from inference.variational import dadvi
from tests.inference import densities, targets


def objective(density: Any, pairs: int = 4) -> dadvi.Objective:
    rng = np.random.default_rng(1)
    d = density.dimension
    first = gaussians.Diagonal(rng.normal(size=d), np.exp(rng.normal(size=d)))
    z = dadvi.balanced(pairs, d, rng)
    return dadvi.Objective(evaluation.Evaluator(density), first, z)


def test_derivatives_of_the_objective() -> None:
    density = targets.Traceable(lambda x: -np.sum(np.cosh(x)) - (x[0] * x[1]) ** 2, 3)
    aim = objective(density)
    rng = np.random.default_rng(2)
    eta, way, h = 0.3 * rng.normal(size=6), rng.normal(size=6), 1e-5
    slope = (aim.value(eta + h * way) - aim.value(eta - h * way)) / (2 * h)
    assert aim.gradient(eta) @ way == pytest.approx(slope, rel=1e-7)
    bend = (aim.gradient(eta + h * way) - aim.gradient(eta - h * way)) / (2 * h)
    np.testing.assert_allclose(aim.products(eta, way[None])[0], bend, rtol=1e-6)


def test_fixed_draws_are_balanced() -> None:
    z = dadvi.balanced(15, 4, np.random.default_rng(3))
    assert z.shape == (30, 4)
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-15)
    np.testing.assert_allclose((z**2).mean(axis=0), 1.0, rtol=1e-14)


@pytest.mark.parametrize(
    ("dimension", "kind"),
    [(1, targets.Traceable), (10, targets.Traceable), (10, targets.Plain), (50, targets.Traceable)],
)
def test_normal_targets(dimension: int, kind: type[targets.Plain]) -> None:
    law = targets.normal(dimension)
    fit = inference.dadvi(law.density(kind), seed=1)
    mean, covariance = targets.relative_errors(law, fit.mean, fit.covariance)
    assert mean < 1e-3
    assert covariance < 1e-6
    assert fit.attributes["converged"]
    assert fit.elbo == pytest.approx(law.log_integral, abs=0.1)


def test_mean_field_matches_precisions() -> None:
    # Fixed draws stand for an expectation: their cross products vanish like 1 / sqrt(draws).
    law = targets.normal(5)
    fit = inference.dadvi(law.density(), covariance="mean_field", fixed_draws=4000, seed=1)
    expected = 1.0 / np.sqrt(np.diag(np.linalg.inv(law.covariance)))
    np.testing.assert_allclose(fit.adaptation["mean_field_sd"], expected, rtol=0.1)
    assert any("independent components" in message for message in fit.warnings())
    assert (expected < 0.9 * np.sqrt(np.diag(law.covariance))).any()  # what it gets wrong


def test_independent_normals_are_exact() -> None:
    sd = np.array([0.01, 1.0, 100.0])
    fit = inference.dadvi(densities.diagonal([1.0, 0.0, -5.0], list(sd)), seed=1)
    np.testing.assert_allclose(fit.adaptation["mean_field_sd"], sd, rtol=1e-6)


def test_conjugate_gradients_give_the_same_covariance(monkeypatch: pytest.MonkeyPatch) -> None:
    law = targets.normal(10)
    monkeypatch.setattr(dadvi, "DENSE_LIMIT", 5)
    monkeypatch.setattr(dadvi, "DENSE_LIMIT_ALL", 5)
    fit = inference.dadvi(law.density(), seed=1)
    mean, covariance = targets.relative_errors(law, fit.mean, fit.covariance)
    assert mean < 1e-3
    assert covariance < 1e-3


def test_what_has_no_minimum_is_told() -> None:
    fit = inference.dadvi(densities.flat(), seed=1, max_iterations=20)
    assert not fit.attributes["converged"]
    assert any("stopped before it converged" in message for message in fit.warnings())


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ({"fixed_draws": 7}, "fixed_draws must be even"),
        ({"fixed_draws": 0}, "fixed_draws must be an integer"),
        ({"covariance": "full"}, "covariance must be one of"),
        ({"tolerance": -1.0}, "tolerance must be"),
        ({"initial": np.zeros(3)}, "initial must have shape"),
    ],
)
def test_bad_arguments(bad: dict[str, Any], match: str) -> None:
    with pytest.raises(inference.InferenceValueError, match=match):
        inference.dadvi(targets.normal(2).density(), **bad)


def test_an_interruption_gives_the_laws_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    from inference import steps  # noqa: PLC0415

    def stop(state: inference.StepProgress) -> None:
        if state.step:
            raise KeyboardInterrupt

    monkeypatch.setattr(steps, "PERIOD_SECONDS", 0.0)
    fit = inference.dadvi(targets.normal(10).density(), seed=1, callback=stop)
    assert fit.warnings()[0].startswith("The run was interrupted")
    assert np.isfinite(fit.unconstrained).all()

"""What all approximations have: normal targets in 100 dimensions, diagnostics, stores."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

import inference
from inference import evaluation, gaussians
from inference.variational import bam
from tests.inference import targets

ALGORITHMS: dict[str, Any] = {
    "laplace": inference.laplace,
    "dadvi": inference.dadvi,
    "bam": inference.bam,
    "advi": lambda *a, **k: inference.advi(*a, family="full_rank", **k),
}


def two_modes() -> targets.Traceable:
    """Equal halves, eight standard deviations apart."""

    def function(x: Any) -> Any:
        return np.logaddexp(-0.5 * np.sum((x - 4.0) ** 2), -0.5 * np.sum((x + 4.0) ** 2))

    return targets.Traceable(function, 2)


def gamma_in_logs() -> targets.Traceable:
    """A gamma law of shape 3, over its logarithm: mean digamma(3), skewed."""
    return targets.Traceable(lambda x: 3.0 * x[0] - np.exp(x[0]), 1)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_ill_conditioned_normal_targets_in_100_dimensions(algorithm: str) -> None:
    law = targets.ill_conditioned(100, 1e6)
    fit = ALGORITHMS[algorithm](law.density(), seed=1, draws=100)
    mean, covariance = targets.relative_errors(law, fit.mean, fit.covariance)
    assert mean < 1e-3
    assert covariance < 1e-3
    assert fit.attributes["converged"]


def test_mean_field_finds_the_mean_of_a_correlated_law_and_stops() -> None:
    law = targets.normal(100)
    fit = inference.advi(law.density(), seed=1)
    assert fit.attributes["converged"]
    sd = np.sqrt(np.diag(law.covariance))
    assert np.abs((fit.mean - law.mean) / sd).max() < 1e-2  # pairs z, -z: no noise in the mean
    expected = np.diag(np.linalg.inv(law.covariance)) ** -0.5
    np.testing.assert_allclose(fit.adaptation["sd"], expected, rtol=0.1)


# ---- diagnostics ---------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_second_mode_is_told(algorithm: str) -> None:
    fit = ALGORITHMS[algorithm](two_modes(), seed=1)
    assert fit.khat < fit.khat_threshold  # which cannot see it
    assert fit.attributes["missed_mass"] == pytest.approx(0.5, abs=0.1)
    assert any("there are other modes" in message for message in fit.warnings())
    alone = ALGORITHMS[algorithm](targets.normal(2).density(), seed=1)
    assert alone.attributes["missed_mass"] == 0.0


def test_importance_weights_tell_the_error_of_a_mean() -> None:
    fit = inference.laplace(gamma_in_logs(), draws=10_000, seed=1, resample=False)
    sd = np.sqrt(special.polygamma(1, 3.0))
    error = (np.log(3.0) - special.digamma(3.0)) / sd
    assert fit.mean_error == pytest.approx(error, abs=0.05)
    assert any("is wrong by up to" in message for message in fit.warnings())
    corrected = inference.laplace(gamma_in_logs(), draws=10_000, seed=1)
    assert corrected.warnings() == []
    assert corrected["x"].mean() == pytest.approx(special.digamma(3.0), abs=4 * sd / 100)


def test_a_high_khat_of_even_weights_is_told_with_what_they_are_worth() -> None:
    """The log of a gamma law of shape 500 is all but normal; Student's law is not."""
    near = targets.Traceable(lambda x: 500.0 * (x[0] - np.exp(x[0])), 1)
    fit = inference.bam(near, seed=1, progress=False)
    assert fit.khat > fit.khat_threshold
    assert fit.attributes["weights_ess"] > 0.99 * fit.attributes["weights_draws"]
    assert "More draws tell the k-hat better" in fit.warnings()[0]
    heavy = targets.Traceable(lambda x: -1.5 * np.log1p(0.5 * x[0] ** 2) - 0.5 * x[1] ** 2, 2)
    fit = inference.bam(heavy, seed=1, progress=False)
    assert fit.khat > fit.khat_threshold
    assert "misses mass" in fit.warnings()[0]


def test_resampling_is_left_where_weights_cannot_be_trusted() -> None:
    cauchy = targets.Traceable(lambda x: -np.sum(np.log1p(x**2)), 20)
    fit = inference.laplace(cauchy, seed=1)
    assert fit.khat > fit.khat_threshold
    assert fit.attributes["pool"] == 0
    assert inference.laplace(cauchy, seed=1, resample=True).attributes["pool"] > 0


# ---- batch and match -----------------------------------------------------------------------------


def test_a_law_that_begins_far_too_narrow_arrives() -> None:
    # One wide, one skewed coordinate, whose scores are noise for the first.
    density = targets.Traceable(lambda x: -0.5 * (x[0] / 1e4) ** 2 + 5.0 * x[1] - np.exp(x[1]), 2)
    begin = gaussians.Dense(np.zeros(2), np.diag([0.1, 0.4]))
    settings = bam.Settings(rank=0, batch=12, tolerance=5e-3, iterations=1000)
    run = bam.Run(evaluation.Evaluator(density), begin, settings)
    assert not run.go(np.random.default_rng(1), None)
    assert np.sqrt(run.law.variance)[0] == pytest.approx(1e4, rel=0.1)
    assert run.travelled > 4


def test_symmetrised_divergence_of_low_rank_laws_is_that_of_dense_ones() -> None:
    rng = np.random.default_rng(3)
    laws = [
        gaussians.LowRank.of_columns(
            rng.normal(size=7), np.exp(rng.normal(size=7)), rng.normal(size=(7, rank))
        )
        for rank in (2, 3)
    ]
    dense = [bam.dense(law) for law in laws]
    low, full = gaussians.symmetrised_divergence(*laws), gaussians.symmetrised_divergence(*dense)
    assert low == pytest.approx(full, rel=1e-10)


# ---- stores --------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "pathfinder"])
def test_a_store_has_the_whole_fit(algorithm: str, tmp_path: Path) -> None:
    run = ALGORITHMS.get(algorithm, inference.pathfinder)
    density = targets.normal(2).density()
    fit = run(density, seed=1, draws=50, store=tmp_path / "fit")
    back = inference.load(tmp_path / "fit")
    assert isinstance(back, inference.Approximation)
    np.testing.assert_array_equal(back["x"], fit["x"])
    if algorithm != "pathfinder":
        np.testing.assert_allclose(back.mean, fit.mean)
        np.testing.assert_allclose(back.covariance, fit.covariance)
    with pytest.raises(inference.InferenceValueError, match="store must be a path where nothing"):
        run(density, store=tmp_path / "fit")
    with pytest.raises(inference.InferenceValueError, match="which has no folder"):
        run(density, store=tmp_path / "nowhere" / "fit")
    with pytest.raises(inference.InferenceTypeError, match="store must be the path"):
        run(density, store=3)


def test_resample_must_be_a_choice() -> None:
    with pytest.raises(inference.InferenceTypeError, match="resample must be"):
        inference.bam(targets.normal(2).density(), resample="yes")  # type: ignore[arg-type]

"""Stochastic fits of normal laws: one step by hand, normal targets, results, bad input, Ctrl-C."""

from typing import Any

import numpy as np
import pytest

import inference
from inference import evaluation, gaussians
from inference.variational import bam, natural, patching
from tests.inference import densities, targets

ALGORITHMS = [inference.advi, inference.bam]


def factors(dimension: int, rank: int) -> targets.Normal:
    """Diagonal plus low rank."""
    rng = np.random.default_rng(6)
    sd = np.exp(rng.normal(size=dimension))
    columns = 2.0 * sd[:, None] * rng.normal(size=(dimension, rank))
    return targets.Normal(rng.normal(size=dimension), np.diag(sd**2) + columns @ columns.T)


# ---- normal targets ------------------------------------------------------------------------------


@pytest.mark.parametrize("dimension", [1, 10, 100])
@pytest.mark.parametrize("algorithm", ["advi", "bam"])
def test_full_rank_finds_normal_targets(algorithm: str, dimension: int) -> None:
    law = targets.normal(dimension)
    fit = getattr(inference, algorithm)(law.density(), family="full_rank", seed=1, draws=500)
    mean, covariance = targets.relative_errors(law, fit.mean, fit.covariance)
    assert mean < 1e-3
    assert covariance < 1e-3
    assert fit.warnings() == []
    assert fit.elbo == pytest.approx(law.log_integral, abs=1e-3)


@pytest.mark.parametrize(("algorithm", "tolerance"), [("bam", 1e-4), ("advi", 1e-6)])
def test_low_rank_finds_targets_of_its_rank(algorithm: str, tolerance: float) -> None:
    law = factors(20, 2)
    fit = getattr(inference, algorithm)(
        law.density(), family="low_rank", rank=2, seed=1, tolerance=tolerance
    )
    mean, covariance = targets.relative_errors(law, fit.mean, fit.covariance)
    assert mean < 1e-2
    assert covariance < 1e-2


def test_mean_field_matches_precisions() -> None:
    law = targets.normal(4)
    fit = inference.advi(law.density(), family="mean_field", seed=1, tolerance=1e-3)
    precision = np.diag(np.linalg.inv(law.covariance))
    np.testing.assert_allclose(fit.adaptation["sd"], precision**-0.5, rtol=0.1)
    assert any("independent components" in message for message in fit.warnings())


def test_without_sticking_the_landing_noise_remains_but_the_law_is_found() -> None:
    law = targets.normal(3)
    fit = inference.advi(
        law.density(), family="full_rank", sticking_the_landing=False, seed=1, tolerance=1e-2
    )
    mean, covariance = targets.relative_errors(law, fit.mean, fit.covariance)
    assert 1e-8 < mean < 0.1
    assert covariance < 0.2


@pytest.mark.parametrize("algorithm", ["advi", "bam"])
def test_a_gamma_law_in_logs(algorithm: str) -> None:
    # The best normal law under KL(q|p) has E_q exp(x) = shape and sd^2 = 1 / shape.
    density = targets.Traceable(lambda x: 5.0 * x[0] - np.exp(x[0]), 1)
    fit = getattr(inference, algorithm)(density, family="full_rank", seed=1)
    sd = np.sqrt(fit.covariance[0, 0])
    assert fit.mean[0] + 0.5 * sd**2 == pytest.approx(np.log(5.0), abs=0.05)
    assert sd == pytest.approx(5.0**-0.5, rel=0.1)


# ---- one step ------------------------------------------------------------------------------------


def test_the_matched_covariance_solves_the_equation() -> None:
    rng = np.random.default_rng(7)
    factor = np.asarray(np.linalg.cholesky(targets.normal(5).covariance), dtype=np.float64)
    law = gaussians.Dense(rng.normal(size=5), factor)
    xs, scores, size = rng.normal(size=(8, 5)), rng.normal(size=(8, 5)), 0.7
    new = bam.match(law, xs, scores, size)
    share = size / (1 + size)
    g, x = scores.mean(axis=0), xs.mean(axis=0)
    u = size * np.cov(scores.T, bias=True) + share * np.outer(g, g)
    away = law.mean - x
    v = law.covariance() + size * np.cov(xs.T, bias=True) + share * np.outer(away, away)
    sigma = new.covariance()
    np.testing.assert_allclose(sigma @ u @ sigma + sigma, v, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(new.mean, law.mean / (1 + size) + share * (sigma @ g + x))


def test_low_rank_steps_have_the_mean_of_full_rank() -> None:
    rng = np.random.default_rng(8)
    law = gaussians.LowRank.of_columns(
        rng.normal(size=4), np.exp(rng.normal(size=4)), rng.normal(size=(4, 2))
    )
    factor = np.asarray(np.linalg.cholesky(law.covariance()), dtype=np.float64)
    dense = gaussians.Dense(law.mean, factor)
    xs, scores = rng.normal(size=(9, 4)), rng.normal(size=(9, 4))
    # The mean takes the covariance before it is projected.
    full = bam.match(dense, xs, scores, 0.5)
    low = bam.match_low_rank(law, xs, scores, 0.5, 2)
    np.testing.assert_allclose(low.mean, full.mean, rtol=1e-9)


def test_a_patch_finds_what_has_its_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patching, "PATCHES", 3000)  # to the end
    rng = np.random.default_rng(12)
    diagonal, columns = np.exp(rng.normal(size=8)), 2.0 * rng.normal(size=(8, 2))
    more = rng.normal(size=(8, 1))
    target = patching.Signed(diagonal, np.concatenate([columns, more], axis=1), more)
    covariance = np.diag(diagonal) + columns @ columns.T
    np.testing.assert_allclose(target.times(np.eye(8)), covariance, rtol=1e-12)
    found = patching.patch(np.zeros(8), target, np.ones(8), rng.normal(size=(8, 2)))
    np.testing.assert_allclose(found.covariance(), covariance, rtol=1e-6, atol=1e-6)


def test_parts_of_a_law_give_it_back() -> None:
    law = factors(6, 2)
    diagonal = np.exp(np.random.default_rng(9).normal(size=6))
    columns = np.random.default_rng(10).normal(size=(6, 2))
    made = gaussians.LowRank.of_columns(law.mean, np.sqrt(diagonal), columns)
    d, c = patching.parts(made)
    np.testing.assert_allclose(np.diag(d) + c @ c.T, np.diag(diagonal) + columns @ columns.T)


@pytest.mark.parametrize("landing", [True, False])
@pytest.mark.parametrize("family", ["mean_field", "full_rank", "low_rank"])
def test_expected_steps_point_up_the_evidence_lower_bound(family: str, landing: bool) -> None:
    # For a standard normal target the bound is known: -(tr S + m'm) / 2 + log det S / 2.
    density = evaluation.Evaluator(densities.standard(3))
    kind = {"mean_field": natural.MeanField, "full_rank": natural.FullRank}.get(family)
    batch = 100_000
    moves = (
        kind(density, batch, landing=landing)
        if kind
        else natural.LowRankPlus(density, batch, 2, landing=landing)
    )
    first = gaussians.LowRank.of_columns(
        np.array([0.5, -0.5, 1.0]), np.array([0.5, 1.0, 1.5]), 0.3 * np.ones((3, 1))
    )
    state = moves.state(first)

    def bound(at: targets.Array) -> float:
        law = moves.law(at)
        return float(-0.5 * (law.covariance().trace() + law.mean @ law.mean)) + law.log_scale

    size = 1e-3
    way = (moves.step(state, size, np.random.default_rng(11)) - state) / size
    numeric = np.array(
        [(bound(state + h) - bound(state - h)) / 2e-5 for h in 1e-5 * np.eye(len(state))]
    )
    # Preconditioned by a positive definite matrix that is diagonal but for the mean's block: there
    # it is the covariance, for independent components that of the law they began with.
    covariance = (first if family == "mean_field" else moves.law(state)).covariance()
    np.testing.assert_allclose(way[:3], covariance @ numeric[:3], atol=0.03)
    assert way @ numeric > 0.0
    if family == "mean_field":
        np.testing.assert_allclose(way[3:], 0.5 * numeric[3:], atol=0.03)
    if family == "low_rank":
        np.testing.assert_allclose(way[3:6], 0.5 * numeric[3:6], atol=0.03)
        scale = np.repeat(np.exp(2.0 * state[3:6]), 2)
        np.testing.assert_allclose(way[6:], scale * numeric[6:], atol=0.05)


# ---- results and errors --------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_seed_gives_the_same_draws(algorithm: Any) -> None:
    density = targets.normal(3).density()
    first, again = (algorithm(density, family="full_rank", seed=3) for _ in range(2))
    np.testing.assert_array_equal(first["x"], again["x"])
    assert first.sample(4, seed=1)["x"].shape == (4, 3)
    assert algorithm.__name__ in repr(first)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ({"family": "flow"}, "family must be one of"),
        ({"batch": 0}, "batch must be"),
        ({"rank": 0, "family": "low_rank"}, "rank must be"),
        ({"tolerance": -2.0}, "tolerance must be"),
        ({"starts_tried": 0}, "starts_tried must be"),
        ({"draws": 0}, "draws must be"),
    ],
)
def test_bad_arguments(algorithm: Any, bad: dict[str, Any], match: str) -> None:
    with pytest.raises(inference.InferenceValueError, match=match):
        algorithm(targets.normal(2).density(), **bad)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_does_not_converge_is_told(algorithm: Any) -> None:
    limit = {"max_steps": 300} if algorithm is inference.advi else {"max_iterations": 40}
    fit = algorithm(densities.flat(), family="full_rank", seed=1, **limit)
    assert not fit.attributes["converged"]
    assert any("stopped before it converged" in message for message in fit.warnings())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_interruption_gives_the_law_so_far(
    algorithm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference import steps  # noqa: PLC0415

    def stop(state: inference.StepProgress) -> None:
        if state.step:
            raise KeyboardInterrupt

    monkeypatch.setattr(steps, "PERIOD_SECONDS", 0.0)
    fit = algorithm(targets.normal(3).density(), seed=1, callback=stop)
    assert fit.warnings()[0].startswith("The run was interrupted")
    assert np.isfinite(fit.unconstrained).all()

"""Laplace and Pathfinder: normal targets, densities off normal, results, bad input, Ctrl-C."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inference
from inference import evaluation
from tests.inference import densities, targets

ALGORITHMS = [inference.laplace, inference.pathfinder]


def gamma_in_logs(shape: float) -> targets.Traceable:
    """A gamma law of rate one, over its logarithm: mean digamma(shape), skewed."""
    return targets.Traceable(lambda x: shape * x[0] - np.exp(x[0]), 1)


def cauchy() -> targets.Traceable:
    """Twenty independent Cauchy variables: tails that a normal law lacks."""
    return targets.Traceable(lambda x: -np.sum(np.log1p(x**2)), 20)


def unbounded() -> targets.Traceable:
    """A scale exp(x0) with a flat prior and an effect x1 that no data inform."""
    return targets.Traceable(lambda x: -x[0] - 0.5 * (x[1] * np.exp(-x[0])) ** 2, 2)


# ---- second derivatives --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [targets.Plain, targets.Traceable])
def test_hessians(kind: type[targets.Plain]) -> None:
    density = kind(lambda x: np.sin(x[0]) * np.exp(x[1]) - x[2] ** 4, 3)
    evaluator = evaluation.Evaluator(density)
    x = np.array([0.3, -0.2, 1.1])
    s, c, e = np.sin(0.3), np.cos(0.3), np.exp(-0.2)
    expected = np.array([[-s * e, c * e, 0], [c * e, s * e, 0], [0, 0, -12 * 1.1**2]])
    rtol = 1e-12 if kind is targets.Traceable else 1e-8
    assert evaluator.exact == (kind is targets.Traceable)
    np.testing.assert_allclose(evaluator.hessian(x), expected, rtol=rtol, atol=rtol)


# ---- Laplace -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [targets.Plain, targets.Traceable])
@pytest.mark.parametrize("dimension", [1, 10, 100])
def test_laplace_is_exact_for_normal_targets(dimension: int, kind: type[targets.Plain]) -> None:
    law = targets.normal(dimension)
    fit = inference.laplace(law.density(kind), seed=1)
    mean, covariance = targets.relative_errors(law, fit.mean, fit.covariance)
    assert mean < 1e-6
    assert covariance < 1e-6
    assert fit.elbo == pytest.approx(law.log_integral, abs=1e-5)
    assert fit.khat < fit.khat_threshold
    assert fit.warnings() == []


def test_laplace_of_a_gamma_law_has_its_mode_and_curvature() -> None:
    fit = inference.laplace(gamma_in_logs(7.0), seed=1)
    assert fit.mean[0] == pytest.approx(np.log(7.0), abs=1e-9)
    assert fit.covariance[0, 0] == pytest.approx(1.0 / 7.0, rel=1e-9)


def test_resampling_corrects_the_skew() -> None:
    from scipy import special  # noqa: PLC0415

    density, shape = gamma_in_logs(3.0), 3.0
    mean, sd = special.digamma(shape), np.sqrt(special.polygamma(1, shape))
    plain = inference.laplace(density, draws=4000, seed=1, resample=False)
    better = inference.laplace(density, draws=4000, seed=1, resample=True)
    error = 4 * sd / 4000**0.5
    assert abs(plain["x"].mean() - mean) > error  # the negative control
    assert abs(better["x"].mean() - mean) < error
    assert abs(better.sample(4000, seed=2)["x"].mean() - mean) < error


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_heavy_tails_are_told(algorithm: Any) -> None:
    fit = algorithm(cauchy(), seed=1)
    assert fit.khat > fit.khat_threshold
    assert any("Pareto k-hat" in message for message in fit.warnings())


def test_no_mode_is_an_error() -> None:
    with pytest.raises(inference.NoModeError, match="negative definite"):
        inference.laplace(unbounded(), seed=1, max_iterations=30)
    with pytest.raises(inference.NoModeError, match="flat or unbounded"):
        inference.laplace(densities.flat(), seed=1)


# ---- Pathfinder ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dimension", [2, 10])
def test_pathfinder_finds_normal_targets(dimension: int) -> None:
    law = targets.normal(dimension)
    fit = inference.pathfinder(law.density(), draws=2000, seed=1)
    assert fit.khat < fit.khat_threshold
    draws = fit.unconstrained[0]
    sd = np.sqrt(np.diag(law.covariance))
    # The effective number of independent draws is that of the weights, at most 2000.
    error = 1.0 / np.sqrt(min(2000.0, fit.attributes["weights_ess"]))
    z = (draws.mean(axis=0) - law.mean) / (sd * error)
    assert np.abs(z).max() < 4.5
    ratio = draws.std(axis=0) / sd
    assert np.abs(ratio - 1.0).max() < 4.5 * error


def test_pathfinder_finds_the_skewed_law() -> None:
    from scipy import special  # noqa: PLC0415

    fit = inference.pathfinder(gamma_in_logs(3.0), draws=4000, seed=1)
    sd = np.sqrt(special.polygamma(1, 3.0))
    assert abs(fit["x"].mean() - special.digamma(3.0)) < 4 * sd / 4000**0.5
    raw = inference.pathfinder(gamma_in_logs(3.0), draws=4000, seed=1, resample=False, refine=0)
    assert abs(raw["x"].mean() - special.digamma(3.0)) > 4 * sd / 4000**0.5


def test_pathfinder_covers_two_modes() -> None:
    def function(x: Any) -> Any:
        return np.logaddexp(-0.5 * np.sum((x - 3.0) ** 2), -0.5 * np.sum((x + 3.0) ** 2))

    fit = inference.pathfinder(targets.Traceable(function, 2), paths=16, seed=3)
    share = float((fit["x"][0, :, 0] > 0).mean())
    assert 0.4 < share < 0.6
    assert fit.khat < 0.5


def test_pathfinder_tells_where_its_rank_is_too_low() -> None:
    fit = inference.pathfinder(
        targets.normal(30).density(), seed=1, history=3, max_iterations=60, refine=0
    )
    assert fit.khat > fit.khat_threshold
    assert any("Pareto k-hat" in message for message in fit.warnings())


def test_the_diagonal_keeps_the_secant_on_average() -> None:
    from inference.variational import quasi_newton  # noqa: PLC0415

    # For a diagonal quadratic the update with y = h s leaves the exact inverse in place.
    h = np.array([1.0, 4.0, 0.25])
    s = np.array([0.3, -1.0, 2.0])
    np.testing.assert_allclose(quasi_newton.next_diagonal(1 / h, s, h * s), 1 / h, rtol=1e-12)


def test_the_law_at_a_point_satisfies_the_secant_equation() -> None:
    from collections import deque  # noqa: PLC0415

    from inference import descent  # noqa: PLC0415
    from inference.variational import quasi_newton  # noqa: PLC0415

    rng = np.random.default_rng(5)
    law = targets.normal(8)
    hessian = np.linalg.inv(law.covariance)
    pairs = deque((s, hessian @ s) for s in rng.normal(size=(3, 8)))
    here = descent.Iterate(rng.normal(size=8), 0.0, rng.normal(size=8))
    found = quasi_newton.law_at(here, np.exp(rng.normal(size=8)), pairs)
    assert found is not None
    s, y = pairs[-1]
    np.testing.assert_allclose(found.covariance() @ y, s, rtol=1e-8)
    np.testing.assert_allclose(found.mean, here.x + found.covariance() @ here.gradient, rtol=1e-8)


# ---- results -------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_fit_has_the_face_of_all_fits(algorithm: Any, tmp_path: Path) -> None:
    law = targets.normal(3)
    fit = algorithm(law.density(), draws=200, seed=7)
    assert isinstance(fit, inference.Fit)
    assert fit["x"].shape == (1, 200, 3)
    assert list(fit.summary()) == ["x[0]", "x[1]", "x[2]"]
    assert algorithm.__name__ in repr(fit)
    again = algorithm(law.density(), draws=200, seed=7)
    np.testing.assert_array_equal(fit["x"], again["x"])
    assert not np.array_equal(fit["x"], algorithm(law.density(), draws=200, seed=8)["x"])
    assert isinstance(fit, inference.Approximation)
    assert fit.sample(5, seed=1)["x"].shape == (5, 3)
    fit.save(tmp_path / "fit")
    back = inference.load(tmp_path / "fit")
    assert isinstance(back, inference.Approximation)
    np.testing.assert_array_equal(back["x"], fit["x"])
    assert back.khat == fit.khat
    assert back.warnings() == fit.warnings()
    assert repr(back) == repr(fit)
    with pytest.raises(inference.InferenceValueError, match="must know its density"):
        back.sample(3)
    data = fit.to_arviz()
    assert data["posterior"]["x"].shape == (1, 200, 3)
    np.testing.assert_array_equal(data["sample_stats"]["lp"], fit.sample_stats["lp"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("bad", "error", "match"),
    [
        ({"draws": 0}, inference.InferenceValueError, "draws must be"),
        ({"draws": "many"}, inference.InferenceTypeError, "draws must be"),
        ({"seed": -1}, inference.InferenceValueError, "seed must be"),
        ({"initial": [0.0]}, inference.InferenceValueError, "initial must have shape"),
        ({"initial": [0.0, np.nan]}, inference.InferenceValueError, "initial must be finite"),
        ({"initial": "here"}, inference.InferenceTypeError, "initial must be an array"),
        ({"initial": {"x": 1.0}}, inference.InferenceTypeError, "got a dict"),
        ({"max_iterations": 0}, inference.InferenceValueError, "max_iterations must be"),
    ],
)
def test_bad_arguments(
    algorithm: Any, bad: dict[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        algorithm(targets.normal(2).density(), **bad)


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, inference.maximize])
def test_what_is_not_a_density(algorithm: Any) -> None:
    with pytest.raises(inference.InferenceTypeError, match="density must have dimension"):
        algorithm(3)


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, inference.maximize])
def test_a_density_that_is_finite_nowhere(algorithm: Any) -> None:
    density = targets.Traceable(lambda x: np.log(-1.0 - x[0] ** 2), 1)
    with np.errstate(all="ignore"), pytest.raises(inference.InitialPointError, match="none in 100"):
        algorithm(density, seed=1)


class Interrupting(targets.Plain):
    """Ctrl-C at a certain evaluation."""

    after = 0

    def logdensity_and_gradient(self, x: targets.Array) -> tuple[float, targets.Array]:
        if self.calls == self.after:
            self.calls += 1
            raise KeyboardInterrupt
        return super().logdensity_and_gradient(x)


def test_pathfinder_keeps_complete_paths_after_an_interruption() -> None:
    density = targets.normal(3).density(Interrupting)
    assert isinstance(density, Interrupting)
    density.after = 3
    with pytest.raises(inference.NoDrawsError, match="before the first path"):
        inference.pathfinder(density, seed=1)
    density.calls, density.after = 0, 1500
    fit = inference.pathfinder(density, seed=1, draws=100)
    assert 0 < len(fit.attributes["path_elbos"]) < 8
    assert fit.warnings()[0].startswith("The run was interrupted")


def test_laplace_has_nothing_before_the_mode() -> None:
    density = targets.normal(3).density(Interrupting)
    assert isinstance(density, Interrupting)
    density.after = 5
    with pytest.raises(inference.NoDrawsError, match="before the first climb"):
        inference.laplace(density, seed=1)


def test_the_callback_hears_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    from inference import steps  # noqa: PLC0415

    monkeypatch.setattr(steps, "PERIOD_SECONDS", 0.0)
    heard: list[inference.StepProgress] = []
    inference.pathfinder(targets.normal(2).density(), paths=3, seed=1, callback=heard.append)
    assert [state.step for state in heard] == [1, 2, 3]

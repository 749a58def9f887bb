"""Modes: closed forms of maximum likelihood, standard errors, several modes, bad input."""

from typing import Any

import numpy as np
import pytest

import inference
from tests.inference import densities, targets


class Sample(targets.Traceable):
    """Normal data with mean `m` and standard deviation exp(x[1]), as a model would offer it."""

    def __init__(self, y: targets.Array) -> None:
        self.y = y
        super().__init__(lambda x: self.likelihood(x) + x[1] - np.exp(x[1]), 2)

    def likelihood(self, x: Any) -> Any:
        return np.sum(-0.5 * ((self.y - x[0]) / np.exp(x[1])) ** 2 - x[1])

    def objective(self, *, prior: bool = True) -> Any:
        return (lambda x: self.likelihood(x) - np.exp(x[1])) if prior else self.likelihood

    def constrain(self, xs: targets.Array) -> dict[str, targets.Array]:
        sd = np.exp(xs[:, 1])
        return {"m": xs[:, 0], "sd": sd, "cv": sd / xs[:, 0]}


@pytest.fixture(scope="module")
def sample() -> Sample:
    return Sample(np.random.default_rng(1).normal(3.0, 2.0, 40))


def test_maximum_likelihood_of_a_normal_sample(sample: Sample) -> None:
    best = inference.maximize(sample, objective="likelihood", seed=1)
    y, n = sample.y, len(sample.y)
    sd, mean = y.std(), y.mean()
    assert best.converged
    assert best.warnings() == []
    assert best["m"] == pytest.approx(mean, rel=1e-10)
    assert best["sd"] == pytest.approx(sd, rel=1e-10)
    assert best.standard_errors["m"] == pytest.approx(sd / np.sqrt(n), rel=1e-8)
    assert best.standard_errors["sd"] == pytest.approx(sd / np.sqrt(2 * n), rel=1e-8)
    # Delta method for the quotient of two estimates that are uncorrelated at the maximum.
    cv = sd / mean
    expected = cv * np.sqrt(1 / (2 * n) + (sd / mean) ** 2 / n)
    assert best.standard_errors["cv"] == pytest.approx(expected, rel=1e-8)


def test_the_posterior_mode_is_that_of_constrained_values(sample: Sample) -> None:
    best = inference.maximize(sample, seed=1)
    s2, n = sample.y.var(), len(sample.y)
    # d/dsd of -n log sd - n s2 / (2 sd^2) - sd = 0, a cubic in sd.
    roots = np.roots([1.0, n, 0.0, -n * s2])
    expected = float(roots[(abs(roots.imag) < 1e-9) & (roots.real > 0)].real[0])
    assert best["sd"] == pytest.approx(expected, rel=1e-9)
    moved = inference.maximize(sample, objective="density", seed=1)
    assert moved["sd"] > best["sd"]  # with the log-Jacobian


@pytest.mark.parametrize("kind", [targets.Plain, targets.Traceable])
def test_covariance_of_a_normal_target(kind: type[targets.Plain]) -> None:
    law = targets.normal(20)
    best = inference.maximize(law.density(kind), seed=1)
    mean, covariance = targets.relative_errors(law, best.x, best.covariance)
    assert mean < 1e-6
    assert covariance < 1e-6
    np.testing.assert_allclose(
        best.standard_errors["x"], np.sqrt(np.diag(law.covariance)), rtol=1e-6
    )


def test_rosenbrock() -> None:
    def function(x: Any) -> Any:
        return -np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    best = inference.maximize(targets.Traceable(function, 5), seed=2, starts_tried=8)
    np.testing.assert_allclose(best.x, 1.0, atol=1e-8)
    assert best.value == pytest.approx(0.0, abs=1e-12)


def test_the_highest_of_several_modes_is_taken_and_the_others_told() -> None:
    def function(x: Any) -> Any:
        return np.logaddexp(-2.0 * (x[0] - 1.0) ** 2, 1.0 - 50.0 * (x[0] + 1.0) ** 2)

    density = targets.Traceable(function, 1)
    best = inference.maximize(density, seed=1, starts_tried=8)
    assert best["x"][0] == pytest.approx(-1.0, abs=1e-2)
    assert any("may be more modes" in message for message in best.warnings())
    one = inference.maximize(density, initial=[1.2])
    assert one["x"][0] == pytest.approx(1.0, abs=1e-6)


def test_what_has_no_mode_is_told() -> None:
    for density in (densities.flat(), targets.Traceable(np.sum, 2)):
        best = inference.maximize(density, seed=1, max_iterations=20)
        assert not best.converged
        assert "did not find a mode" in best.warnings()[0]
        assert np.isnan(best.standard_errors["x"]).all()


def test_large_problems_take_conjugate_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    from inference import mode  # noqa: PLC0415

    monkeypatch.setattr(mode, "DENSE_LIMIT", 5)
    law = targets.normal(20)
    best = inference.maximize(law.density(), seed=1, max_iterations=3)
    assert best.converged
    assert targets.relative_errors(law, best.x, best.covariance)[0] < 1e-6


def test_a_table(sample: Sample) -> None:
    text = inference.maximize(sample, seed=1).summary()
    assert text.splitlines()[0].split() == ["estimate", "se"]
    assert [line.split()[0] for line in text.splitlines()[1:]] == ["m", "sd", "cv"]


def test_bad_arguments(sample: Sample) -> None:
    with pytest.raises(inference.InferenceValueError, match="objective must be one of"):
        inference.maximize(sample, objective="mle")
    with pytest.raises(inference.NotOfferedError, match="prior and likelihood"):
        inference.maximize(densities.standard(2), objective="likelihood")
    with pytest.raises(inference.InferenceValueError, match="starts_tried must be"):
        inference.maximize(sample, starts_tried=0)
    with pytest.raises(KeyError, match="name must be one of m, sd, cv, got 'mu'"):
        inference.maximize(sample, seed=1)["mu"]


def test_an_interruption_gives_the_best_point_so_far(sample: Sample) -> None:
    calls = 0

    def stop(_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    from inference import steps  # noqa: PLC0415

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "PERIOD_SECONDS", 0.0)
        best = inference.maximize(sample, seed=1, callback=stop)
    assert best.attributes["interrupted"]
    assert "interrupted" in best.warnings()[0]
    assert np.isfinite(best["m"])

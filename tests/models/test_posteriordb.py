"""Gallery models against Stan: log density and gradient at the oracle's points, and moments."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inference
from ad.interpret import interpret

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery and the tests' own modules are not installed

posteriordb = importlib.import_module("tests.posteriordb")
stan = importlib.import_module("models._stan")
verify = importlib.import_module("models._verify")

LISTED: dict[str, str] = stan.listed()
BESIDE = sorted(path.stem for path in (ROOT / "models" / "data").glob("*.json"))
WITHOUT_MOMENTS = ("ark_loop",)  # it has the density of the model without a loop
# Stan's logistic laws take e^-x for 0 beyond 20, an error of 2e-9 that is theirs.
GRADIENT = DENSITY = 1e-9


def posterior_of(model: str) -> Any:
    return posteriordb.posterior_of(model)


def named(model: str, sites: Any) -> dict[str, str]:
    found: dict[str, str] = stan.names(model, sites)
    return found


@pytest.mark.posteriordb
@pytest.mark.parametrize("model", LISTED)
def test_densities_gradients_and_constrained_values_are_stans(model: str) -> None:
    oracle = posteriordb.oracle(LISTED[model])
    posterior = posterior_of(model)
    agreement = stan.compare(posterior, named(model, posterior.sites), oracle)
    assert agreement.gradient < GRADIENT
    assert agreement.density < DENSITY
    assert agreement.constrained < 1e-12


@pytest.mark.posteriordb
@pytest.mark.parametrize("model", LISTED)
def test_native_code_is_the_interpreters(model: str) -> None:
    posterior = posterior_of(model)
    path = posterior.compiled_paths.paths[0]
    x = np.random.default_rng(2).uniform(-1.0, 1.0, posterior.dimension)
    value, gradient = posterior.logdensity_and_gradient(x)
    with np.errstate(all="ignore"):
        meant, slopes = interpret([*path.outputs, path.gradient], [path.x], [x])
    assert abs(value - meant) <= 1e-12 * max(1.0, abs(meant))
    assert np.max(np.abs(gradient - slopes)) <= 1e-11 * np.max(np.abs(slopes))


@pytest.mark.posteriordb
@pytest.mark.parametrize("name", BESIDE)
def test_data_beside_the_models_are_posteriordbs(name: str) -> None:
    loader = importlib.import_module("models._data")
    whole = posteriordb.data(name)
    for key, values in loader.load(name).items():
        np.testing.assert_array_equal(values, whole[key])


def check_moments(fit: Any, model: str, names: Any) -> None:
    """Compare means and squared deviations with the reference's, using both errors."""
    reference = posteriordb.reference(LISTED[model])
    draws = stan.scalars(fit, named(model, names))
    scores = stan.scores(draws, reference, inference.diagnostics.ess_mean)
    assert scores
    # A mixture's part and the like may be a function of others; each scalar counts.
    assert max(scores.values()) <= stan.limit(len(scores)), scores


@pytest.mark.posteriordb
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "model",
    [model for model in posteriordb.with_reference(LISTED) if model not in WITHOUT_MOMENTS],
)
def test_draws_have_the_reference_moments(model: str, seed: int) -> None:
    posterior = posterior_of(model)
    fit = verify.fitted(model, posterior, seed)
    check_moments(fit, model, posterior.names)
    # Else chains that disagree would pass by their large errors.
    assert np.nanmax(inference.diagnostics.rhat(fit.unconstrained)) < 1.02


@pytest.mark.posteriordb
def test_a_wrong_model_fails_the_density_test(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = posterior_of("eight_schools")
    right = wrong.logdensity_and_gradient

    def tilted(x: Any) -> tuple[float, Any]:
        value, gradient = right(x)
        return value + 1e-6 * x[0] ** 2, gradient + 2e-6 * x[0] * np.eye(x.size)[0]

    monkeypatch.setattr(wrong, "logdensity_and_gradient", tilted, raising=False)
    monkeypatch.setattr(sys.modules[__name__], "posterior_of", lambda _: wrong)
    with pytest.raises(AssertionError):
        test_densities_gradients_and_constrained_values_are_stans("eight_schools")


@pytest.mark.posteriordb
def test_draws_of_a_wrong_spread_fail_the_moments_test() -> None:
    fit = inference.nuts(posterior_of("kidscore_momhsiq"), seed=1, progress=False)
    beta, sigma = fit["beta"], fit["sigma"]
    check_moments({"beta": beta, "sigma": sigma}, "kidscore_momhsiq", ["beta", "sigma"])
    wider = np.mean(sigma) + 1.1 * (sigma - np.mean(sigma))
    with pytest.raises(AssertionError):
        check_moments({"beta": beta, "sigma": wider}, "kidscore_momhsiq", ["beta", "sigma"])

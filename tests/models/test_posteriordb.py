"""Gallery models against Stan: log density and gradient at the oracle's points, and moments."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inference

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery and the tests' own modules are not installed

posteriordb = importlib.import_module("tests.posteriordb")

# Gallery model, posterior, and Stan's name of each of our sites, in the order of ours.
ROWS = [
    (
        "eight_schools",
        "eight_schools-eight_schools_noncentered",
        {"mu": "mu", "tau": "tau", "z": "theta_trans"},
    ),
    (
        "eight_schools_centred",
        "eight_schools-eight_schools_centered",
        {"mu": "mu", "tau": "tau", "theta": "theta"},
    ),
]


def posterior_of(model: str) -> Any:
    return importlib.import_module(f"models.{model}").posterior()


def order(stan: list[dict[str, Any]], sites: dict[str, str]) -> np.ndarray[Any, Any]:
    """Positions of our unconstrained vector's elements in Stan's."""
    starts, start = {}, 0
    for parameter in stan:
        size = parameter["n_unconstrained"]
        starts[parameter["name"]] = np.arange(start, start + size)
        start += size
    return np.concatenate([starts[name] for name in sites.values()])


@pytest.mark.parametrize(("model", "name", "sites"), ROWS, ids=[row[0] for row in ROWS])
def test_density_and_gradient_are_stans(model: str, name: str, sites: dict[str, str]) -> None:
    content = posteriordb.oracle(name)
    posterior = posterior_of(model)
    positions = order(content["parameters"], sites)
    ours, stans = [], []
    for point in content["points"]:
        value, gradient = posterior.logdensity_and_gradient(np.array(point["x"])[positions])
        expected = np.array(point["grad"])[positions]
        assert np.max(np.abs(gradient - expected)) <= 1e-8 * np.max(np.abs(expected))
        ours.append(value)
        stans.append(point["lp"])
    # Up to a constant: Stan does not renormalise a law that only its bounds cut in half.
    differences = np.diff(ours) - np.diff(stans)
    assert np.max(np.abs(differences) / np.maximum(1.0, np.abs(stans[1:]))) < 1e-8


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_eight_schools_has_the_reference_moments(seed: int) -> None:
    fit = inference.nuts(posterior_of("eight_schools"), seed=seed, progress=False)
    reference = posteriordb.reference("eight_schools-eight_schools_noncentered")
    theta = fit["theta"]
    ours = {"mu": fit["mu"], "tau": fit["tau"]}
    ours |= {f"theta[{index + 1}]": theta[..., index] for index in range(8)}
    for name, draws in ours.items():
        expected = reference[name]
        for values, at, error in (
            (draws, expected["mean"], expected["mean_mcse"]),
            # The squared deviation from the reference mean checks the spread as a mean.
            (
                (draws - expected["mean"]) ** 2,
                expected["squared_deviation"],
                expected["squared_deviation_mcse"],
            ),
        ):
            ess = float(inference.diagnostics.ess_mean(values))
            own = float(np.std(values)) / np.sqrt(ess)
            assert abs(float(np.mean(values)) - at) <= 4.0 * np.hypot(own, error), name


def test_a_wrong_model_fails_the_density_test(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = posterior_of("eight_schools")
    right = wrong.logdensity_and_gradient

    def tilted(x: Any) -> tuple[float, Any]:
        value, gradient = right(x)
        return value + 1e-6 * x[0] ** 2, gradient + 2e-6 * x[0] * np.eye(x.size)[0]

    monkeypatch.setattr(wrong, "logdensity_and_gradient", tilted, raising=False)
    monkeypatch.setattr(sys.modules[__name__], "posterior_of", lambda _: wrong)
    with pytest.raises(AssertionError):
        test_density_and_gradient_are_stans(*ROWS[0])

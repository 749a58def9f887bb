"""Gallery models against Stan: log density and gradient at the oracle's points, and moments."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inference

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery and the tests' own modules are not installed

posteriordb = importlib.import_module("tests.posteriordb")


@dataclass(frozen=True)
class Row:
    """A gallery model and its posterior.

    `sites` gives Stan's name of each of our sites, in the order of ours (`mu[2]` is the second
    element of Stan's `mu`); `more` gives Stan's names of deterministic values with moments.
    """

    model: str
    posterior: str
    sites: dict[str, str]
    more: dict[str, str] = field(default_factory=dict)


def same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


ROWS = [
    Row(
        "eight_schools",
        "eight_schools-eight_schools_noncentered",
        {"mu": "mu", "tau": "tau", "z": "theta_trans"},
        same("theta"),
    ),
    Row(
        "eight_schools_centred",
        "eight_schools-eight_schools_centered",
        same("mu", "tau", "theta"),
    ),
    Row("kidscore_momhsiq", "kidiq-kidscore_momhsiq", same("beta", "sigma")),
    Row("nes2000", "nes2000-nes", same("beta", "sigma")),
    Row("sblrc_blr", "sblrc-blr", same("beta", "sigma")),
    Row("ark", "arK-arK", same("alpha", "beta", "sigma")),
    Row("ark_loop", "arK-arK", same("alpha", "beta", "sigma")),
    Row("garch11", "garch-garch11", same("mu", "alpha0", "alpha1", "beta1")),
    Row(
        "gp_pois_regr",
        "gp_pois_regr-gp_pois_regr",
        same("rho", "alpha", "f_tilde"),
        same("f"),
    ),
    Row(
        "hmm_example",
        "hmm_example-hmm_example",
        {"stay": "theta1[1]", "leave": "theta2[1]", "low": "mu[1]", "high": "mu[2]"},
    ),
    Row(
        "low_dim_gauss_mix",
        "low_dim_gauss_mix-low_dim_gauss_mix",
        {"low": "mu[1]", "high": "mu[2]", "sigma": "sigma", "theta": "theta"},
    ),
    Row(
        "radon_mn_nc",
        "radon_mn-radon_hierarchical_intercept_noncentered",
        same("alpha_raw", "beta", "mu_alpha", "sigma_alpha", "sigma_y"),
    ),
    Row("diamonds", "diamonds-diamonds", same("b", "Intercept", "sigma")),
]
# Draws of these have moments in the data base; centred schools have no trustworthy draws of ours,
# and the loop over times has the density of the model without one.
WITH_MOMENTS = [
    row for row in ROWS if row.model not in ("eight_schools_centred", "ark_loop", "radon_mn_nc")
]


MODELS = [row.model for row in ROWS]
BESIDE = sorted(path.stem for path in (ROOT / "models" / "data").glob("*.json"))
LONG = ("gp_pois_regr", "diamonds")  # seconds, not tenths


def posterior_of(model: str) -> Any:
    return posteriordb.posterior_of(model)


def element(name: str) -> tuple[str, int | None]:
    """Stan's name of a variable, and the position of an element in it."""
    variable, _, index = name.partition("[")
    return variable, int(index.removesuffix("]")) - 1 if index else None


def order(stan: list[dict[str, Any]], sites: dict[str, str]) -> np.ndarray[Any, Any]:
    """Positions of our unconstrained vector's elements in Stan's."""
    starts, start = {}, 0
    for parameter in stan:
        size = parameter["n_unconstrained"]
        starts[parameter["name"]] = np.arange(start, start + size)
        start += size
    parts = []
    for name in sites.values():
        variable, index = element(name)
        whole = starts[variable]
        parts.append(whole if index is None else whole[index : index + 1])
    return np.concatenate(parts)


@pytest.mark.posteriordb
@pytest.mark.parametrize("row", ROWS, ids=MODELS)
def test_density_and_gradient_are_stans(row: Row) -> None:
    content = posteriordb.oracle(row.posterior)
    posterior = posterior_of(row.model)
    positions = order(content["parameters"], row.sites)
    ours, stans = [], []
    assert posterior.dimension == positions.size == len(set(positions))
    for point in content["points"]:
        value, gradient = posterior.logdensity_and_gradient(np.array(point["x"])[positions])
        expected = np.array(point["grad"])[positions]
        assert np.max(np.abs(gradient - expected)) <= 1e-9 * np.max(np.abs(expected))
        ours.append(value)
        stans.append(point["lp"])
    # Up to a constant: Stan does not renormalise a law that only its bounds cut in half.
    differences = np.diff(ours) - np.diff(stans)
    assert np.max(np.abs(differences) / np.maximum(1.0, np.abs(stans[1:]))) < 1e-9


@pytest.mark.posteriordb
@pytest.mark.parametrize("row", ROWS, ids=MODELS)
def test_constrained_values_are_stans(row: Row) -> None:
    content = posteriordb.oracle(row.posterior)
    posterior = posterior_of(row.model)
    positions = order(content["parameters"], row.sites)
    points = content["points"]
    ours = posterior.constrain(np.array([point["x"] for point in points])[:, positions])
    for site, name in row.sites.items():
        variable, index = element(name)
        stans = np.array([point["params"][variable] for point in points])
        expected = stans if index is None else stans[:, index]
        np.testing.assert_allclose(ours[site], expected, rtol=1e-13, atol=1e-15)


@pytest.mark.posteriordb
@pytest.mark.parametrize("name", BESIDE)
def test_data_beside_the_models_are_posteriordbs(name: str) -> None:
    loader = importlib.import_module("models._data")
    whole = posteriordb.data(name)
    for key, values in loader.load(name).items():
        np.testing.assert_array_equal(values, whole[key])


def scalars(fit: Any, row: Row) -> dict[str, np.ndarray[Any, Any]]:
    """Draws of each scalar, under Stan's name of it."""
    draws = {}
    for site, name in {**row.sites, **row.more}.items():
        values = fit[site]
        if values.ndim == 2:
            draws[name] = values
        else:
            draws |= {f"{name}[{i + 1}]": values[..., i] for i in range(values.shape[-1])}
    return draws


def check_moments(fit: Any, row: Row) -> None:
    """Compare means and squared deviations with the reference's, using both errors."""
    reference = posteriordb.reference(row.posterior)
    draws = scalars(fit, row)
    common = [name for name in reference if name in draws]
    assert common
    for name in common:
        expected = reference[name]
        for values, at, error in (
            (draws[name], expected["mean"], expected["mean_mcse"]),
            # The squared deviation from the reference mean checks the spread as a mean.
            (
                (draws[name] - expected["mean"]) ** 2,
                expected["squared_deviation"],
                expected["squared_deviation_mcse"],
            ),
        ):
            ess = float(inference.diagnostics.ess_mean(values))
            own = float(np.std(values)) / np.sqrt(ess)
            assert abs(float(np.mean(values)) - at) <= 4.0 * np.hypot(own, error), name


@pytest.mark.posteriordb
@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row.model, marks=[pytest.mark.slow] * (row.model in LONG))
        for row in WITH_MOMENTS
    ],
)
def test_draws_have_the_reference_moments(row: Row) -> None:
    check_moments(inference.nuts(posterior_of(row.model), seed=1, progress=False), row)


@pytest.mark.posteriordb
@pytest.mark.parametrize("seed", [2, 3])
def test_eight_schools_has_the_reference_moments(seed: int) -> None:
    check_moments(inference.nuts(posterior_of("eight_schools"), seed=seed, progress=False), ROWS[0])


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
        test_density_and_gradient_are_stans(ROWS[0])


@pytest.mark.posteriordb
def test_draws_of_a_wrong_spread_fail_the_moments_test() -> None:
    fit = inference.nuts(posterior_of("kidscore_momhsiq"), seed=1, progress=False)
    beta, sigma = fit["beta"], fit["sigma"]
    check_moments({"beta": beta, "sigma": sigma}, ROWS[2])
    wider = np.mean(sigma) + 1.1 * (sigma - np.mean(sigma))
    with pytest.raises(AssertionError):
        check_moments({"beta": beta, "sigma": wider}, ROWS[2])

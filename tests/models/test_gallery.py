"""The gallery: its command line, and that every model fits, predicts and finds what it should."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import inference
import ppl

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery and the tests' own modules are not installed

posteriordb = importlib.import_module("tests.posteriordb")

NAMES = sorted(p.stem for p in (ROOT / "models").glob("*.py") if not p.stem.startswith("_"))


def gallery(name: str) -> Any:
    return importlib.import_module(f"models.{name}")


def command(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "models", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    return done


def test_the_list_has_every_model_with_its_headline() -> None:
    lines = command().stdout.splitlines()
    assert [line.split()[0] for line in lines] == NAMES
    for name, line in zip(NAMES, lines, strict=True):
        assert line.endswith((gallery(name).__doc__ or "").splitlines()[0])


def test_listing_imports_nothing_heavy() -> None:
    code = (
        "import runpy, sys\n"
        "try: runpy.run_module('models', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'scipy', 'llvmlite', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_warm_run_imports_no_compiler_and_no_statistics() -> None:
    run = (
        "import sys, models.__main__ as m\n"
        "m.main(['eight_schools', '--draws', '20', '--seed', '1'])\n"
    )
    code = run + "print(sorted({'numba', 'scipy', 'arviz', 'rich', 'pandas'} & set(sys.modules)))"
    for _ in range(2):  # the first run may have to fill the cache
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_run_says_what_it_fits_and_prints_the_table() -> None:
    said = command("eight_schools", "--seed", "3", "--draws", "300", "--chains", "2").stdout
    assert "10 parameters (mu, tau, z); observed: y (8,)" in said
    assert "NUTS: 2 chains, 1000 warmup, 300 draws" in said
    for column in ("mean", "sd", "5%", "50%", "95%", "mcse_mean", "ess_bulk", "ess_tail", "r_hat"):
        assert column in said
    assert "theta[A]" in said


def test_an_unknown_name() -> None:
    done = command("eigth_schools", code=2)
    assert "must be a model of the gallery, got 'eigth_schools'" in done.stderr
    assert "Did you mean eight_schools" in done.stderr
    assert "python -m models lists them" in command("zzz", code=2).stderr


def test_bad_options_are_said_without_a_traceback() -> None:
    done = command("eight_schools", "--draws", "0", code=2)
    assert "draws" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_every_model_is_short_and_has_its_source(name: str) -> None:
    text = (ROOT / "models" / f"{name}.py").read_text(encoding="utf-8")
    assert 20 <= len(text.splitlines()) <= 75
    assert "What it teaches:" in text
    assert "Data: " in text or "for the data's source" in text


@pytest.mark.parametrize("name", NAMES)
def test_every_model_has_a_density_a_prior_and_a_gradient(name: str) -> None:
    posterior = posteriordb.posterior_of(name)
    assert isinstance(posterior, ppl.Posterior)
    x = np.random.default_rng(4).uniform(-0.5, 0.5, posterior.dimension)
    value, gradient = posterior.logdensity_and_gradient(x)
    direction = np.random.default_rng(5).normal(size=x.size)
    h = 1e-5
    rise = posterior.logdensity(x + h * direction) - posterior.logdensity(x - h * direction)
    assert rise / (2 * h) == pytest.approx(gradient @ direction, rel=1e-6, abs=1e-4)
    assert np.isfinite(value)
    pointwise = posterior.log_likelihood(x[None])
    seen = {f"{s}_observed": y for s, y in posterior.observed.items() if np.isnan(y).any()}
    whole = {site: y for site, y in posterior.observed.items() if f"{site}_observed" not in seen}
    assert pointwise.keys() == seen.keys() | whole.keys()
    for site, data in seen.items():
        assert pointwise[site].shape == (1, np.sum(~np.isnan(data)))
    for site, data in whole.items():
        axes = pointwise[site].ndim - 1  # all of the data's but those of one vector
        assert pointwise[site].shape[1:] == data.shape[:axes]
        assert axes == data.ndim - (name == "gp_regr")


def mean_of(name: str, *sites: str) -> list[float]:
    fit = inference.nuts(gallery(name).posterior(), seed=1, draws=500, progress=False)
    return [float(np.mean(fit[site])) for site in sites]


def test_linear_regression_is_near_least_squares() -> None:
    module = gallery("linear_regression")
    x = np.array(module.TEMPERATURE)
    line = np.polyfit(x - x.mean(), 100 * np.log10(module.PRESSURE), 1)
    slope, intercept = mean_of("linear_regression", "slope", "intercept")
    # The standard errors are 0.016 and 0.09; the priors are far wider than these.
    assert slope == pytest.approx(line[0], abs=0.003)
    assert intercept == pytest.approx(line[1], abs=0.02)


def test_poisson_regression_is_near_maximum_likelihood() -> None:
    module = gallery("poisson_regression")
    time = np.arange(1, 15) - 7.5

    def minus_log_likelihood(b: Any) -> float:
        eta = b[0] + b[1] * time
        return float(np.sum(np.exp(eta) - np.array(module.DEATHS) * eta))

    best = optimize.minimize(minus_log_likelihood, [1.0, 0.0]).x
    intercept, growth = mean_of("poisson_regression", "intercept", "growth")
    # Standard errors 0.1 and 0.022.
    assert growth == pytest.approx(best[1], abs=0.004)
    assert intercept == pytest.approx(best[0], abs=0.02)


def test_rats_grow_as_published() -> None:
    # D. J. Spiegelhalter et al. (1996), "BUGS Examples Volume 1", Rats: beta.c and sigma.
    slope, sigma = mean_of("hierarchical_regression", "mean_b", "sigma")
    assert slope == pytest.approx(6.185, abs=0.02)
    assert sigma == pytest.approx(6.09, abs=0.1)


def test_eight_schools_predicts_new_schools() -> None:
    module = gallery("eight_schools")
    fit = inference.nuts(module.posterior(), seed=1, draws=200, chains=2, progress=False)
    same = ppl.predict(module.eight_schools, fit, module.STANDARD_ERROR, seed=1)
    assert same["y"].shape == (2, 200, 8)
    new = ppl.predict(module.eight_schools, fit, [10.0, 10.0], seed=1)
    assert new.redrawn == ("z",)
    assert new["y"].shape == (2, 200, 2)

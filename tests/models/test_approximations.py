"""Approximations of gallery models beside the reference moments of posteriordb."""

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
stan = importlib.import_module("models._stan")

LISTED: dict[str, str] = stan.listed()
# One of each kind, of those that take no longer than a second or so; scales from 1e-5 to 1e4 and
# strong correlations (earn_height, kilpisjarvi), and a second mode, 45 nats lower (hmm_drive).
MODELS = (
    "earn_height",
    "kilpisjarvi",
    "hmm_drive",
    "eight_schools",
    "kidscore_momhsiq",
    "nes2000",
    "sblrc_blr",
    "ark",
    "garch11",
    "hmm_example",
    "low_dim_gauss_mix",
)


def worst_mean(fit: Any, posterior: Any, model: str) -> float:
    """Largest error of a mean, in standard deviations of the reference draws."""
    moments = posteriordb.reference(LISTED[model])
    draws = stan.scalars(fit, stan.names(model, posterior.names))
    errors = [
        abs(float(draws[name].mean()) - m["mean"]) / m["sd"]
        for name, m in moments.items()
        if name in draws
    ]
    assert errors
    return float(max(errors))


@pytest.mark.slow
@pytest.mark.posteriordb
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pathfinder_finds_most_means_and_tells_of_the_others(seed: int) -> None:
    near, told = 0, 0
    for model in MODELS:
        posterior = posteriordb.posterior_of(model)
        fit = inference.pathfinder(posterior, draws=2000, seed=seed)
        # A tenth of a standard deviation is four standard errors of a mean of 2000 draws, if their
        # weights have a variance: below a k-hat of 1/2 (A. Vehtari et al. 2024, section 3.2.4).
        error = worst_mean(fit, posterior, model)
        if error < 0.1:
            near += 1
        elif fit.khat > fit.khat_threshold or (fit.khat > 0.5 and error < 0.3):
            told += 1
    assert near >= 0.8 * len(MODELS)
    assert near + told == len(MODELS)


@pytest.mark.posteriordb
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("algorithm", [inference.bam, inference.dadvi])
def test_one_law_finds_means(algorithm: Any, model: str) -> None:
    posterior = posteriordb.posterior_of(model)
    fit = algorithm(posterior, draws=4000, seed=1)
    assert np.isfinite(fit.khat)
    if algorithm is inference.bam or fit.khat <= fit.khat_threshold:
        assert worst_mean(fit, posterior, model) < 0.15
    assert fit.attributes["missed_mass"] < 0.01

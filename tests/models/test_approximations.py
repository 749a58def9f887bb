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
gallery = importlib.import_module("tests.models.test_posteriordb")

LONG = ("gp_pois_regr", "diamonds")  # tens of seconds
ROWS = [row for row in gallery.WITH_MOMENTS if row.model not in LONG]


def worst_mean(fit: inference.Fit, row: Any) -> float:
    """Largest error of a mean, in standard deviations of the reference draws."""
    moments = posteriordb.reference(row.posterior)
    errors = []
    for ours, stan in {**row.sites, **row.more}.items():
        draws = fit[ours].reshape(fit[ours].shape[1], -1)
        variable, index = gallery.element(stan)
        for k in range(draws.shape[1]):
            names = [stan] if index is not None else [f"{variable}[{k + 1}]", variable]
            known = [moments[name] for name in names if name in moments]
            errors += [abs(draws[:, k].mean() - m["mean"]) / m["sd"] for m in known[:1]]
    assert errors
    return float(max(errors))


@pytest.mark.posteriordb
def test_pathfinder_finds_most_means_and_tells_of_the_others() -> None:
    near, told = 0, 0
    for row in ROWS:
        fit = inference.pathfinder(posteriordb.posterior_of(row.model), draws=2000, seed=1)
        # A tenth of a standard deviation is four standard errors of a mean of 2000 draws.
        if worst_mean(fit, row) < 0.1:
            near += 1
        elif fit.khat > fit.khat_threshold:
            told += 1
    assert near >= 0.8 * len(ROWS)
    assert near + told == len(ROWS)


@pytest.mark.posteriordb
@pytest.mark.parametrize("row", ROWS, ids=[row.model for row in ROWS])
def test_batch_and_match_finds_means(row: Any) -> None:
    fit = inference.bam(posteriordb.posterior_of(row.model), draws=4000, seed=1)
    assert worst_mean(fit, row) < 0.2
    assert np.isfinite(fit.khat)

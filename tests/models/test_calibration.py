"""Gallery models whose priors are proper are calibrated: density and sampler fit together."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

import inference
import ppl

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery is not installed

# Models with their argument that is the data.
DATA = {
    "eight_schools": "y",
    "galaxies": "y",
    "gp_pois_regr": "k",
    "gp_regr": "y",
    "hierarchical_regression": "weight",
    "linear_regression": "pressure",
    "logistic_regression": "damage",
    "poisson_regression": "deaths",
    "rate": "successes",
    "sblrc_blr": "y",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DATA)
def test_ranks_are_uniform(name: str) -> None:
    # The model with all its arguments but the data, as its posterior binds them.
    program = importlib.import_module(f"models.{name}").posterior()._program
    arguments = dict(program.arguments.arguments)
    assert arguments.pop(DATA[name]) is not None
    result = ppl.calibrate(
        program.model,
        **arguments,
        fit=inference.nuts,
        simulations=100,
        thin=10,
        coords=program.coords,
        seed=1,
        progress=False,
    )
    assert not result.failures
    assert max(result.autocorrelation.values()) < 0.1
    # A chance of 1e-4 each for a right model; mistakes that are caught are in
    # tests/ppl/test_calibration.py.
    assert result.p_value > 1e-4, result

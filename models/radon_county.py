"""Radon in the houses of Minnesota: an intercept for each county, not pooled.

What it teaches: without a law above them, the counties learn nothing from each other: those with
two houses are as uncertain as two houses make them. Compare `radon_pooled_centred`.

Data: State Residential Radon Survey of the United States' Environmental Protection Agency, as
prepared for A. Gelman and J. Hill (2006), "Data Analysis Using Regression and
Multilevel/Hierarchical Models", chapter 12; taken from posteriordb (data set radon_mn; licence in
models/data). The model is posteriordb's radon_county_intercept.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import HalfNormal, Normal, plate, sample

POSTERIOR = "radon_mn-radon_county_intercept"


def radon_county(county: Any, floor: Any, log_radon: Any = None) -> None:
    """Declare the model; the arguments have shape (houses,), `county` holds indices."""
    with plate("county", int(np.max(county)) + 1):
        alpha = sample("alpha", Normal(0, 10))
    beta = sample("beta", Normal(0, 10))
    sigma_y = sample("sigma_y", HalfNormal(1))
    with plate("house", len(county)):
        sample("log_radon", Normal(alpha[county] + beta * floor, sigma_y), obs=log_radon)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("radon_mn")
    return ppl.Posterior(
        radon_county, data["county_idx"] - 1, data["floor_measure"], log_radon=data["log_radon"]
    )

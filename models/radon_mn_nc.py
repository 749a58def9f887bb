"""Radon in the houses of Minnesota: an intercept for each county, non-centred.

Radon, a radioactive gas, was measured in 919 houses of 85 counties. Known are the floor of the
measurement and the uranium in the county's soil.

What it teaches: partial pooling. Counties with few houses borrow from the others; `alpha[county]`
takes each house's county out of the vector.

Data: State Residential Radon Survey of the United States' Environmental Protection Agency, as
prepared for A. Gelman and J. Hill (2006), "Data Analysis Using Regression and
Multilevel/Hierarchical Models", chapter 12; taken from posteriordb (data set radon_mn; licence in
models/data). The model is posteriordb's radon_hierarchical_intercept_noncentered.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import HalfNormal, Normal, deterministic, plate, sample

POSTERIOR = "radon_mn-radon_hierarchical_intercept_noncentered"


def radon(county: Any, log_uppm: Any, floor: Any, log_radon: Any = None) -> None:
    """Declare the model; the arguments have shape (houses,), `county` holds indices."""
    counties = plate("county", int(np.max(county)) + 1)
    with counties:
        alpha_raw = sample("alpha_raw", Normal(0, 1))
    with plate("slope", ["log_uppm", "floor"]):
        beta = sample("beta", Normal(0, 10))
    mu_alpha = sample("mu_alpha", Normal(0, 10))
    sigma_alpha = sample("sigma_alpha", HalfNormal(1))
    sigma_y = sample("sigma_y", HalfNormal(1))
    with counties:
        alpha = deterministic("alpha", mu_alpha + sigma_alpha * alpha_raw)
    with plate("house", len(county)):
        mean = alpha[county] + beta[0] * log_uppm + beta[1] * floor
        sample("log_radon", Normal(mean, sigma_y), obs=log_radon)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("radon_mn")
    county, uranium = data["county_idx"] - 1, data["log_uppm"]
    return ppl.Posterior(radon, county, uranium, data["floor_measure"], log_radon=data["log_radon"])

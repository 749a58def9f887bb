"""Radon in the houses of Minnesota: an intercept and a slope for each county, centred.

What it teaches: two effects of one group are two sites in one plate.

Data: State Residential Radon Survey of the United States' Environmental Protection Agency, as
prepared for A. Gelman and J. Hill (2006), "Data Analysis Using Regression and
Multilevel/Hierarchical Models", chapter 12; taken from posteriordb (data set radon_mn; licence in
models/data). The model is posteriordb's radon_variable_intercept_slope_centered.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import HalfNormal, Normal, plate, sample

POSTERIOR = "radon_mn-radon_variable_intercept_slope_centered"


def radon_slopes(county: Any, floor: Any, log_radon: Any = None) -> None:
    """Declare the model; the arguments have shape (houses,), `county` holds indices."""
    sigma_y, sigma_alpha, sigma_beta = (
        sample(f"sigma_{name}", HalfNormal(1)) for name in ("y", "alpha", "beta")
    )
    mu_alpha, mu_beta = (sample(f"mu_{name}", Normal(0, 10)) for name in ("alpha", "beta"))
    with plate("county", int(np.max(county)) + 1):
        alpha = sample("alpha", Normal(mu_alpha, sigma_alpha))
        beta = sample("beta", Normal(mu_beta, sigma_beta))
    with plate("house", len(county)):
        mean = alpha[county] + floor * beta[county]
        sample("log_radon", Normal(mean, sigma_y), obs=log_radon)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("radon_mn")
    return ppl.Posterior(
        radon_slopes, data["county_idx"] - 1, data["floor_measure"], log_radon=data["log_radon"]
    )

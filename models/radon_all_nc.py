"""Radon in the houses of the United States: an intercept for each of 386 counties, non-centred.

What it teaches: the model of `radon_mn_nc`, a function, with other data: 12,573 houses.

Data: State Residential Radon Survey of the United States' Environmental Protection Agency, as
prepared for A. Gelman and J. Hill (2006), "Data Analysis Using Regression and
Multilevel/Hierarchical Models", chapter 12; read from a posteriordb folder (data set radon_all).
The model is posteriordb's radon_hierarchical_intercept_noncentered.
"""

import ppl
from models._data import load
from models.radon_mn_nc import radon

POSTERIOR = "radon_all-radon_hierarchical_intercept_noncentered"


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("radon_all")
    county, uranium = data["county_idx"] - 1, data["log_uppm"]
    return ppl.Posterior(radon, county, uranium, data["floor_measure"], log_radon=data["log_radon"])

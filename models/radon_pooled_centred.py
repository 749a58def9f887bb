"""Radon in the houses of Minnesota: county intercepts drawn from a common law, centred.

What it teaches: the hierarchical model as one would say it. Where groups have much data each, this
form samples better than the non-centred one; here some counties have 100 houses and some have one.

Data: State Residential Radon Survey of the United States' Environmental Protection Agency, as
prepared for A. Gelman and J. Hill (2006), "Data Analysis Using Regression and
Multilevel/Hierarchical Models", chapter 12; taken from posteriordb (data set radon_mn; licence in
models/data). The model is posteriordb's radon_partially_pooled_centered.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import HalfNormal, Normal, plate, sample

POSTERIOR = "radon_mn-radon_partially_pooled_centered"


def radon_pooled(county: Any, log_radon: Any = None) -> None:
    """Declare the model; the arguments have shape (houses,), `county` holds indices."""
    mu_alpha = sample("mu_alpha", Normal(0, 10))
    sigma_alpha = sample("sigma_alpha", HalfNormal(1))
    sigma_y = sample("sigma_y", HalfNormal(1))
    with plate("county", int(np.max(county)) + 1):
        alpha = sample("alpha", Normal(mu_alpha, sigma_alpha))
    with plate("house", len(county)):
        sample("log_radon", Normal(alpha[county], sigma_y), obs=log_radon)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("radon_mn")
    return ppl.Posterior(radon_pooled, data["county_idx"] - 1, log_radon=data["log_radon"])

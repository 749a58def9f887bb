"""Thirty rats, each with its own line of growth, centred.

What it teaches: two hierarchies without priors on their spread; the same data as
`hierarchical_regression`, one row a weighing.

Data: A. E. Gelfand et al. (1990), "Illustration of Bayesian inference in normal data models using
Gibbs sampling", by way of the examples of BUGS; read from a posteriordb folder (data set
rats_data). The model is posteriordb's rats_model.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, Normal, plate, sample

POSTERIOR = "rats_data-rats_model"


def rats(rat: Any, age: Any, weight: Any = None) -> None:
    """Declare the model; the arguments have shape (weighings,), `rat` holds indices."""
    mu_alpha, mu_beta = (sample(f"mu_{name}", Normal(0, 100)) for name in ("alpha", "beta"))
    sigma_y, sigma_alpha, sigma_beta = (
        sample(f"sigma_{name}", Flat(lower=0)) for name in ("y", "alpha", "beta")
    )
    with plate("animal", int(np.max(rat)) + 1):
        alpha = sample("alpha", Normal(mu_alpha, sigma_alpha))
        beta = sample("beta", Normal(mu_beta, sigma_beta))
    with plate("weighing", len(rat)):
        sample("weight", Normal(alpha[rat] + beta[rat] * age, sigma_y), obs=weight)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("rats_data")
    return ppl.Posterior(rats, data["rat"] - 1, data["x"] - data["xbar"], weight=data["y"])

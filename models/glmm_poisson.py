"""Counts of peregrine falcons: a cubic in time and an effect of each year.

What it teaches: a Poisson regression whose rows have an effect each (overdispersion), and priors
whose limits are the parameters' own.

Data: simulated, M. Kéry and M. Schaub (2012), "Bayesian Population Analysis using WinBUGS", section
4.2; read from a posteriordb folder (data set GLMM_Poisson_data). The model is posteriordb's
GLMM_Poisson_model, where `beta2` may range further than its prior.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, Normal, Poisson, Uniform, factor, plate, sample

POSTERIOR = "GLMM_Poisson_data-GLMM_Poisson_model"


def glmm_poisson(year: Any, count: Any = None) -> None:
    """Declare the model; the arguments have shape (years,)."""
    alpha = sample("alpha", Uniform(-20, 20))
    beta1 = sample("beta1", Uniform(-10, 10))
    beta2 = sample("beta2", Flat(lower=-10, upper=20))
    factor("prior", Uniform(-10, 10).log_prob(beta2))
    beta3 = sample("beta3", Uniform(-10, 10))
    sigma = sample("sigma", Uniform(0, 5))
    with plate("season", len(year)):
        eps = sample("eps", Normal(0, sigma))
        log_rate = alpha + beta1 * year + beta2 * year**2 + beta3 * year**3 + eps
        sample("count", Poisson(np.exp(log_rate)), obs=count)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("GLMM_Poisson_data")
    return ppl.Posterior(glmm_poisson, data["year"], count=data["C"])

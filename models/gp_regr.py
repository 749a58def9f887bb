"""A function known at eleven points with noise: Gaussian process regression.

What it teaches: where the noise is normal the function itself is integrated out, and what is left
is a multivariate normal law of the data.

Data: simulated, from the repository stan-dev/stat_comp_benchmarks, by way of posteriordb (data set
gp_pois_regr; licence in models/data). The model is posteriordb's gp_regr, whose `sigma` is a
variance.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Gamma, HalfNormal, MultivariateNormal, sample

POSTERIOR = "gp_pois_regr-gp_regr"


def gp_regr(x: Any, y: Any = None) -> None:
    """Declare the model; the arguments have shape (points,)."""
    rho = sample("rho", Gamma(concentration=25, rate=4))
    alpha = sample("alpha", HalfNormal(2))
    sigma = sample("sigma", HalfNormal(1))
    covariance = alpha**2 * np.exp(-0.5 * ((x[:, None] - x) / rho) ** 2) + sigma * np.eye(len(x))
    sample("y", MultivariateNormal(np.zeros(len(x)), covariance_matrix=covariance), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("gp_pois_regr")
    return ppl.Posterior(gp_regr, data["x"], y=data["y"])

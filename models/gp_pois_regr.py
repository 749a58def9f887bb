"""Counts along a line: Poisson regression with a Gaussian process as the log rate.

What it teaches: a covariance matrix from distances, its Cholesky factor, and a non-centred latent
function: the factor times standard normal variables.

Data: simulated, from the repository stan-dev/stat_comp_benchmarks, by way of posteriordb (data set
gp_pois_regr; licence in models/data). The model is posteriordb's gp_pois_regr.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Gamma, HalfNormal, Normal, Poisson, deterministic, plate, sample

POSTERIOR = "gp_pois_regr-gp_pois_regr"
NUTS = {"target_accept": 0.99}  # where alpha is small the function's scale bends sharply

JITTER = 1e-10  # keeps the matrix positive definite in floating point


def gp_pois_regr(x: Any, k: Any = None) -> None:
    """Declare the model; places `x` and counts `k` have shape (points,)."""
    rho = sample("rho", Gamma(concentration=25, rate=4))
    alpha = sample("alpha", HalfNormal(2))
    distance = x[:, None] - x
    with plate("point", len(x)):
        f_tilde = sample("f_tilde", Normal(0, 1))
        covariance = alpha**2 * np.exp(-0.5 * (distance / rho) ** 2) + JITTER * np.eye(len(x))
        f = deterministic("f", np.linalg.cholesky(covariance) @ f_tilde)
        sample("k", Poisson(np.exp(f)), obs=k)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("gp_pois_regr")
    return ppl.Posterior(gp_pois_regr, data["x"], k=data["k"])

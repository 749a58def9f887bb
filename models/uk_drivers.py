"""Drivers killed or injured on British roads by month: a drifting level and drifting seasons.

What it teaches: a state-space model in the words of its equations. Twelve seasons in a row sum to
nearly 0, months follow each other as differences; slices of the states say both.

Data: A. C. Harvey and J. Durbin (1986), by way of J. J. F. Commandeur and S. J. Koopman (2007), "An
Introduction to State Space Time Series Analysis", chapter 7; read from a posteriordb folder (data
set uk_drivers). The model is posteriordb's state_space_stochastic_level_stochastic_seasonal.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, ImproperUniform, Normal, StudentT, constraints, factor, plate, sample

POSTERIOR = "uk_drivers-state_space_stochastic_level_stochastic_seasonal"


def uk_drivers(petrol: Any, law: Any, y: Any) -> None:
    """Declare the model; the arguments have shape (months,)."""
    months, n = plate("month", len(y)), len(y)
    middle, room = np.mean(y), 3 * np.std(y, ddof=1)
    with months:
        mu = sample("mu", Flat(lower=middle - room, upper=middle + room))
        seasonal = sample("seasonal", Flat())
    beta, lambda_ = sample("beta", Flat()), sample("lambda", Flat())
    sigma = sample("sigma", ImproperUniform(constraints.positive_ordered, event_shape=(3,)))
    factor("sigma_prior", StudentT(4, 0, 1).log_prob(sigma))
    year = sum(seasonal[k : n - 11 + k] for k in range(12))
    factor("seasons", Normal(0, sigma[0]).log_prob(year))
    factor("level", Normal(0, sigma[1]).log_prob(np.diff(mu)))
    with months:
        mean = mu + beta * petrol + lambda_ * law + seasonal
        sample("y", Normal(mean, sigma[2]), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("uk_drivers")
    return ppl.Posterior(uk_drivers, data["x"], data["w"], data["y"])

"""Mixture of two normal laws, their means in order.

A thousand values come from one of two normal laws each; which one is not known.

What it teaches: an unknown label is summed over, value by value, with `np.logaddexp`; and ordered
parameters, without which the two laws could change places.

Data: simulated, from the repository stan-dev/stat_comp_benchmarks, by way of posteriordb (data set
low_dim_gauss_mix; licence in models/data). The model is posteriordb's low_dim_gauss_mix.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Beta, Flat, HalfNormal, Normal, deterministic, factor, plate, sample

POSTERIOR = "low_dim_gauss_mix-low_dim_gauss_mix"
STAN = {"low": "mu[1]", "high": "mu[2]"}
# One chain in a hundred that starts anywhere ends where one law holds all data, 436 nats lower.
NUTS = {"initial": "pathfinder"}


def low_dim_gauss_mix(y: Any) -> None:
    """Declare the model; `y` has shape (values,)."""
    low = sample("low", Flat())
    high = sample("high", Flat(lower=low))
    mu = deterministic("mu", np.stack([low, high]))
    factor("prior", Normal(0, 2).log_prob(mu))
    with plate("part", 2):
        sigma = sample("sigma", HalfNormal(2))
    theta = sample("theta", Beta(5, 5))  # share of the first law
    first = np.log(theta) + Normal(mu[0], sigma[0]).log_prob(y)
    second = np.log1p(-theta) + Normal(mu[1], sigma[1]).log_prob(y)
    factor("y", np.logaddexp(first, second))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(low_dim_gauss_mix, load("low_dim_gauss_mix")["y"])

"""Autoregression of order five: each value of a series depends on the five before it.

What it teaches: lagged values as the columns of a design matrix, built with NumPy from the data;
compare `ark_loop`, the same model with loops.

Data: simulated, from the repository stan-dev/stat_comp_benchmarks, by way of posteriordb (data set
arK; licence in models/data). The model is posteriordb's arK.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import HalfCauchy, Normal, plate, sample

POSTERIOR = "arK-arK"

ORDER = 5


def ark(y: Any, order: int = ORDER) -> None:
    """Declare the model; the series `y` has shape (times,)."""
    alpha = sample("alpha", Normal(0, 10))
    with plate("lag", order):
        beta = sample("beta", Normal(0, 10))
    sigma = sample("sigma", HalfCauchy(2.5))
    lagged = np.stack([y[order - lag : len(y) - lag] for lag in range(1, order + 1)], axis=1)
    with plate("time", len(y) - order):
        sample("y", Normal(alpha + lagged @ beta, sigma), obs=y[order:])


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(ark, load("arK")["y"])

"""Autoregression of order five, written with loops over times and lags.

What it teaches: a model may be written as one says it, "for every time, for every lag"; compare
`ark`, the same model over arrays, which has the same density.

Data: simulated, from the repository stan-dev/stat_comp_benchmarks, by way of posteriordb (data set
arK; licence in models/data). The model is posteriordb's arK.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import HalfCauchy, Normal, plate, sample

POSTERIOR = "arK-arK"


def ark_loop(y: Any, order: int = 5) -> None:
    """Declare the model; the series `y` has shape (times,)."""
    alpha = sample("alpha", Normal(0, 10))
    with plate("lag", order):
        beta = sample("beta", Normal(0, 10))
    sigma = sample("sigma", HalfCauchy(2.5))
    means = []
    for time in range(order, len(y)):
        mean = alpha
        for lag in range(1, order + 1):
            mean = mean + beta[lag - 1] * y[time - lag]
        means.append(mean)
    with plate("time", len(y) - order):
        sample("y", Normal(np.stack(means), sigma), obs=y[order:])


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(ark_loop, load("arK")["y"])

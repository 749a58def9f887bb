"""A series with memory of its values and of its errors: ARMA(1, 1).

What it teaches: a recursion written as a Python loop. Each error needs the one before; the loop is
found in the trace and becomes a loop of machine code, so a long series compiles as fast as a short
one.

Data: simulated, from the repository stan-dev/stat_comp_benchmarks, by way of posteriordb (data set
arma). The model is posteriordb's arma11.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import HalfCauchy, Normal, factor, sample

POSTERIOR = "arma-arma11"


def arma11(y: Any) -> None:
    """Declare the model; the series `y` has shape (times,)."""
    mu = sample("mu", Normal(0, 10))
    phi = sample("phi", Normal(0, 2))
    theta = sample("theta", Normal(0, 2))
    sigma = sample("sigma", HalfCauchy(2.5))
    errors = [y[0] - (mu + phi * mu)]
    for t in range(1, len(y)):
        errors.append(y[t] - (mu + phi * y[t - 1] + theta * errors[-1]))
    factor("y", Normal(0, sigma).log_prob(np.stack(errors)))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(arma11, load("arma")["y"])

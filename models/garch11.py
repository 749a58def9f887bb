"""GARCH(1, 1): a series whose variance depends on its last deviation and its last variance.

What it teaches: a recurrence. The variances are computed one after the other in a plain Python
loop; a parameter's bound may depend on another parameter, as that of `beta1` does.

Data: simulated, from the repository stan-dev/stat_comp_benchmarks, by way of posteriordb (data set
garch; licence in models/data). The model is posteriordb's garch11, after T. Bollerslev (1986),
"Generalized autoregressive conditional heteroskedasticity".
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, Normal, Uniform, plate, sample

POSTERIOR = "garch-garch11"


def garch11(y: Any, sigma1: float) -> None:
    """Declare the model; the series `y` has shape (times,), `sigma1` is its first scale."""
    mu = sample("mu", Flat())
    alpha0 = sample("alpha0", Flat(lower=0))
    alpha1 = sample("alpha1", Uniform(0, 1))
    beta1 = sample("beta1", Flat(lower=0, upper=1 - alpha1))
    variance = [sigma1**2]
    for time in range(1, len(y)):
        variance.append(alpha0 + alpha1 * (y[time - 1] - mu) ** 2 + beta1 * variance[-1])
    with plate("time", len(y)):
        sample("y", Normal(mu, np.sqrt(np.stack(variance))), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("garch")
    return ppl.Posterior(garch11, data["y"], data["sigma1"])

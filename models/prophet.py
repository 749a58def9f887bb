"""Downloads of a package by the day: a trend with changes of slope, and seasons.

What it teaches: a piecewise linear trend as a matrix of zeros and ones times its changes of slope;
regressors that add to the trend, or multiply it.

Data: downloads of RStan, by way of posteriordb, from whose folder it is read (data set
rstan_downloads). The model is that of S. J. Taylor and B. Letham (2018), "Forecasting at scale",
with a linear trend, posteriordb's prophet.
"""

from typing import Any

import ppl
from models._data import load
from ppl import HalfNormal, Laplace, Normal, plate, sample

POSTERIOR = "rstan_downloads-prophet"


def prophet(t: Any, change: Any, regressors: Any, prior: dict[str, Any], y: Any = None) -> None:
    """Declare the model; `t` and `y` have shape (days,), `change` holds times of changes."""
    k, m = sample("k", Normal(0, 5)), sample("m", Normal(0, 5))
    with plate("change", len(change)):
        delta = sample("delta", Laplace(0, prior["tau"]))
    sigma_obs = sample("sigma_obs", HalfNormal(0.5))
    with plate("regressor", regressors.shape[1]):
        beta = sample("beta", Normal(0, prior["sigmas"]))
    since = 1.0 * (t[:, None] >= change)
    trend = (k + since @ delta) * t + (m - since @ (change * delta))
    factor, term = regressors @ (beta * prior["s_m"]), regressors @ (beta * prior["s_a"])
    with plate("day", len(t)):
        sample("y", Normal(trend * (1 + factor) + term, sigma_obs), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("rstan_downloads")
    prior = {name: data[name] for name in ("tau", "sigmas", "s_m", "s_a")}
    return ppl.Posterior(prophet, data["t"], data["t_change"], data["X"], prior, y=data["y"])

"""Bayesian linear regression on simulated data whose coefficients are strongly correlated.

One hundred rows, five predictors, all true values 1.

What it teaches: a design matrix and a vector of coefficients. `X @ beta` and the normal law
collapse to a few numbers found once, so the cost of a gradient does not depend on the rows.

Data: simulated for posteriordb (data set sblrc; licence in models/data). The model is
posteriordb's blr.
"""

from typing import Any

import ppl
from models._data import load
from ppl import HalfNormal, Normal, plate, sample

POSTERIOR = "sblrc-blr"


def blr(X: Any, y: Any = None) -> None:  # noqa: N803 - a design matrix is called X everywhere
    """Declare the model; `X` has shape (rows, predictors), `y` (rows,)."""
    with plate("predictor", X.shape[1]):
        beta = sample("beta", Normal(0, 10))
    sigma = sample("sigma", HalfNormal(10))
    with plate("row", X.shape[0]):
        sample("y", Normal(X @ beta, sigma), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("sblrc")
    return ppl.Posterior(blr, data["X"], y=data["y"])

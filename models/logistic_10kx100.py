"""Logistic regression of 10,000 rows on 100 predictors.

What it teaches: a design matrix under a link. `X @ beta` forward and `X.T @ residual` backward read
the matrix once, in blocks that stay in the cache.

Data: simulated here, the same for everybody.
"""

from typing import Any

import numpy as np

import ppl
from ppl import Bernoulli, Normal, plate, sample

ROWS, PREDICTORS = 10_000, 100


def logistic(X: Any, y: Any = None) -> None:  # noqa: N803 - a design matrix is called X everywhere
    """Declare the model; `X` has shape (rows, predictors), `y` (rows,) holds 0 and 1."""
    intercept = sample("intercept", Normal(0, 2.5))
    with plate("predictor", X.shape[1]):
        beta = sample("beta", Normal(0, 1))
    with plate("row", X.shape[0]):
        sample("y", Bernoulli(logits=intercept + X @ beta), obs=y)


def simulated() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Matrix and responses."""
    rng = np.random.default_rng(20_240_901)
    X = rng.standard_normal((ROWS, PREDICTORS))  # noqa: N806 - as above
    beta = 0.3 * rng.standard_normal(PREDICTORS)
    chance = 1 / (1 + np.exp(-(0.5 + X @ beta)))
    return X, (rng.random(ROWS) < chance).astype(int)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    X, y = simulated()  # noqa: N806 - as above
    return ppl.Posterior(logistic, X, y=y)

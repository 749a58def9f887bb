"""Prices of diamonds: a regression with 24 strongly correlated predictors.

The logarithm of the price of 5,000 diamonds is explained by size, cut, colour, clarity and their
interactions.

What it teaches: centred predictors in a wide design matrix; the posterior is so correlated that a
sampler needs long trajectories.

Data: set diamonds of the R package ggplot2 (H. Wickham, 2016), as prepared with brms for
posteriordb, from whose folder it is read. The model is posteriordb's diamonds.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import HalfStudentT, Normal, StudentT, plate, sample

POSTERIOR = "diamonds-diamonds"


def diamonds(X: Any, Y: Any = None) -> None:  # noqa: N803 - the names of the data set
    """Declare the model; `X` has shape (diamonds, predictors), no constant; `Y` (diamonds,)."""
    with plate("predictor", X.shape[1]):
        b = sample("b", Normal(0, 1))
    intercept = sample("Intercept", StudentT(3, 8, 10))
    sigma = sample("sigma", HalfStudentT(3, 10))
    centred = X - np.mean(X, axis=0)
    with plate("diamond", X.shape[0]):
        sample("Y", Normal(intercept + centred @ b, sigma), obs=Y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("diamonds")
    return ppl.Posterior(diamonds, data["X"][:, 1:], Y=data["Y"])

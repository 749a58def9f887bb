"""Yield of mesquite bushes: a regression on six measurements.

What it teaches: many predictors, few rows (46), flat priors. A dictionary of columns is an argument
like any other.

Data: mesquite bushes in the Mojave desert, as prepared for A. Gelman and J. Hill (2006), "Data
Analysis Using Regression and Multilevel/Hierarchical Models", chapter 4; read from a posteriordb
folder (data set mesquite). The model is posteriordb's mesquite.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, Normal, plate, sample

POSTERIOR = "mesquite-mesquite"
COLUMNS = ("diam1", "diam2", "canopy_height", "total_height", "density", "group")


def mesquite(columns: dict[str, Any], weight: Any = None) -> None:
    """Declare the model; all columns have shape (bushes,)."""
    with plate("coefficient", ["intercept", *columns]):
        beta = sample("beta", Flat())
    sigma = sample("sigma", Flat(lower=0))
    mean = beta[0] + np.stack(list(columns.values()), axis=1) @ beta[1:]
    with plate("bush", len(mean)):
        sample("weight", Normal(mean, sigma), obs=weight)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("mesquite")
    return ppl.Posterior(mesquite, {name: data[name] for name in COLUMNS}, weight=data["weight"])

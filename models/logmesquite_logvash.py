"""Yield of mesquite bushes on the logarithmic scale: volume, area, shape and height.

What it teaches: predictors derived from measurements (volume, area and shape of the canopy) are
plain NumPy inside the model.

Data: mesquite bushes in the Mojave desert, as prepared for A. Gelman and J. Hill (2006), "Data
Analysis Using Regression and Multilevel/Hierarchical Models", chapter 4; read from a posteriordb
folder (data set mesquite). The model is posteriordb's logmesquite_logvash.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, Normal, plate, sample

POSTERIOR = "mesquite-logmesquite_logvash"
TERMS = ["intercept", "volume", "area", "shape", "height", "group"]


def logmesquite(bush: dict[str, Any], log_weight: Any = None) -> None:
    """Declare the model; all columns have shape (bushes,)."""
    with plate("coefficient", TERMS):
        beta = sample("beta", Flat())
    sigma = sample("sigma", Flat(lower=0))
    area, shape = bush["diam1"] * bush["diam2"], bush["diam1"] / bush["diam2"]
    sizes = [area * bush["canopy_height"], area, shape, bush["total_height"]]
    design = np.stack([*(np.log(size) for size in sizes), bush["group"]], axis=1)
    with plate("bush", len(area)):
        sample("log_weight", Normal(beta[0] + design @ beta[1:], sigma), obs=log_weight)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("mesquite")
    names = ("diam1", "diam2", "canopy_height", "total_height", "group")
    return ppl.Posterior(
        logmesquite, {name: data[name] for name in names}, log_weight=np.log(data["weight"])
    )

"""Logarithm of earnings: height, sex, and both together.

What it teaches: the response is transformed where the data are bound; the interaction of a
continuous predictor with a binary one gives each sex its own slope.

Data: survey of work, family and well-being (C. E. Ross, 1990), as prepared for A. Gelman and J.
Hill (2006), "Data Analysis Using Regression and Multilevel/Hierarchical Models", chapter 4; read
from a posteriordb folder (data set earnings). The model is posteriordb's logearn_interaction.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, Normal, plate, sample

POSTERIOR = "earnings-logearn_interaction"


def logearn_interaction(height: Any, male: Any, log_earn: Any = None) -> None:
    """Declare the model; the arguments have shape (persons,)."""
    with plate("coefficient", ["intercept", "height", "male", "both"]):
        beta = sample("beta", Flat())
    sigma = sample("sigma", Flat(lower=0))
    design = np.stack([np.ones(len(height)), height, male, height * male], axis=1)
    with plate("person", len(height)):
        sample("log_earn", Normal(design @ beta, sigma), obs=log_earn)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("earnings")
    return ppl.Posterior(
        logearn_interaction, data["height"], data["male"], log_earn=np.log(data["earn"])
    )

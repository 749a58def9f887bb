"""Earnings and height: a regression with flat priors.

What it teaches: predictors on a scale of tens and a response on one of ten thousands, no prior at
all: the sampler has to find the scales by itself.

Data: survey of work, family and well-being (C. E. Ross, 1990), as prepared for A. Gelman and J.
Hill (2006), "Data Analysis Using Regression and Multilevel/Hierarchical Models", chapter 4; read
from a posteriordb folder (data set earnings). The model is posteriordb's earn_height.
"""

from typing import Any

import ppl
from models._data import load
from ppl import Flat, Normal, plate, sample

POSTERIOR = "earnings-earn_height"


def earn_height(height: Any, earn: Any = None) -> None:
    """Declare the model; the arguments have shape (persons,)."""
    with plate("coefficient", ["intercept", "height"]):
        beta = sample("beta", Flat())
    sigma = sample("sigma", Flat(lower=0))
    with plate("person", len(height)):
        sample("earn", Normal(beta[0] + beta[1] * height, sigma), obs=earn)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("earnings")
    return ppl.Posterior(earn_height, data["height"], earn=data["earn"])

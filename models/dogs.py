"""Dogs learning to avoid a shock: a logistic regression on what each has met so far.

In each trial a dog jumps in time, or is shocked. Its log odds of a shock depend on how often either
happened to it before.

What it teaches: predictors that are running sums of the response: `np.cumsum` on data, done once.

Data: R. R. Bush and F. Mosteller (1955), "Stochastic Models for Learning", as prepared for A.
Gelman and J. Hill (2006), "Data Analysis Using Regression and Multilevel/Hierarchical Models",
chapter 24; read from a posteriordb folder (data set dogs). The model is posteriordb's dogs.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Bernoulli, Normal, plate, sample

POSTERIOR = "dogs-dogs"


def dogs(shock: Any) -> None:
    """Declare the model; `shock` are zeros and ones of shape (dogs, trials)."""
    with plate("coefficient", ["intercept", "avoided", "shocked"]):
        beta = sample("beta", Normal(0, 100))
    shocked = np.cumsum(shock, axis=1) - shock
    avoided = np.arange(shock.shape[1]) - shocked
    with plate("dog", shock.shape[0]), plate("trial", shock.shape[1]):
        logits = beta[0] + beta[1] * avoided + beta[2] * shocked
        sample("shock", Bernoulli(logits=logits), obs=shock)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(dogs, load("dogs")["y"])

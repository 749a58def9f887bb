"""Deaths after heart surgery in twelve hospitals.

What it teaches: hospitals' log odds drawn from a common law; a vague prior on the variance.

Data: the examples of BUGS, "Surgical: Institutional ranking". The model is posteriordb's
surgical_model.
"""

from typing import Any

import numpy as np

import ppl
from ppl import Binomial, InverseGamma, Normal, plate, sample

POSTERIOR = "surgical_data-surgical_model"
OPERATIONS = [47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360]
DEATHS = [0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24]


def surgical(operations: Any, deaths: Any = None) -> None:
    """Declare the model; both arguments have shape (hospitals,)."""
    mu = sample("mu", Normal(0, 1000))
    sigmasq = sample("sigmasq", InverseGamma(concentration=1e-3, rate=1e-3))
    with plate("hospital", len(operations)):
        b = sample("b", Normal(mu, np.sqrt(sigmasq)))
        sample("deaths", Binomial(operations, logits=b), obs=deaths)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(surgical, OPERATIONS, deaths=DEATHS)

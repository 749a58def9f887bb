"""Logistic regression: damage to the O-rings of the space shuttle and the temperature at launch.

Before the launch that destroyed the Challenger at 31 degrees Fahrenheit there were 23 flights with
known damage to the O-rings of the boosters; seven had some.

What it teaches: a binary response by its log odds, and a derived quantity of interest: the
probability of damage at the temperature of the last launch, far outside the data.

Data: S. R. Dalal, E. B. Fowlkes and B. Hoadley (1989), "Risk analysis of the space shuttle:
pre-Challenger prediction of failure", table 1.
"""

from typing import Any

import numpy as np

import ppl
from ppl import Bernoulli, Normal, deterministic, plate, sample

# Degrees Fahrenheit at the joint, flights in order; whether any O-ring was damaged.
TEMPERATURE = [
    66, 70, 69, 68, 67, 72, 73, 70, 57, 63, 70, 78, 67, 53, 67, 75, 70, 81, 76, 79, 75, 76, 58,
]  # fmt: skip
DAMAGE = [0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1]


def logistic_regression(temperature: Any, damage: Any = None) -> None:
    """Declare the model; both arguments have shape (flights,)."""
    intercept = sample("intercept", Normal(0, 5))
    slope = sample("slope", Normal(0, 1))  # log odds per degree
    with plate("flight", len(temperature)):
        logits = intercept + slope * (temperature - 70)
        sample("damage", Bernoulli(logits=logits), obs=damage)
    deterministic("risk_at_31", 1 / (1 + np.exp(-(intercept + slope * (31 - 70)))))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(logistic_regression, TEMPERATURE, damage=DAMAGE)

"""Pilots in a flight simulator: effects of their group and of the scenario.

What it teaches: crossed effects: each observation has a group and a scenario, each drawn from a law
of its own.

Data: A. Gelman and J. Hill (2006), "Data Analysis Using Regression and Multilevel/Hierarchical
Models", chapter 13; read from a posteriordb folder (data set pilots). The model is posteriordb's
pilots.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, Normal, plate, sample

POSTERIOR = "pilots-pilots"


def pilots(group: Any, scenario: Any, y: Any = None) -> None:
    """Declare the model; the arguments have shape (flights,), the first two hold indices."""
    mu_a, mu_b = sample("mu_a", Normal(0, 1)), sample("mu_b", Normal(0, 1))
    sigma_a, sigma_b, sigma_y = (
        sample(f"sigma_{name}", Flat(lower=0, upper=100)) for name in "aby"
    )
    with plate("group", int(np.max(group)) + 1):
        a = sample("a", Normal(10 * mu_a, sigma_a))
    with plate("scenario", int(np.max(scenario)) + 1):
        b = sample("b", Normal(10 * mu_b, sigma_b))
    with plate("flight", len(group)):
        sample("y", Normal(a[group] + b[scenario], sigma_y), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("pilots")
    return ppl.Posterior(pilots, data["group_id"] - 1, data["scenario_id"] - 1, y=data["y"])

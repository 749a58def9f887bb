"""An election poll: logistic regression with five groupings.

Whether 11,566 respondents of 1988 preferred one candidate is explained by sex, ethnicity, the
state's earlier vote, and effects of age, education, both, state and region.

What it teaches: many groupings are many plates; each row picks its element out of every vector.

Data: polls of CBS News, as prepared for A. Gelman and J. Hill (2006), "Data Analysis Using
Regression and Multilevel/Hierarchical Models", chapter 14; read from a posteriordb folder (data set
election88). The model is posteriordb's election88_full.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Bernoulli, Flat, Normal, plate, sample

POSTERIOR = "election88-election88_full"
GROUPINGS = {"a": "age", "b": "edu", "c": "age_edu", "d": "state", "e": "region_full"}


def election88(design: Any, groups: dict[str, Any], vote: Any = None) -> None:
    """Declare the model; `design` has shape (persons, 5), each of `groups` holds indices."""
    with plate("coefficient", ["intercept", "black", "female", "previous", "both"]):
        beta = sample("beta", Normal(0, 100))
    logits = design @ beta
    for name, group in groups.items():
        sigma = sample(f"sigma_{name}", Flat(lower=0, upper=100))
        with plate(GROUPINGS[name], int(np.max(group)) + 1):
            logits = logits + sample(name, Normal(0, sigma))[group]
    with plate("person", len(logits)):
        sample("vote", Bernoulli(logits=logits), obs=vote)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("election88")
    black, female = data["black"], data["female"]
    columns = [np.ones(len(black)), black, female, data["v_prev_full"], female * black]
    groups = {name: data[column] - 1 for name, column in GROUPINGS.items()}
    return ppl.Posterior(election88, np.stack(columns, axis=1), groups, vote=data["y"])

"""Wells in Bangladesh: who changes to a safe one, by its distance.

Households whose well holds too much arsenic may use a neighbour's; the decision is explained by the
distance to the nearest safe well.

What it teaches: a logistic regression with flat priors. Equal rows would be counted once; here the
distances are all different.

Data: L. Graziano, M. Alam and others, as prepared for A. Gelman and J. Hill (2006), "Data Analysis
Using Regression and Multilevel/Hierarchical Models", chapter 5; read from a posteriordb folder
(data set wells_data). The model is posteriordb's wells_dist.
"""

from typing import Any

import ppl
from models._data import load
from ppl import Bernoulli, Flat, plate, sample

POSTERIOR = "wells_data-wells_dist"


def wells_dist(distance: Any, switched: Any = None) -> None:
    """Declare the model; the arguments have shape (households,)."""
    with plate("coefficient", ["intercept", "distance"]):
        beta = sample("beta", Flat())
    with plate("household", len(distance)):
        sample("switched", Bernoulli(logits=beta[0] + beta[1] * distance), obs=switched)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("wells_data")
    return ppl.Posterior(wells_dist, data["dist"], switched=data["switched"])

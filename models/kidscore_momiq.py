"""Children's test scores: a regression on the mother's intelligence quotient.

Three- and four-year-old children took a cognitive test; so had their mothers.

What it teaches: intercept and slope depend on each other strongly where the predictor is far from
0, here about 100. The sampler's metric cannot take that away unless it is dense; a predictor
measured from its mean would.

Data: National Longitudinal Survey of Youth, as prepared for A. Gelman and J. Hill (2006), "Data
Analysis Using Regression and Multilevel/Hierarchical Models", chapter 3; taken from posteriordb
(data set kidiq; licence in models/data). The model is posteriordb's kidscore_momiq.
"""

from typing import Any

import ppl
from models._data import load
from ppl import Flat, HalfCauchy, Normal, plate, sample

POSTERIOR = "kidiq-kidscore_momiq"


def kidscore_momiq(mom_iq: Any, kid_score: Any = None) -> None:
    """Declare the model; the arguments have shape (children,)."""
    with plate("coefficient", ["intercept", "mom_iq"]):
        beta = sample("beta", Flat())
    sigma = sample("sigma", HalfCauchy(2.5))
    with plate("child", len(mom_iq)):
        sample("kid_score", Normal(beta[0] + beta[1] * mom_iq, sigma), obs=kid_score)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("kidiq")
    return ppl.Posterior(kidscore_momiq, data["mom_iq"], kid_score=data["kid_score"])

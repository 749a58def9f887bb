"""Children's test scores: two predictors and their product.

Three- and four-year-old children took a cognitive test; known of their mothers are whether they
completed high school and their own test score.

What it teaches: an interaction is the product of two columns, made where it is used; what depends
on data alone is computed once, when the data are bound.

Data: National Longitudinal Survey of Youth, as prepared for A. Gelman and J. Hill (2006), "Data
Analysis Using Regression and Multilevel/Hierarchical Models", chapter 3; taken from posteriordb
(data set kidiq; licence in models/data). The model is posteriordb's kidscore_interaction.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, HalfCauchy, Normal, plate, sample

POSTERIOR = "kidiq-kidscore_interaction"


def kidscore_interaction(mom_hs: Any, mom_iq: Any, kid_score: Any = None) -> None:
    """Declare the model; the arguments have shape (children,)."""
    with plate("coefficient", ["intercept", "mom_hs", "mom_iq", "both"]):
        beta = sample("beta", Flat())
    sigma = sample("sigma", HalfCauchy(2.5))
    design = np.stack([np.ones(len(mom_iq)), mom_hs, mom_iq, mom_hs * mom_iq], axis=1)
    with plate("child", len(mom_iq)):
        sample("kid_score", Normal(design @ beta, sigma), obs=kid_score)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("kidiq")
    return ppl.Posterior(
        kidscore_interaction, data["mom_hs"], data["mom_iq"], kid_score=data["kid_score"]
    )

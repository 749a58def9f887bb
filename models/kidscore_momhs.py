"""Children's test scores: a regression on whether the mother completed high school.

Three- and four-year-old children took a cognitive test.

What it teaches: a regression on a column of zeros and ones compares the means of two groups: the
intercept is the mean of one, the slope the difference to the other.

Data: National Longitudinal Survey of Youth, as prepared for A. Gelman and J. Hill (2006), "Data
Analysis Using Regression and Multilevel/Hierarchical Models", chapter 3; taken from posteriordb
(data set kidiq; licence in models/data). The model is posteriordb's kidscore_momhs.
"""

from typing import Any

import ppl
from models._data import load
from ppl import Flat, HalfCauchy, Normal, plate, sample

POSTERIOR = "kidiq-kidscore_momhs"


def kidscore_momhs(mom_hs: Any, kid_score: Any = None) -> None:
    """Declare the model; the arguments have shape (children,)."""
    with plate("coefficient", ["intercept", "mom_hs"]):
        beta = sample("beta", Flat())
    sigma = sample("sigma", HalfCauchy(2.5))
    with plate("child", len(mom_hs)):
        sample("kid_score", Normal(beta[0] + beta[1] * mom_hs, sigma), obs=kid_score)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("kidiq")
    return ppl.Posterior(kidscore_momhs, data["mom_hs"], kid_score=data["kid_score"])

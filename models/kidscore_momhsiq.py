"""Children's test scores: a regression on the mother's education and intelligence quotient.

Three- and four-year-old children took a cognitive test; known of their mothers are whether they
completed high school and their own test score.

What it teaches: coefficients without a prior. `Flat` adds nothing to the log density; the data
alone must determine the coefficients, as they do here.

Data: National Longitudinal Survey of Youth, as prepared for A. Gelman and J. Hill (2006), "Data
Analysis Using Regression and Multilevel/Hierarchical Models", chapter 3; taken from posteriordb
(data set kidiq; licence in models/data). The model is posteriordb's kidscore_momhsiq.
"""

from typing import Any

import ppl
from models._data import load
from ppl import Flat, HalfCauchy, Normal, plate, sample

POSTERIOR = "kidiq-kidscore_momhsiq"


def kidscore_momhsiq(mom_hs: Any, mom_iq: Any, kid_score: Any = None) -> None:
    """Declare the model; the arguments have shape (children,)."""
    with plate("coefficient", ["intercept", "mom_hs", "mom_iq"]):
        beta = sample("beta", Flat())
    sigma = sample("sigma", HalfCauchy(2.5))
    with plate("child", len(mom_iq)):
        mean = beta[0] + beta[1] * mom_hs + beta[2] * mom_iq
        sample("kid_score", Normal(mean, sigma), obs=kid_score)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("kidiq")
    return ppl.Posterior(
        kidscore_momhsiq, data["mom_hs"], data["mom_iq"], kid_score=data["kid_score"]
    )

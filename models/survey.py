"""Returned surveys: an unknown number of them, and an unknown rate of return.

Five helpers sent out equally many surveys; how many is forgotten, only the returns are known.

What it teaches: an unknown integer is summed over: the log probability of the data for each number
of surveys up to the largest possible, then `np.logaddexp.reduce`.

Data: M. D. Lee and E.-J. Wagenmakers (2013), "Bayesian Cognitive Modeling", section 3.6. The model
is posteriordb's Survey_model.
"""

from typing import Any

import numpy as np

import ppl
from ppl import Binomial, Uniform, factor, sample

POSTERIOR = "Survey_data-Survey_model"
RETURNS = [16, 18, 22, 25, 27]
MOST = 500


def survey(returns: Any, most: int = MOST) -> None:
    """Declare the model; `returns` has shape (helpers,)."""
    theta = sample("theta", Uniform(0, 1))
    sent = np.arange(np.max(returns), most + 1)
    each = Binomial(sent[:, None], probs=theta).log_prob(returns)
    factor("returns", np.logaddexp.reduce(np.sum(each, axis=1) - np.log(most)))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(survey, RETURNS)

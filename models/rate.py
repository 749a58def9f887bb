"""A rate: five successes in ten trials.

What it teaches: the simplest posterior there is, known exactly: Beta(6, 6).

Data: M. D. Lee and E.-J. Wagenmakers (2013), "Bayesian Cognitive Modeling", section 3.1. The model
is posteriordb's Rate_1_model.
"""

from typing import Any

import ppl
from ppl import Beta, Binomial, sample

POSTERIOR = "Rate_1_data-Rate_1_model"
TRIALS, SUCCESSES = 10, 5


def rate(trials: Any, successes: Any = None) -> None:
    """Declare the model; both arguments are numbers."""
    theta = sample("theta", Beta(1, 1))
    sample("successes", Binomial(trials, probs=theta), obs=successes)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(rate, TRIALS, successes=SUCCESSES)

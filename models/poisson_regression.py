"""Poisson regression: deaths from AIDS in Australia by quarter, 1983 to 1986.

The counts grow quickly; on the log scale the growth is modelled as linear in time.

What it teaches: counts with a log link, and pointwise log likelihoods that show where a model is
too simple (growth slows towards the end).

Data: B. M. Whyte et al. (1987), "Trends in the occurrence of AIDS in Australia", as printed in
A. J. Dobson (1990), "An Introduction to Generalized Linear Models", table 3.3.
"""

from typing import Any

import numpy as np

import ppl
from ppl import Normal, Poisson, deterministic, plate, sample

DEATHS = [0, 1, 2, 3, 1, 4, 9, 18, 23, 31, 20, 25, 37, 45]


def poisson_regression(time: Any, deaths: Any = None) -> None:
    """Declare the model; `time` (in quarters) and `deaths` have shape (quarters,)."""
    intercept = sample("intercept", Normal(0, 5))  # log deaths a quarter in the middle
    growth = sample("growth", Normal(0, 1))
    with plate("quarter", len(time)):
        rate = np.exp(intercept + growth * (time - np.mean(time)))
        sample("deaths", Poisson(rate), obs=deaths)
    deterministic("doubling_time", np.log(2) / growth)  # in quarters


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(poisson_regression, np.arange(1, 15), deaths=DEATHS)

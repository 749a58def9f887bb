"""Hidden Markov model with two states and normal observations.

At each time the system is in one of two states; the state shifts the mean of what is observed and
determines the chances of the next state.

What it teaches: unknown discrete variables are summed over. The forward algorithm carries the log
probability of the data so far and of each present state, and `factor` adds what comes out of it.

Data: simulated, from the repository imadmali/bball-hmm, by way of posteriordb (data set
hmm_example; licence in models/data). The model is posteriordb's hmm_example.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from models._flat import Flat
from ppl import Normal, Uniform, deterministic, factor, sample


def hmm_example(y: Any) -> None:
    """Declare the model; the series `y` has shape (times,)."""
    stay = sample("stay", Uniform(0, 1))  # from the first state to itself
    leave = sample("leave", Uniform(0, 1))  # from the second state to the first
    low = sample("low", Flat(low=0))
    high = sample("high", Flat(low=low))
    mu = deterministic("mu", np.stack([low, high]))
    factor("prior", Normal(np.array([3, 10]), 1).log_prob(mu))
    step = np.log(np.stack([np.stack([stay, 1 - stay]), np.stack([leave, 1 - leave])]))
    emission = Normal(mu, 1).log_prob(y[:, None])
    forward = emission[0]
    for time in range(1, len(y)):
        forward = np.logaddexp.reduce(forward[:, None] + step, axis=0) + emission[time]
    factor("y", np.logaddexp.reduce(forward))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(hmm_example, load("hmm_example")["y"])

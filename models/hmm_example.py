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
from ppl import Flat, Normal, Uniform, deterministic, factor, sample

POSTERIOR = "hmm_example-hmm_example"
STAN = {"stay": "theta1[1]", "leave": "theta2[1]", "low": "mu[1]", "high": "mu[2]"}


def hmm_example(y: Any) -> None:
    """Declare the model; the series `y` has shape (times,)."""
    stay = sample("stay", Uniform(0, 1))  # from the first state to itself
    leave = sample("leave", Uniform(0, 1))  # from the second state to the first
    low = sample("low", Flat(lower=0))
    high = sample("high", Flat(lower=low))
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

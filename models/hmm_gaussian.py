"""Hidden Markov model with three states and normal observations.

What it teaches: unknown states are summed over by `ppl.hmm_log_prob`, which needs the log
probabilities of the first state, of the next state, and of the data in each state. Ordered means
keep the states from changing places.

Data: simulated, L. Damiano, B. Peterson and M. Weylandt (2018), "A Tutorial on Hidden Markov Models
using Stan", by way of posteriordb, from whose folder it is read (data set hmm_gaussian_simulated).
The model is posteriordb's hmm_gaussian. As written there, with no priors on the scales, a state
that no time visits may have any scale, so the posterior is improper; draws are of its proper part,
where every state has data. Chains that begin in the other, as Stan's do too, run off to 1e300.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, ImproperUniform, Normal, constraints, factor, plate, sample

POSTERIOR = "hmm_gaussian_simulated-hmm_gaussian"
NUTS = {"initial": "pathfinder"}  # begins where every state has data


def hmm_gaussian(y: Any, states: int = 3) -> None:
    """Declare the model; the series `y` has shape (times,)."""
    first = sample("pi1", ImproperUniform(constraints.simplex, event_shape=(states,)))
    with plate("state", states):
        transition = sample("A", ImproperUniform(constraints.simplex, event_shape=(states,)))
        sigma = sample("sigma", Flat(lower=0))
    mu = sample("mu", ImproperUniform(constraints.ordered, event_shape=(states,)))
    emission = Normal(mu, sigma).log_prob(y[:, None])
    emission[0] = np.sum(emission[0])  # as posteriordb's program has it, for all states at once
    factor("y", ppl.hmm_log_prob(np.log(first), np.log(transition), emission))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(hmm_gaussian, load("hmm_gaussian_simulated")["y"])

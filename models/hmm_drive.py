"""Basketball: whether a player drives to the hoop, from speed and distance alone.

What it teaches: a hidden Markov model of two states with two observed series; Dirichlet priors on
the rows of the transition matrix, ordered rates with a prior each.

Data: tracking of a player, by way of I. Ali (2018), "Bayesian hidden Markov models of basketball";
read from a posteriordb folder (data set bball_drive_event_0). The model is posteriordb's
hmm_drive_0.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Dirichlet, Exponential, ImproperUniform, Normal, constraints, factor, sample

POSTERIOR = "bball_drive_event_0-hmm_drive_0"
NUTS = {"initial": "pathfinder"}  # there is a second mode, of no mass


def hmm_drive(inverse_speed: Any, distance: Any, alpha: Any) -> None:
    """Declare the model; the series have shape (times,), the prior `alpha` (2, 2)."""
    theta = np.stack([sample(f"theta{k + 1}", Dirichlet(alpha[k])) for k in range(2)])
    log_emission = 0.0
    for name, series in (("phi", inverse_speed), ("lambda", distance)):
        rate = sample(name, ImproperUniform(constraints.positive_ordered, event_shape=(2,)))
        factor(f"{name}_prior", Normal(np.array([0, 3]), 1).log_prob(rate))
        log_emission = log_emission + Exponential(rate).log_prob(series[:, None])
    factor("series", ppl.hmm_log_prob(np.zeros(2), np.log(theta), log_emission))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("bball_drive_event_0")
    return ppl.Posterior(hmm_drive, data["u"], data["v"], data["alpha"])

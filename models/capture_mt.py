"""Capture and recapture: how many animals there are, each occasion with its own chance.

Animals were caught, marked and set free on several occasions; some were never caught. The list of
those seen is filled up with rows of zeros, of which an unknown share are real animals.

What it teaches: as `capture_m0`, with a probability for each column: `np.sum` over the occasions of
a Bernoulli law's log probability.

Data: simulated, M. Kéry and M. Schaub (2012), "Bayesian Population Analysis using WinBUGS", section
6.2; read from a posteriordb folder (data set Mt_data). The model is posteriordb's Mt_model.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Bernoulli, Uniform, factor, plate, sample

POSTERIOR = "Mt_data-Mt_model"


def capture_mt(captures: Any) -> None:
    """Declare the model; `captures` are zeros and ones of shape (rows, occasions)."""
    omega = sample("omega", Uniform(0, 1))  # share of the rows that are real
    with plate("occasion", captures.shape[1]):
        p = sample("p", Uniform(0, 1))
    caught = np.sum(captures, axis=1)
    real = np.log(omega) + np.sum(Bernoulli(probs=p).log_prob(captures), axis=1)
    factor("captures", np.where(caught > 0, real, np.logaddexp(real, np.log1p(-omega))))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(capture_mt, load("Mt_data")["y"])

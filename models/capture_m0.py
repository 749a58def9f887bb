"""Capture and recapture: how many animals there are, all equally easy to catch.

Animals were caught, marked and set free on several occasions; some were never caught. The list of
those seen is filled up with rows of zeros, of which an unknown share are real animals.

What it teaches: whether a row of zeros is a real animal is a binary unknown, summed over with
`np.logaddexp`; equal rows are counted once by the compiler.

Data: simulated, M. Kéry and M. Schaub (2012), "Bayesian Population Analysis using WinBUGS", section
6.2; read from a posteriordb folder (data set M0_data). The model is posteriordb's M0_model.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Binomial, Uniform, factor, sample

POSTERIOR = "M0_data-M0_model"


def capture_m0(captures: Any) -> None:
    """Declare the model; `captures` are zeros and ones of shape (rows, occasions)."""
    omega = sample("omega", Uniform(0, 1))  # share of the rows that are real
    p = sample("p", Uniform(0, 1))
    caught = np.sum(captures, axis=1)
    real = np.log(omega) + Binomial(captures.shape[1], probs=p).log_prob(caught)
    factor("captures", np.where(caught > 0, real, np.logaddexp(real, np.log1p(-omega))))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(capture_m0, load("M0_data")["y"])

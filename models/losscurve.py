"""Insurance losses: their growth to a final amount, cohort by cohort.

What it teaches: a nonlinear mean (the Weibull growth curve) over an incomplete table: each row
knows its cohort and its time.

Data: casualty actuarial loss development table, by way of M. Cooney (2017), "Modelling loss curves
in insurance with RStan"; read from a posteriordb folder (data set loss_curves). The model is
posteriordb's losscurve_sislob.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import LogNormal, Normal, plate, sample

POSTERIOR = "loss_curves-losscurve_sislob"


def losscurve(cohort: Any, time: Any, premium: Any, loss: Any = None) -> None:
    """Declare the model; `premium` has shape (cohorts,), the others (losses,)."""
    omega, theta = (sample(name, LogNormal(0, 0.5)) for name in ("omega", "theta"))
    mu = sample("mu_LR", Normal(0, 0.5))
    sd = sample("sd_LR", LogNormal(0, 0.5))
    loss_sd = sample("loss_sd", LogNormal(0, 0.7))
    with plate("cohort", len(premium)):
        ratio = sample("LR", LogNormal(mu, sd))
    growth = 1 - np.exp(-((time / theta) ** omega))
    with plate("amount", len(cohort)):
        due = premium[cohort]
        sample("loss", Normal(ratio[cohort] * due * growth, loss_sd * due), obs=loss)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("loss_curves")
    cohort, time = data["cohort_id"] - 1, data["t_value"][data["t_idx"] - 1]
    return ppl.Posterior(losscurve, cohort, time, data["premium"], loss=data["loss"])

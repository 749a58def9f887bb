"""Acceleration of a head in a motorcycle accident: Gaussian processes for mean and spread.

What it teaches: a Gaussian process by the eigenfunctions of its domain. The basis is data; the
spectral density scales standard normal weights; a function returns the process wherever one is
wanted.

Data: B. W. Silverman (1985), "Some aspects of the spline smoothing approach to non-parametric
regression curve fitting", as prepared with brms for posteriordb, from whose folder it is read (data
set mcycle_gp). The model is posteriordb's accel_gp.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import HalfStudentT, InverseGamma, Normal, StudentT, plate, sample

POSTERIOR = "mcycle_gp-accel_gp"


def process(name: str, basis: Any, frequency: Any) -> Any:
    """Declare a zero-mean process with squared exponential covariance, at the rows of `basis`."""
    sd = sample(f"sdgp_{name}", HalfStudentT(3, 36))
    length = sample(f"lscale_{name}", InverseGamma(concentration=1.124909, rate=0.0177))
    with plate(f"basis_{name}", basis.shape[1]):
        z = sample(f"zgp_{name}", Normal(0, 1))
    # Root of the spectral density, which itself underflows for long scales.
    root = sd * np.sqrt(np.sqrt(2 * np.pi) * length) * np.exp(-((length * frequency / 2) ** 2))
    return basis @ (root * z)


def accel_gp(mean: tuple[Any, Any], spread: tuple[Any, Any], y: Any = None) -> None:
    """Declare the model; `mean` and `spread` hold a basis (times, k) and its frequencies (k,)."""
    loc = sample("Intercept", StudentT(3, -13, 36)) + process("1", *mean)
    log_scale = sample("Intercept_sigma", StudentT(3, 0, 10)) + process("sigma_1", *spread)
    with plate("time", len(mean[0])):
        sample("y", Normal(loc, np.exp(log_scale)), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("mcycle_gp")
    mean = data["Xgp_1"], data["slambda_1"][:, 0]
    spread = data["Xgp_sigma_1"], data["slambda_sigma_1"][:, 0]
    return ppl.Posterior(accel_gp, mean, spread, y=data["Y"])

"""Acceleration of a head in a motorcycle accident: splines for mean and spread.

What it teaches: smoothing splines are a linear part without a prior and a penalised part, which is
a hierarchical model of its coefficients.

Data: B. W. Silverman (1985), "Some aspects of the spline smoothing approach to non-parametric
regression curve fitting", as prepared with brms for posteriordb, from whose folder it is read (data
set mcycle_splines). The model is posteriordb's accel_splines.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, HalfStudentT, Normal, StudentT, plate, sample

POSTERIOR = "mcycle_splines-accel_splines"


def spline(name: str, line: Any, basis: Any) -> Any:
    """Declare a smooth function, at the rows of `line` (times, 1) and `basis` (times, k)."""
    with plate(f"line{name}", line.shape[1]):
        straight = sample(f"bs{name}", Flat())
    sd = sample(f"sds{name}_1_1", HalfStudentT(3, 36))
    with plate(f"knot{name}", basis.shape[1]):
        z = sample(f"zs{name}_1_1", Normal(0, 1))
    return line @ straight + basis @ (sd * z)


def accel_splines(mean: tuple[Any, Any], spread: tuple[Any, Any], y: Any = None) -> None:
    """Declare the model; `mean` and `spread` hold the two parts of a basis."""
    loc = sample("Intercept", StudentT(3, -13, 36)) + spline("", *mean)
    log_scale = sample("Intercept_sigma", StudentT(3, 0, 10)) + spline("_sigma", *spread)
    with plate("time", len(mean[0])):
        sample("y", Normal(loc, np.exp(log_scale)), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("mcycle_splines")
    mean = data["Xs"], data["Zs_1_1"]
    return ppl.Posterior(accel_splines, mean, (data["Xs_sigma"], data["Zs_sigma_1_1"]), y=data["Y"])

"""Coal-mining disasters in Britain, 1851 to 1961: counts whose rate drifts.

What it teaches: a Gaussian process with a Matérn covariance as the log rate of counts, written over
independent standard normal variables; and counts that are missing, which `ppl.impute` marks: they
are left out, and the rate of those years is learnt from their neighbours.

Data: R. G. Jarrett (1979), "A note on the intervals between coal-mining disasters", by year; two
years are taken out, as in PyMC's tutorial.
"""

from typing import Any

import numpy as np

import ppl
from ppl import HalfNormal, InverseGamma, Normal, Poisson, deterministic, plate, sample

YEARS = np.arange(1851, 1962)
DISASTERS = (  # a digit a year
    "4540143406334026335453144155342522342"
    "13-2111130010110031032201110101000210"
    "001102331-211112420014000100000100101"
)
JITTER = 1e-8  # keeps the matrix positive definite in floating point


def matern52(distance: Any, length: Any) -> Any:
    """Matérn covariance of smoothness 5/2 and variance 1."""
    r = np.sqrt(5) * distance / length
    return (1 + r + r**2 / 3) * np.exp(-r)


def coal_mining(year: Any, disasters: Any = None) -> None:
    """Declare the model; the arguments have shape (years,), NaN where counts are missing."""
    mean = sample("mean", Normal(0, 1))
    scale = sample("scale", HalfNormal(1))
    length = sample("length", InverseGamma(concentration=3, rate=60))  # years
    distance = np.abs(year[:, None] - year)
    factor = np.linalg.cholesky(matern52(distance, length) + JITTER * np.eye(len(year)))
    with plate("year", len(year)):
        z = sample("z", Normal(0, 1))
        rate = deterministic("rate", np.exp(mean + scale * (factor @ z)))
        seen = None if disasters is None else ppl.impute(disasters)
        sample("disasters", Poisson(rate), obs=seen)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    counts = [np.nan if c == "-" else float(c) for c in DISASTERS]
    return ppl.Posterior(coal_mining, YEARS, disasters=counts, coords={"year": list(YEARS)})

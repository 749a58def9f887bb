"""A million values of one normal law.

What it teaches: sufficient statistics. The values enter through their number, sum and sum of
squares, found once; a gradient costs the same for ten values and for a million.

Data: simulated here, the same for everybody.
"""

from typing import Any

import numpy as np

import ppl
from ppl import HalfNormal, Normal, plate, sample

VALUES = 1_000_000


def iid_normal(values: int, y: Any = None) -> None:
    """Declare the model; `y` has shape (values,)."""
    mu = sample("mu", Normal(0, 10))
    sigma = sample("sigma", HalfNormal(10))
    with plate("value", values):
        sample("y", Normal(mu, sigma), obs=y)


def simulated() -> np.ndarray[Any, Any]:
    """Draw the values."""
    return 2.0 + 3.0 * np.random.default_rng(20_240_903).standard_normal(VALUES)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(iid_normal, VALUES, y=simulated())

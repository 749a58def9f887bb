"""Hierarchical regression with 1,000 groups and 20,000 rows.

What it teaches: a random intercept for each of many groups, non-centred; the gradient adds up each
group's rows.

Data: simulated here, the same for everybody.
"""

from typing import Any

import numpy as np

import ppl
from ppl import HalfNormal, Normal, plate, sample

GROUPS, ROWS = 1_000, 20_000


def hierarchical(group: Any, x: Any, y: Any = None) -> None:
    """Declare the model; the arguments have shape (rows,), `group` holds indices."""
    mu = sample("mu", Normal(0, 5))
    tau = sample("tau", HalfNormal(2))
    slope = sample("slope", Normal(0, 5))
    sigma = sample("sigma", HalfNormal(2))
    with plate("group", int(np.max(group)) + 1):
        z = sample("z", Normal(0, 1))
        intercept = mu + tau * z
    with plate("row", len(x)):
        sample("y", Normal(intercept[group] + slope * x, sigma), obs=y)


def simulated() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Groups, predictor and response."""
    rng = np.random.default_rng(20_240_902)
    group = rng.permutation(np.arange(ROWS) % GROUPS)
    x = rng.standard_normal(ROWS)
    intercept = 1.0 + 0.7 * rng.standard_normal(GROUPS)
    return group, x, intercept[group] - 0.5 * x + 1.2 * rng.standard_normal(ROWS)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    group, x, y = simulated()
    return ppl.Posterior(hierarchical, group, x, y=y)

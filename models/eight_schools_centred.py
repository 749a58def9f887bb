"""Eight schools, centred: the same model, written the way that is hard to sample.

The effects are drawn from Normal(mu, tau) directly. When tau is small all effects must be close to
mu, when it is large they may go anywhere: the posterior has a narrow neck that no single step size
fits, and the report shows divergent transitions.

What it teaches: what divergences look like, and that the remedy is to write the model differently,
not to run it longer; see `eight_schools` for the data's source and the non-centred form. And the
short way to name axes: `dims` in place of a plate, with the labels' number as size.
"""

from typing import Any

import ppl
from models.eight_schools import EFFECT, SCHOOLS, STANDARD_ERROR
from ppl import HalfCauchy, Normal, sample

POSTERIOR = "eight_schools-eight_schools_centered"


def eight_schools(sigma: Any, y: Any = None) -> None:
    """Declare the model; `sigma` and `y` have shape (schools,)."""
    mu = sample("mu", Normal(0, 5))
    tau = sample("tau", HalfCauchy(5))
    theta = sample("theta", Normal(mu, tau), dims="school")
    sample("y", Normal(theta, sigma), obs=y, dims="school")


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(eight_schools, STANDARD_ERROR, y=EFFECT, coords={"school": SCHOOLS})

"""Eight schools: a hierarchical model of treatment effects, non-centred.

Eight schools ran a coaching programme before a college test; each reported an estimated effect `y`
and its standard error `sigma`. The model learns how alike the schools are, and shrinks their
estimates accordingly.

What it teaches: with little data a group's effect and the spread of the groups depend on each
other so strongly (a funnel) that a sampler has trouble. Here each effect is written as the common
mean plus the spread times a standard normal variable, which takes the dependence away; compare
`eight_schools_centred`.

Data: D. B. Rubin (1981), "Estimation in parallel randomized experiments", table 1; the model is
that of A. Gelman et al. (2013), "Bayesian Data Analysis", section 5.5, with priors as in
posteriordb.
"""

from typing import Any

import ppl
from ppl import HalfCauchy, Normal, deterministic, plate, sample

POSTERIOR = "eight_schools-eight_schools_noncentered"
STAN = {"z": "theta_trans"}

SCHOOLS = list("ABCDEFGH")
EFFECT = [28, 8, -3, 7, -1, 1, 18, 12]
STANDARD_ERROR = [15, 10, 16, 11, 9, 11, 10, 18]


def eight_schools(sigma: Any, y: Any = None) -> None:
    """Declare the model; `sigma` and `y` have shape (schools,)."""
    mu = sample("mu", Normal(0, 5))
    tau = sample("tau", HalfCauchy(5))
    with plate("school", len(sigma)):
        z = sample("z", Normal(0, 1))
        theta = deterministic("theta", mu + tau * z)
        sample("y", Normal(theta, sigma), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(eight_schools, STANDARD_ERROR, y=EFFECT, coords={"school": SCHOOLS})

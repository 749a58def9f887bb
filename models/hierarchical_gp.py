"""Votes for president by state and year: Gaussian processes for states and regions.

What it teaches: a total variance split by a simplex, one share for each source; two processes with
a short and a long length scale each, all states at once by one matrix product.

Data: votes in the United States since 1976, by way of R. Trangucci (2017), "Hierarchical Gaussian
processes in Stan"; read from a posteriordb folder (data set state_wide_presidential_votes). The
model is posteriordb's hierarchical_gp.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Dirichlet, Gamma, Normal, Weibull, plate, sample

POSTERIOR = "state_wide_presidential_votes-hierarchical_gp"


def process(name: str, groups: Any, sizes: tuple[Any, Any], years: int) -> Any:
    """Declare a process over years for each group; shape (years, groups)."""
    away, covariance = np.arange(years)[:, None] - np.arange(years), 1e-6 * np.eye(years)
    for term, typical, size in (("long", 8, sizes[0]), ("short", 3, sizes[1])):
        length = sample(f"length_GP_{name}_{term}", Weibull(concentration=30, scale=typical))
        covariance = covariance + size * np.exp(-0.5 * (away / length) ** 2)
    with plate("gp_year", years), groups:
        z = sample(f"GP_{name}_std", Normal(0, 1))
    return np.linalg.cholesky(covariance) @ z


def hierarchical_gp(places: dict[str, Any], region_of: Any, years: int, y: Any) -> None:
    """Declare the model; `y` and the indices in `places` have shape (results,)."""
    state, region, year = places["state"], places["region"], places["year"]
    states, regions = plate("state", len(region_of)), plate("region", int(np.max(region)) + 1)
    tot_var = sample("tot_var", Gamma(concentration=3, rate=3))
    share = sample("prop_var", Dirichlet(np.full(17, 2.0)))
    var = 17 * share * tot_var
    mu = sample("mu", Normal(0.5, 0.5))
    with plate("year", int(np.max(year)) + 1):
        year_std = sample("year_std", Normal(0, 1))
    with states:
        state_std = sample("state_std", Normal(0, 1))
    with regions:
        region_std = sample("region_std", Normal(0, 1))
    by_region = process("region", regions, (var[12], var[14]), years)
    by_state = process("state", states, (var[13], var[15]), years)
    of_state = np.sqrt(var[2:12])[region_of] * state_std
    effects = np.sqrt(var[0]) * year_std[year] + np.sqrt(var[1]) * region_std[region]
    mean = mu + effects + of_state[state] + by_region[year, region] + by_state[year, state]
    with plate("result", len(y)):
        sample("y", Normal(mean, np.sqrt(var[16])), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("state_wide_presidential_votes")
    places = {name: data[f"{name}_ind"] - 1 for name in ("state", "region", "year")}
    region_of = data["state_region_ind"] - 1
    return ppl.Posterior(hierarchical_gp, places, region_of, data["N_years"], data["y"])

"""Butterflies: which species live where, and how many were never seen.

Species were looked for at twenty sites, eighteen times each. Absence at a site, and of a species
from the region, cannot be told from having been missed.

What it teaches: two nested unknowns summed over with `np.logaddexp`: whether a species is at a
site, and whether it is in the region at all.

Data: R. M. Dorazio et al. (2006), "Estimating species richness and accumulation by modeling species
occurrence and detectability", by way of B. Carpenter (2015); read from a posteriordb folder (data
set butterfly). The model is posteriordb's multi_occupancy.
"""

from typing import Any

import numpy as np

import ad
import ppl
from models._data import load
from ppl import Beta, Binomial, Cauchy, Flat, HalfCauchy, MultivariateNormal, factor, plate, sample

POSTERIOR = "butterfly-multi_occupancy"


def multi_occupancy(seen: Any, visits: int, pool: int) -> None:
    """Declare the model; `seen` has shape (species, sites): visits when a species was seen."""
    alpha, beta = sample("alpha", Cauchy(0, 2.5)), sample("beta", Cauchy(0, 2.5))
    omega = sample("Omega", Beta(2, 2))
    rho = sample("rho_uv", Flat(lower=-1, upper=1))
    factor("rho_prior", Beta(2, 2).log_prob((rho + 1) / 2))
    with plate("rate", ["occupancy", "detection"]):
        sigma = sample("sigma_uv", HalfCauchy(2.5))
    with plate("candidate", pool):
        u, v = sample("uv1", Flat()), sample("uv2", Flat())
    shared = rho * sigma[0] * sigma[1]
    covariance = np.stack([np.stack([sigma[0] ** 2, shared]), np.stack([shared, sigma[1] ** 2])])
    law = MultivariateNormal(np.zeros(2), covariance_matrix=covariance)
    factor("uv_prior", law.log_prob(np.stack([u, v], axis=1)))

    known, (species, sites) = ad.special.log_expit, seen.shape
    psi, detection = u + alpha, Binomial(visits, logits=v + beta)
    present = known(psi[:species, None]) + Binomial(
        visits, logits=(v + beta)[:species, None]
    ).log_prob(seen)
    absent = known(-psi[:species, None])
    factor(
        "seen", np.log(omega) / sites + np.where(seen > 0, present, np.logaddexp(present, absent))
    )
    missed = np.logaddexp(known(psi) + detection.log_prob(0), known(-psi))[species:]
    factor("never", np.logaddexp(np.log1p(-omega), np.log(omega) + sites * missed))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("butterfly")
    return ppl.Posterior(multi_occupancy, data["X"], data["K"], data["S"])

"""Answers to test items, the persons' ability explained by what is known of them.

What it teaches: item difficulties that sum to 0 (the last is minus the sum of the others), and
covariates scaled by twice their standard deviation, with NumPy, where the data are bound.

Data: First International Mathematics Study, Australia and Japan, by way of the R package TAM and
posteriordb, from whose folder it is read (data set fims_Aus_Jpn_irt). The model is posteriordb's
2pl_latent_reg_irt.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Bernoulli, Flat, LogNormal, Normal, StudentT, factor, plate, sample

POSTERIOR = "fims_Aus_Jpn_irt-2pl_latent_reg_irt"


def irt_latent_regression(item: Any, person: Any, covariates: Any, answer: Any = None) -> None:
    """Declare the model; `covariates` has shape (persons, k), the others (answers,)."""
    count = int(np.max(item)) + 1
    with plate("item", count):
        alpha = sample("alpha", LogNormal(1, 1))
    with plate("free_item", count - 1):
        beta_free = sample("beta_free", Flat())
    beta = np.append(beta_free, -np.sum(beta_free))
    factor("beta_prior", Normal(0, 3).log_prob(beta))
    with plate("covariate", covariates.shape[1]):
        lambda_adj = sample("lambda_adj", StudentT(3, 0, 1))
    with plate("person", len(covariates)):
        theta = sample("theta", Normal(covariates @ lambda_adj, 1))
    with plate("question", len(item)):
        logits = alpha[item] * theta[person] - beta[item]
        sample("answer", Bernoulli(logits=logits), obs=answer)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("fims_Aus_Jpn_irt")
    known = data["W"].astype(float)
    known[:, 1:] -= np.mean(known[:, 1:], axis=0)
    known[:, 1:] /= 2 * np.std(known[:, 1:], axis=0, ddof=1)
    return ppl.Posterior(
        irt_latent_regression, data["ii"] - 1, data["jj"] - 1, known, answer=data["y"]
    )

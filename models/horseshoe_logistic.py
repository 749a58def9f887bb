"""Gene expression of tumours: logistic regression with a regularised horseshoe prior.

There are 54 samples and 1,536 genes, of which few should matter.

What it teaches: a sparsity prior in the words of its definition: global and local scales with heavy
tails, and a slab that keeps large coefficients finite.

Data: ovarian cancer, by way of the repository of J. Piironen and A. Vehtari (2017), "Sparsity
information and regularization in the horseshoe and other shrinkage priors"; read from a posteriordb
folder (data set ovarian). The model is posteriordb's logistic_regression_rhs.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Bernoulli, HalfStudentT, InverseGamma, Normal, deterministic, plate, sample

POSTERIOR = "ovarian-logistic_regression_rhs"


def horseshoe(x: Any, prior: dict[str, float], y: Any = None) -> None:
    """Declare the model; `x` has shape (samples, genes), `y` (samples,)."""
    beta0 = sample("beta0", Normal(0, prior["scale_icept"]))
    tau = sample("tau", HalfStudentT(prior["nu_global"], 2 * prior["scale_global"]))
    half = 0.5 * prior["slab_df"]
    caux = sample("caux", InverseGamma(concentration=half, rate=half))
    with plate("gene", x.shape[1]):
        z = sample("z", Normal(0, 1))
        local = sample("lambda", HalfStudentT(prior["nu_local"], 1))
        slab = prior["slab_scale"] ** 2 * caux
        shrunk = np.sqrt(slab * local**2 / (slab + tau**2 * local**2))
        beta = deterministic("beta", z * shrunk * tau)
    with plate("sample", x.shape[0]):
        sample("y", Bernoulli(logits=beta0 + x @ beta), obs=y)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("ovarian")
    prior = {name: data[name] for name in data if name not in ("n", "d", "x", "y")}
    return ppl.Posterior(horseshoe, data["x"], prior, y=data["y"])

"""Germination of seeds on 21 plates: a binomial regression with an effect of each plate.

What it teaches: overdispersion by an effect of each row, and a two-by-two design with interaction.

Data: M. J. Crowder (1978), "Beta-binomial Anova for proportions", table 3. The model is
posteriordb's seeds_model.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Binomial, Gamma, Normal, plate, sample

POSTERIOR = "seeds_data-seeds_model"


def seeds(seed: Any, extract: Any, total: Any, germinated: Any = None) -> None:
    """Declare the model; the arguments have shape (plates,)."""
    alpha0, alpha1, alpha2, alpha12 = (
        sample(f"alpha{name}", Normal(0, 1000)) for name in ("0", "1", "2", "12")
    )
    tau = sample("tau", Gamma(concentration=1e-3, rate=1e-3))
    with plate("dish", len(total)):
        b = sample("b", Normal(0, 1 / np.sqrt(tau)))
        logits = alpha0 + alpha1 * seed + alpha2 * extract + alpha12 * seed * extract + b
        sample("germinated", Binomial(total, logits=logits), obs=germinated)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("seeds_data")
    return ppl.Posterior(seeds, data["x1"], data["x2"], data["N"], germinated=data["n"])

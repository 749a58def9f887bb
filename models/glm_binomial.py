"""Young peregrine falcons: the share of pairs with success, as a quadratic in time.

What it teaches: a binomial regression by log odds; `Binomial(logits=...)` is exact for log odds of
any size.

Data: simulated, M. Kéry and M. Schaub (2012), "Bayesian Population Analysis using WinBUGS", section
3.5; read from a posteriordb folder (data set GLM_Binomial_data). The model is posteriordb's
GLM_Binomial_model.
"""

from typing import Any

import ppl
from models._data import load
from ppl import Binomial, Normal, plate, sample

POSTERIOR = "GLM_Binomial_data-GLM_Binomial_model"


def glm_binomial(year: Any, pairs: Any, successes: Any = None) -> None:
    """Declare the model; the arguments have shape (years,)."""
    alpha, beta1, beta2 = (sample(name, Normal(0, 100)) for name in ("alpha", "beta1", "beta2"))
    with plate("season", len(year)):
        logits = alpha + beta1 * year + beta2 * year**2
        sample("successes", Binomial(pairs, logits=logits), obs=successes)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("GLM_Binomial_data")
    return ppl.Posterior(glm_binomial, data["year"], data["N"], successes=data["C"])

"""Sesame Street: watching it, and being encouraged to.

Children were encouraged, or not, by chance, to watch an educational programme; the model is the
first stage of an analysis by instrumental variables.

What it teaches: the least of regressions, with flat priors.

Data: G. A. Bogatz and S. Ball (1971), "The Second Year of Sesame Street", as prepared for A. Gelman
and J. Hill (2006), "Data Analysis Using Regression and Multilevel/Hierarchical Models", chapter 10;
read from a posteriordb folder (data set sesame_data). The model is posteriordb's sesame_one_pred_a.
"""

from typing import Any

import ppl
from models._data import load
from ppl import Flat, Normal, plate, sample

POSTERIOR = "sesame_data-sesame_one_pred_a"


def sesame(encouraged: Any, watched: Any = None) -> None:
    """Declare the model; the arguments have shape (children,)."""
    with plate("coefficient", ["intercept", "encouraged"]):
        beta = sample("beta", Flat())
    sigma = sample("sigma", Flat(lower=0))
    with plate("child", len(encouraged)):
        sample("watched", Normal(beta[0] + beta[1] * encouraged, sigma), obs=watched)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("sesame_data")
    return ppl.Posterior(sesame, data["encouraged"], watched=data["watched"])

"""Summer temperature at Kilpisjärvi: a linear trend over 62 years.

What it teaches: the prior's constants are data of the model and are given when it is bound. The
predictor is a year, some 2,000 from 0, so intercept and slope are nearly collinear.

Data: Finnish Meteorological Institute, as used by A. Vehtari in his demonstrations of Bayesian data
analysis; read from a posteriordb folder (data set kilpisjarvi_mod). The model is posteriordb's
kilpisjarvi.
"""

from typing import Any

import ppl
from models._data import load
from ppl import Flat, Normal, plate, sample

POSTERIOR = "kilpisjarvi_mod-kilpisjarvi"


def kilpisjarvi(year: Any, priors: tuple[Normal, Normal], temperature: Any = None) -> None:
    """Declare the model; `year` and `temperature` have shape (years,)."""
    alpha = sample("alpha", priors[0])
    beta = sample("beta", priors[1])
    sigma = sample("sigma", Flat(lower=0))
    with plate("summer", len(year)):
        sample("temperature", Normal(alpha + beta * year, sigma), obs=temperature)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("kilpisjarvi_mod")
    priors = Normal(data["pmualpha"], data["psalpha"]), Normal(data["pmubeta"], data["psbeta"])
    return ppl.Posterior(kilpisjarvi, data["x"], priors, temperature=data["y"])

"""Sea cows: their length grows towards a limit with age.

What it teaches: a nonlinear regression in the words of its formula, alpha - beta lambda^age.

Data: D. A. Ratkowsky (1983), "Nonlinear Regression Modeling", by way of the examples of BUGS; read
from a posteriordb folder (data set dugongs_data). The model is posteriordb's dugongs_model.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Gamma, Normal, Uniform, plate, sample

POSTERIOR = "dugongs_data-dugongs_model"


def dugongs(age: Any, length: Any = None) -> None:
    """Declare the model; the arguments have shape (animals,)."""
    alpha = sample("alpha", Normal(0, 1000))
    beta = sample("beta", Normal(0, 1000))
    lambda_ = sample("lambda", Uniform(0.5, 1))
    tau = sample("tau", Gamma(concentration=1e-4, rate=1e-4))
    with plate("animal", len(age)):
        sample("length", Normal(alpha - beta * lambda_**age, 1 / np.sqrt(tau)), obs=length)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("dugongs_data")
    return ppl.Posterior(dugongs, data["x"], length=data["Y"])

"""Party identification: a regression on ideology, race, age, education, gender and income.

Voters in the United States placed themselves on a scale from strong Democrat (1) to strong
Republican (7).

What it teaches: a factor with four levels as three columns of zeros and ones, made with NumPy
inside the model, and coefficients without a prior.

Data: American National Election Study of 2000, as prepared for A. Gelman and J. Hill (2006), "Data
Analysis Using Regression and Multilevel/Hierarchical Models", chapter 4. It is read from a
posteriordb folder (data set nes2000), as the study's terms of use leave open who may pass it on.
The model is posteriordb's nes.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Flat, Normal, plate, sample

POSTERIOR = "nes2000-nes"

BEFORE_AGE = ("real_ideo", "race_adj")
AFTER_AGE = ("educ1", "gender", "income")
TERMS = ["intercept", *BEFORE_AGE, "age_30_44", "age_45_64", "age_65_up", *AFTER_AGE]


def nes(numbers: dict[str, Any], age: Any, partyid7: Any = None) -> None:
    """Declare the model; all columns have shape (voters,), `age` is a level from 1 to 4."""
    with plate("term", TERMS):
        beta = sample("beta", Flat())
    sigma = sample("sigma", Flat(lower=0))
    columns = [numbers[name] for name in BEFORE_AGE]
    columns += [1.0 * (age == level) for level in (2, 3, 4)]
    columns += [numbers[name] for name in AFTER_AGE]
    with plate("voter", len(age)):
        mean = beta[0] + np.stack(columns, axis=1) @ beta[1:]
        sample("partyid7", Normal(mean, sigma), obs=partyid7)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("nes2000")
    numbers = {name: data[name] for name in (*BEFORE_AGE, *AFTER_AGE)}
    return ppl.Posterior(nes, numbers, data["age_discrete"], partyid7=data["partyid7"])

"""Answers to test items: each item has a difficulty and a discrimination.

What it teaches: persons and items are two plates; their table of answers has an axis for each.

Data: simulated, from the repository stan-dev/stat_comp_benchmarks, by way of posteriordb, from
whose folder it is read (data set irt_2pl). The model is posteriordb's irt_2pl.
"""

from typing import Any

import ppl
from models._data import load
from ppl import Bernoulli, HalfCauchy, LogNormal, Normal, plate, sample

POSTERIOR = "irt_2pl-irt_2pl"


def irt_2pl(answers: Any) -> None:
    """Declare the model; `answers` are zeros and ones of shape (items, persons)."""
    items, persons = plate("item", answers.shape[0]), plate("person", answers.shape[1])
    sigma_theta, sigma_a, sigma_b = (
        sample(f"sigma_{name}", HalfCauchy(2)) for name in ("theta", "a", "b")
    )
    mu_b = sample("mu_b", Normal(0, 5))
    with persons:
        theta = sample("theta", Normal(0, sigma_theta))
    with items:
        a = sample("a", LogNormal(0, sigma_a))
        b = sample("b", Normal(mu_b, sigma_b))
    with items, persons:
        sample("answers", Bernoulli(logits=a[:, None] * (theta - b[:, None])), obs=answers)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    return ppl.Posterior(irt_2pl, load("irt_2pl")["y"])

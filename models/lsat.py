"""Law school admission test: five questions, a thousand students.

What it teaches: data given as patterns and their counts, spread out with `np.repeat`; one ability
for each student.

Data: R. D. Bock and M. Lieberman (1970), by way of the examples of BUGS; read from a posteriordb
folder (data set lsat_data). The model is posteriordb's lsat_model.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Bernoulli, HalfNormal, Normal, plate, sample

POSTERIOR = "lsat_data-lsat_model"


def lsat(right: Any) -> None:
    """Declare the model; `right` are zeros and ones of shape (students, questions)."""
    students, questions = plate("student", right.shape[0]), plate("question", right.shape[1])
    with questions:
        alpha = sample("alpha", Normal(0, 100))
    with students:
        theta = sample("theta", Normal(0, 1))
    beta = sample("beta", HalfNormal(100))
    with students, questions:
        sample("right", Bernoulli(logits=beta * theta[:, None] - alpha), obs=right)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("lsat_data")
    counts = np.diff(data["culm"], prepend=0)
    return ppl.Posterior(lsat, np.repeat(data["response"], counts, axis=0))

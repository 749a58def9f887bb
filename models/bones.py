"""Age of the skeleton: thirteen children, thirty-four indicators of maturity.

Each indicator is graded on a scale of its own, with two to five grades; some grades are missing.

What it teaches: ordered categories whose number differs: the probability of a grade is a difference
of two values of a curve, 1 before the first and 0 after the last. Missing grades are left out by
indexing.

Data: A. F. Roche, H. Wainer and D. Thissen (1975), "Skeletal Maturity", by way of the examples of
BUGS; read from a posteriordb folder (data set bones_data). The model is posteriordb's bones_model.
"""

from typing import Any

import numpy as np
from scipy.special import expit

import ppl
from models._data import load
from ppl import Normal, factor, plate, sample

POSTERIOR = "bones_data-bones_model"


def bones(grade: Any, gamma: Any, delta: Any, grades: Any) -> None:
    """Declare the model; `grade` has shape (children, indicators), -1 where it is missing."""
    with plate("child", len(grade)):
        theta = sample("theta", Normal(0, 36))
    child, indicator = np.nonzero(grade != -1)
    got, most = grade[child, indicator], grades[indicator]

    def above(k: Any) -> Any:
        """Probability of a grade beyond the k-th threshold."""
        threshold = gamma[indicator, np.clip(k, 1, 4) - 1]
        return expit(delta[indicator] * (theta[child] - threshold))

    factor(
        "grade",
        np.log(np.where(got > 1, above(got - 1), 1) - np.where(got < most, above(got), 0)),
    )


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("bones_data")
    return ppl.Posterior(bones, data["grade"], data["gamma"], data["delta"], data["ncat"])

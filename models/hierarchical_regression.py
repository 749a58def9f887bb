"""Hierarchical regression: growth of thirty rats, each with its own line.

Thirty young rats were weighed once a week for five weeks. Every rat has its own intercept and
slope, drawn from a population of rats.

What it teaches: an index into groups. The weighings are one long table; `a[rat]` takes each row's
own rat out of the vector of thirty, so the groups may be of any sizes. Here axes are named by
`dims`, and those that the parameters do not have get the size of their labels; `rats` has plates.

Data: A. E. Gelfand, S. E. Hills, A. Racine-Poon and A. F. M. Smith (1990), "Illustration of
Bayesian inference in normal data models using Gibbs sampling", table 3 (control group).
"""

from typing import Any

import numpy as np

import ppl
from ppl import HalfNormal, Normal, sample

DAYS = [8, 15, 22, 29, 36]
# Weights in grams, five a rat.
WEIGHT = [
    151, 199, 246, 283, 320, 145, 199, 249, 293, 354, 147, 214, 263, 312, 328,
    155, 200, 237, 272, 297, 135, 188, 230, 280, 323, 159, 210, 252, 298, 331,
    141, 189, 231, 275, 305, 159, 201, 248, 297, 338, 177, 236, 285, 350, 376,
    134, 182, 220, 260, 296, 160, 208, 261, 313, 352, 143, 188, 220, 273, 314,
    154, 200, 244, 289, 325, 171, 221, 270, 326, 358, 163, 216, 242, 281, 312,
    160, 207, 248, 288, 324, 142, 187, 234, 280, 316, 156, 203, 243, 283, 317,
    157, 212, 259, 307, 336, 152, 203, 246, 286, 321, 154, 205, 253, 298, 334,
    139, 190, 225, 267, 302, 146, 191, 229, 272, 302, 157, 211, 250, 285, 323,
    132, 185, 237, 286, 331, 160, 207, 257, 303, 345, 169, 216, 261, 295, 333,
    157, 205, 248, 289, 316, 137, 180, 219, 258, 291, 153, 200, 244, 286, 324,
]  # fmt: skip


def hierarchical_regression(rat: Any, day: Any, weight: Any = None) -> None:
    """Declare the model; the arguments have shape (weighings,), `rat` holds indices."""
    mean_a = sample("mean_a", Normal(250, 50))  # grams at day 22
    sd_a = sample("sd_a", HalfNormal(50))
    mean_b = sample("mean_b", Normal(0, 10))  # grams a day
    sd_b = sample("sd_b", HalfNormal(5))
    a = sample("a", Normal(mean_a, sd_a), dims="rat")
    b = sample("b", Normal(mean_b, sd_b), dims="rat")
    sigma = sample("sigma", HalfNormal(20))
    sample("weight", Normal(a[rat] + b[rat] * (day - 22), sigma), obs=weight, dims="weighing")


def posterior() -> ppl.Posterior:
    """Bind the data."""
    rat = np.repeat(np.arange(30), len(DAYS))
    coords = {"rat": range(1, 31)}
    days = np.tile(DAYS, 30)
    return ppl.Posterior(hierarchical_regression, rat, days, weight=WEIGHT, coords=coords)

"""Velocities of 82 galaxies: a mixture of three normal laws of one width.

Galaxies lie in clusters with voids between; their velocities, which grow with distance, show them.

What it teaches: a mixture as one law, `MixtureSameFamily`, which sums over the labels and can be
simulated; and means that are put in order by the gaps between them, so that no two parts can change
places. A width of its own for each part would let two of them share the largest cluster.

Data: K. Roeder (1990), "Density estimation with confidence sets exemplified by superclusters and
voids in the galaxies", table 1, in 1,000 km/s.
"""

from typing import Any

import numpy as np

import ppl
from ppl import (
    Categorical,
    Dirichlet,
    Gamma,
    LogNormal,
    MixtureSameFamily,
    Normal,
    deterministic,
    sample,
)

VELOCITY = """
9.172 9.350 9.483 9.558 9.775 10.227 10.406 16.084 16.170 18.419 18.552 18.600 18.927 19.052 19.070
19.330 19.343 19.349 19.440 19.473 19.529 19.541 19.547 19.663 19.846 19.856 19.863 19.914 19.918
19.973 19.989 20.166 20.175 20.179 20.196 20.215 20.221 20.415 20.629 20.795 20.821 20.846 20.875
20.986 21.137 21.492 21.701 21.814 21.921 21.960 22.185 22.209 22.242 22.249 22.314 22.374 22.495
22.746 22.747 22.888 22.914 23.206 23.241 23.263 23.484 23.538 23.542 23.666 23.706 23.711 24.129
24.285 24.289 24.366 24.717 24.990 25.633 26.960 26.995 32.065 32.789 34.279
"""


def galaxies(y: Any = None) -> None:
    """Declare the model; `y` has shape (galaxies,)."""
    lowest = sample("lowest", Normal(10, 3))
    share = sample("weights", Dirichlet([2, 2, 2]))
    gap = sample("gap_size", Gamma(concentration=16, rate=4 / 3), dims="gap")
    mean = deterministic("mean", lowest + np.concatenate([np.zeros(1), np.cumsum(gap)]))
    sd = sample("sd", LogNormal(0.5, 0.5))
    sample("y", MixtureSameFamily(Categorical(probs=share), Normal(mean, sd)), obs=y, dims="galaxy")


def posterior() -> ppl.Posterior:
    """Bind the data."""
    velocity = np.array(VELOCITY.split(), dtype=float)
    coords = {"gap": ["1 to 2", "2 to 3"], "galaxy": range(len(velocity))}
    return ppl.Posterior(galaxies, y=velocity, coords=coords)

"""Traffic accidents in New York: counts in neighbouring areas.

What it teaches: a spatial effect that is smooth from area to area. Its improper prior is one line:
half the sum of squared differences along the edges; a soft constraint keeps its mean near 0.

Data: traffic accidents with schoolchildren, by way of M. Morris et al. (2019), "Bayesian
hierarchical spatial models: implementing the Besag York Mollié model in Stan"; read from a
posteriordb folder (data set traffic_accident_nyc). The model is posteriordb's bym2_offset_only.
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Beta, Flat, HalfNormal, Normal, Poisson, factor, plate, sample

POSTERIOR = "traffic_accident_nyc-bym2_offset_only"


def bym2(exposure: Any, edges: Any, scaling: float, accidents: Any = None) -> None:
    """Declare the model; `edges` has shape (2, edges) and holds indices of areas."""
    areas, count = plate("area", len(exposure)), len(exposure)
    beta0 = sample("beta0", Normal(0, 1))
    sigma = sample("sigma", HalfNormal(1))
    rho = sample("rho", Beta(0.5, 0.5))
    with areas:
        theta = sample("theta", Normal(0, 1))
        phi = sample("phi", Flat())
    factor("smooth", -0.5 * (phi[edges[0]] - phi[edges[1]]) ** 2)
    factor("centre", Normal(0, 0.001 * count).log_prob(np.sum(phi)))
    effect = np.sqrt(1 - rho) * theta + np.sqrt(rho / scaling) * phi
    with areas:
        rate = exposure * np.exp(beta0 + effect * sigma)
        sample("accidents", Poisson(rate), obs=accidents)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("traffic_accident_nyc")
    edges = np.stack([data["node1"], data["node2"]]) - 1
    return ppl.Posterior(bym2, data["E"], edges, data["scaling_factor"], accidents=data["y"])

"""Models the tests share."""

from typing import Any

import numpy as np

import ppl

Y = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
SIGMA = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def eight_schools(sigma: Any, y: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 5))
    tau = ppl.sample("tau", ppl.HalfCauchy(5))
    with ppl.plate("school", len(sigma)):
        theta = ppl.sample("theta", ppl.Normal(mu, tau))
        ppl.sample("y", ppl.Normal(theta, sigma), obs=y)
    ppl.deterministic("shrinkage", tau**2 / (tau**2 + np.square(sigma)), dims="school")


def radon(county: Any, floor: Any, y: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 10))
    tau = ppl.sample("tau", ppl.HalfNormal(1))
    with ppl.plate("county", 3):
        a = ppl.sample("a", ppl.Normal(mu, tau))
    b = ppl.sample("b", ppl.Normal(0, 1))
    sigma = ppl.sample("sigma", ppl.Exponential(1))
    with ppl.plate("house", len(floor)):
        ppl.sample("y", ppl.Normal(a[county] + b * floor, sigma), obs=y)

"""Polya and Gamma's law, by its alternating series with many digits."""

import math
from functools import lru_cache
from typing import Any

import mpmath as mp

import ppl

from .case import Case, Exact


def coefficients(b: Any, x: Any) -> Any:
    """(-1)^n Gamma(n + b) / (Gamma(b) n!), as many as count for x up to 20."""
    value = mp.mpf(1)
    for n in range(30 + 6 * int(x)):
        yield n, value
        value *= -(b + n) / (n + 1)


def density(x: Any, concentration: Any, tilt: Any) -> Any:
    b, c = concentration, tilt
    with mp.workdps(mp.mp.dps + 40):  # what cancels for x up to 6
        total = mp.fsum(
            a * (2 * n + b) * mp.exp(-((2 * n + b) ** 2) / (8 * x)) for n, a in coefficients(b, x)
        )
        constants = (b - 1) * mp.log(2) - mp.log(2 * mp.pi * x**3) / 2
        return mp.log(total) + constants + b * mp.log(mp.cosh(c / 2)) - c * c * x / 2


@lru_cache
def law(concentration: float, tilt: float) -> Exact:
    b, c = mp.mpf(concentration), abs(mp.mpf(tilt))

    def below(x: Any) -> Any:
        """Each term is half an inverse Gaussian law's mass."""
        with mp.workdps(mp.mp.dps + 40):
            root, total = mp.sqrt(2 * x), mp.mpf(0)
            for n, a in coefficients(b, x):
                way = n + b / 2
                first = mp.exp(-c * way) * mp.erfc((way - c * x) / root)
                total += a * (first + mp.exp(c * way) * mp.erfc((way + c * x) / root)) / 2
            return total * (2 * mp.cosh(c / 2)) ** b

    return Exact(below, lambda x: 1 - below(x), 0.0, math.inf)


CASES = (
    Case(
        ppl.PolyaGamma,
        density,
        law,
        (
            {"concentration": 1.0, "tilt": 0.7},
            {"concentration": 0.02, "tilt": -3.0},
            {"concentration": 0.4, "tilt": 0.0},
            {"concentration": 5.0, "tilt": 40.0},
            {"concentration": 9.5, "tilt": 6.0},
        ),
        wrong={"concentration": (0.0, "positive"), "tilt": (math.inf, "finite")},
        tails=(1e-3, 4.0),
        outside=(-1.0, 0.0, math.inf),
        moments=True,
        # The logarithm is relative to the exponents of both factors.
        largest=lambda x, concentration, tilt: (
            concentration * abs(tilt) / 2 + tilt**2 * x / 2 + concentration**2 / (8 * x)
        ),
    ),
)

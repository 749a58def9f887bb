"""Polya and Gamma's law, by its alternating series with many digits."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mpmath as mp

import ppl

from .case import Case, Exact


def alternating(b: Any, x: Any, term: Callable[[Any], Any]) -> Any:
    """Sum of (-1)^n Gamma(n + b) / (Gamma(b) n!) term(n), as far as counts for x up to 20.

    What is summed falls like exp(-n^2 / 2x) once it falls.
    """
    value, total, least = mp.mpf(1), mp.mpf(0), mp.mpf(10) ** -mp.mp.dps
    for n in range(30 + 6 * int(x)):
        part = value * term(n)
        total += part
        if abs(part) < least * abs(total):
            break
        value *= -(b + n) / (n + 1)
    return total


def density(x: Any, concentration: Any, tilt: Any) -> Any:
    b, c = concentration, tilt
    with mp.workdps(mp.mp.dps + 40):  # what cancels for x up to 6
        total = alternating(b, x, lambda n: (2 * n + b) * mp.exp(-((2 * n + b) ** 2) / (8 * x)))
        constants = (b - 1) * mp.log(2) - mp.log(2 * mp.pi * x**3) / 2
        return mp.log(total) + constants + b * mp.log(mp.cosh(c / 2)) - c * c * x / 2


@lru_cache
def law(concentration: float, tilt: float) -> Exact:
    b, c = mp.mpf(concentration), abs(mp.mpf(tilt))

    def below(x: Any) -> Any:
        """Each term is half an inverse Gaussian law's mass."""
        with mp.workdps(mp.mp.dps + 40):
            root = mp.sqrt(2 * x)

            def mass(n: int) -> Any:
                way = n + b / 2
                first = mp.exp(-c * way) * mp.erfc((way - c * x) / root)
                return (first + mp.exp(c * way) * mp.erfc((way + c * x) / root)) / 2

            return alternating(b, x, mass) * (2 * mp.cosh(c / 2)) ** b

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

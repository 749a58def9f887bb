"""Cases for the vector mathematics: promised accuracy, where to draw, references, special values.

Shared by tests/ad/test_vectormath.py and benchmarks/vectormath.py.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp, mpf
from numpy.typing import NDArray

from ad import vectormath

Array = NDArray[np.float64]
INF, NAN = math.inf, math.nan
TINY = 5e-324

# ulp; exp and log to one, the others to two.
LIMITS = {name: 1.0 if name in {"exp", "log", "pow"} else 2.0 for name in vectormath.NAMES}

# Where to draw: ("uniform", low, high); ("powers", low, high, sign): 2**[low, high), of either sign
# for 0; ("near", centre, low, high): centre +- 2**[low, high).
REGIONS: dict[str, list[tuple[Any, ...]]] = {
    "cos": [("uniform", -9, 9), ("powers", -1074, 1024, 0), ("near", math.pi / 2, -60, -1)],
    "digamma": [
        ("uniform", 0, 6),
        ("powers", -1074, 1024, 1),
        ("near", 1.4616321449683622, -50, -2),
        ("near", 4.0, -50, 0),
        ("uniform", 1, 100),
    ],
    "erf": [("uniform", -7, 7), ("powers", -1074, 1024, 0), ("near", 1 / 256, -50, -9)],
    "erfc": [
        ("uniform", -7, 27),
        ("powers", -1074, 10, 0),
        ("near", 26.5, -30, -1),
        ("near", 6.0, -50, -1),
    ],
    "exp": [("uniform", -746, 710), ("powers", -1074, 11, 0), ("near", -708.4, -30, -1)],
    "expit": [("uniform", -746, 40), ("powers", -1074, 11, 0), ("uniform", -3, 3)],
    "expm1": [("uniform", -40, 710), ("powers", -1074, 11, 0), ("uniform", -1.2, 1.2)],
    "lgamma": [
        ("uniform", 0, 8),
        ("powers", -1074, 1024, 1),
        ("near", 1.0, -50, -2),
        ("near", 2.0, -50, -1),
        ("near", 5.5, -50, 0),
    ],
    "log": [("powers", -1074, 1024, 1), ("near", 1.0, -52, -1), ("uniform", 0.3, 3)],
    "log1p": [("powers", -1074, 1024, 1), ("uniform", -1, 3), ("near", 0.0, -60, -1)],
    "log1p_exp": [("uniform", -746, 40), ("powers", -1074, 1024, 0), ("uniform", -3, 3)],
    "log_expit": [("uniform", -40, 746), ("powers", -1074, 1024, 0), ("uniform", -3, 3)],
    "log_ndtr": [("uniform", -40, 39), ("powers", -1074, 512, 0), ("uniform", -1.5, 1.5)],
    "ndtr": [("uniform", -38.6, 9), ("powers", -1074, 10, 0), ("near", -37.5, -30, 0)],
    "sin": [("uniform", -9, 9), ("powers", -1074, 1024, 0), ("near", math.pi, -60, -1)],
    "tanh": [("uniform", -22, 22), ("powers", -1074, 1024, 0), ("uniform", -1, 1)],
}

REFERENCES: dict[str, Callable[..., Any]] = {
    "cos": mp.cos,
    "digamma": mp.digamma,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "exp": mp.exp,
    "expit": lambda x: mp.exp(x) / (1 + mp.exp(x)) if x < 0 else 1 / (1 + mp.exp(-x)),
    "expm1": mp.expm1,
    "lgamma": lambda x: mp.loggamma(x) if x > 0 else mp.log(abs(mp.gamma(x))),
    "log": mp.log,
    "log1p": mp.log1p,
    "log1p_exp": lambda x: max(x, mpf(0)) + mp.log1p(mp.exp(-abs(x))),
    "log_expit": lambda x: min(x, mpf(0)) - mp.log1p(mp.exp(-abs(x))),
    "log_ndtr": lambda x: (
        mp.log(mp.erfc(-x / mp.sqrt(2)) / 2) if x < 0 else mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2)
    ),
    "ndtr": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "pow": mp.power,
    "sin": mp.sin,
    "tanh": mp.tanh,
}

# Input and exact result.
SPECIAL: dict[str, list[tuple[float, float]]] = {
    "cos": [(0.0, 1.0), (-0.0, 1.0), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "digamma": [
        (0.0, -INF),
        (-0.0, INF),
        (-1.0, NAN),
        (-5.0, NAN),
        (-1e300, NAN),
        (INF, INF),
        (-INF, NAN),
        (NAN, NAN),
        (TINY, -INF),
    ],
    "erf": [(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (7.0, 1.0), (NAN, NAN)],
    "erfc": [
        (0.0, 1.0),
        (INF, 0.0),
        (-INF, 2.0),
        (28.0, 0.0),
        (1e300, 0.0),
        (-7.0, 2.0),
        (NAN, NAN),
    ],
    "exp": [
        (0.0, 1.0),
        (-0.0, 1.0),
        (INF, INF),
        (-INF, 0.0),
        (709.79, INF),
        (-745.14, 0.0),
        (-745.13, TINY),
        (NAN, NAN),
    ],
    "expit": [(0.0, 0.5), (-0.0, 0.5), (INF, 1.0), (-INF, 0.0), (40.0, 1.0), (NAN, NAN)],
    "expm1": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (INF, INF),
        (-INF, -1.0),
        (709.79, INF),
        (NAN, NAN),
        (TINY, TINY),
        (-TINY, -TINY),
        (-700.0, -1.0),
        (-1000.0, -1.0),
    ],
    "lgamma": [
        (0.0, INF),
        (-0.0, INF),
        (-1.0, INF),
        (-2.0, INF),
        (INF, INF),
        (-INF, -INF),
        (1.0, 0.0),
        (2.0, 0.0),
        (NAN, NAN),
        (1.7e308, INF),
    ],
    "log": [
        (1.0, 0.0),
        (0.0, -INF),
        (-0.0, -INF),
        (INF, INF),
        (-1.0, NAN),
        (-INF, NAN),
        (NAN, NAN),
        (-TINY, NAN),
    ],
    "log1p": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (-1.0, -INF),
        (-1.5, NAN),
        (INF, INF),
        (-INF, NAN),
        (NAN, NAN),
        (TINY, TINY),
        (-TINY, -TINY),
    ],
    "log1p_exp": [(INF, INF), (-INF, 0.0), (-746.0, 0.0), (1e300, 1e300), (NAN, NAN)],
    "log_expit": [(INF, -0.0), (-INF, -INF), (-1e300, -1e300), (746.0, -0.0), (NAN, NAN)],
    "log_ndtr": [(INF, 0.0), (-INF, -INF), (-1e200, -INF), (39.0, 0.0), (1e300, 0.0), (NAN, NAN)],
    "ndtr": [(0.0, 0.5), (-0.0, 0.5), (INF, 1.0), (-INF, 0.0), (-39.0, 0.0), (NAN, NAN)],
    "sin": [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN), (TINY, TINY)],
    "tanh": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (INF, 1.0),
        (-INF, -1.0),
        (1e300, 1.0),
        (NAN, NAN),
        (TINY, TINY),
        (-TINY, -TINY),
        (22.0, 1.0),
    ],
}


def draw(name: str, count: int, seed: int) -> Array:
    random = np.random.default_rng(seed)
    parts = []
    for kind, *numbers in REGIONS[name]:
        if kind == "uniform":
            parts.append(random.uniform(numbers[0], numbers[1], count))
            continue
        *centre, low, high = numbers if kind == "near" else (0.0, numbers[0], numbers[1])
        size = np.ldexp(random.uniform(1, 2, count), random.integers(low, high, count))
        sign = 1 if kind == "powers" and numbers[2] else random.choice([-1, 1], count)
        parts.append(centre[0] + sign * size)
    return np.concatenate(parts)


def ulp_error(got: float, exact: Any) -> float:
    """Distance from the exact value, in units in the last place of it."""
    if math.isnan(got):  # the references are never NaN
        return INF
    if math.isinf(got):  # right where the exact value rounds to it
        return 0.0 if float(exact) == got else INF
    if exact == 0:
        return 0.0 if got == 0 else INF
    exponent = max(int(mp.floor(mp.log(abs(exact), 2))), -1022) - 52
    return float(abs(mpf(got) - exact) / mpf(2) ** exponent)


def worst(name: str, got: Array, *arguments: Array) -> tuple[float, tuple[float, ...]]:
    reference = REFERENCES[name]
    largest = (0.0, (0.0,))
    with mp.workdps(50):
        for value, *point in zip(got.tolist(), *[x.tolist() for x in arguments], strict=True):
            error = ulp_error(value, reference(*[mpf(x) for x in point]))
            if not error <= largest[0]:
                largest = (error, tuple(point))
    return largest


def same(got: float, expected: float) -> bool:
    """Equal with the sign of zero; NaN equals NaN."""
    if math.isnan(expected):
        return math.isnan(got)
    return got == expected and math.copysign(1, got) == math.copysign(1, expected)

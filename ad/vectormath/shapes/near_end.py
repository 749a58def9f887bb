"""Incomplete gamma and beta functions near the end where a small shape has its mass.

There their integrands spread over hundreds of decades, and the power series in the argument is
short:  P(a, x) = x^a / Gamma(a + 1) S,  S = 1 + sum over k of t_k a / (a + k),  with
t_k = (-x)^k / k!  (Abramowitz and Stegun, 1964, 6.5.29), and for I_x(a, b), x^a / (a B(a, b)) in
front and t_k = (1 - b) ... (k - b) x^k / k!  (26.5.4 with 15.1.1).
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

from ad.vectormath.shapes.body import constant
from ad.vectormath.shapes.faa_di_bruno import Orders, exponential_derivative

TERMS = 30
# Shapes below, and arguments (times the other shape) below, are served.
SHAPE, REACH = 0.5, 0.25

Slope = Callable[[Orders], Any]
Factor = Callable[[Any], Any]


def derivative(
    code: Any, orders: tuple[int, int], a: Any, slope: Slope, factors: tuple[Factor, Any]
) -> Any:
    """Derivative of exp(L) S in a and b, by exp(L).

    `slope` gives derivatives of L. `factors` are t_k / t_(k-1) as a function of k, and its
    derivative in b times k.
    """
    i, j = orders
    ratio, turn = factors
    kinds = list(itertools.product(range(i + 1), range(j + 1)))
    one, zero = constant(code, 1.0, a), constant(code, 0.0, a)
    start = (one, *(zero for _ in range(j)), *(one if kind == (0, 0) else zero for kind in kinds))

    def step(count: Any, *state: Any) -> tuple[Any, ...]:
        k = count + 1.0
        before, sums = state[: j + 1], state[j + 1 :]
        terms = [
            ratio(k) * before[order]
            + (before[order - 1] * (turn / k * float(order)) if order else 0.0)
            for order in range(j + 1)
        ]
        inverse = 1.0 / (a + k)
        shares = [a * inverse]
        power = k * inverse
        for order in range(1, i + 1):
            power = power * inverse
            shares.append(power * ((-1.0) ** (order + 1) * math.factorial(order)))
        added = [
            total + terms[low] * shares[high]
            for total, (high, low) in zip(sums, kinds, strict=True)
        ]
        return (*terms, *added)

    sums = code.iterate(TERMS, start, step)[j + 1 :]
    total = zero
    for (high, low), value in zip(kinds, sums, strict=True):
        weight = float(math.comb(i, high) * math.comb(j, low))
        total = total + value * exponential_derivative((i - high, j - low), slope) * weight
    return total

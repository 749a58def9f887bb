"""Pieces made of the gamma function: Stirling's rest and the polygamma functions, for x > 0."""

import math
from typing import Any

from ad.vectormath.shapes.body import horner

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
# B_2, B_4, ..., B_16: Abramowitz and Stegun (1964), table 23.2.
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
# Coefficients of 1/x, 1/x^3, ... in Stirling's series: Abramowitz and Stegun, 6.1.42.
STIRLING = tuple(b / (2 * k * (2 * k - 1)) for k, b in enumerate(BERNOULLI, start=1))
STIRLING_FROM = 10.0


def stirling_rest(code: Any, x: Any) -> Any:
    """Logarithm of Gamma(x), less (x - 1/2) log x - x + log(2 pi)/2."""
    inverse = 1.0 / x
    series = horner(inverse * inverse, STIRLING) * inverse
    direct = code.lgamma(x) - (x - 0.5) * code.log(x) + x - HALF_LOG_2PI
    return code.select(x < STIRLING_FROM, direct, series)


def hurwitz(s: int, x: Any) -> Any:
    """Sum of (x + k)^-s over k >= 0, for x > 0 and an integer s >= 2.

    A few terms and the Euler-Maclaurin formula for the rest (Johansson, 2015, "Rigorous
    high-precision computation of the Hurwitz zeta function", eq. 5).
    """
    shift = 10 + s
    total = _hurwitz_far(s, x + float(shift))
    for k in reversed(range(shift)):
        total = total + _power(1.0 / (x + float(k)), s)
    return total


def _hurwitz_far(s: int, x: Any) -> Any:
    """The same for x > 10 + s, where the formula needs no terms before."""
    inverse = 1.0 / x
    coefficients = []
    for j, number in enumerate(BERNOULLI, start=1):
        rising = math.prod(s + i for i in range(2 * j - 1))
        coefficients.append(number / math.factorial(2 * j) * rising)
    tail = horner(inverse * inverse, coefficients) * inverse
    return _power(inverse, s - 1) * (1.0 / (s - 1) + inverse * (tail + 0.5))


def polygamma_gap(order: int, x: Any, step: Any) -> Any:
    """Derivative of digamma of some order at x + step, less that at x; 0 < step < 1/2, x > 0.

    Without the difference, which cancels: step by step upwards, then by Taylor's formula about the
    middle.
    """
    shift, sign = 18 + order, (-1.0) ** order * math.factorial(order)
    half = step * 0.5
    middle = x + half + float(shift)
    total: Any = None
    for odd in (7, 5, 3, 1):
        s = order + odd + 1
        slope = _hurwitz_far(s, middle) * ((-1.0) ** s * math.factorial(s - 1))
        term = slope * _power(half, odd) * (2.0 / math.factorial(odd))
        total = term if total is None else total + term
    for k in reversed(range(shift)):
        low, high = 1.0 / (x + float(k)), 1.0 / (x + step + float(k))
        mixed = sum(
            (_power(low, i + 1) * _power(high, order - i + 1) for i in range(1, order + 1)),
            start=low * _power(high, order + 1),
        )
        total = total + step * mixed * sign
    return total


def polygamma(code: Any, order: int, x: Any) -> Any:
    """Derivative of digamma of some order, for x > 0 (Abramowitz and Stegun, 6.4.10)."""
    if order == 0:
        return code.digamma(x)
    return hurwitz(order + 1, x) * ((-1.0) ** (order + 1) * math.factorial(order))


def _power(x: Any, exponent: int) -> Any:
    result = x
    for _ in range(exponent - 1):
        result = result * x
    return result

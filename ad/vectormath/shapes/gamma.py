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


def stirling_series(x: Any) -> Any:
    """Logarithm of Gamma(x), less (x - 1/2) log x - x + log(2 pi)/2, from `STIRLING_FROM` on."""
    inverse = 1.0 / x
    return horner(inverse * inverse, STIRLING) * inverse


def stirling_rest(code: Any, x: Any) -> Any:
    """The same for any x > 0."""
    series = stirling_series(x)
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
    tail = horner(inverse * inverse, _tail_coefficients(s)[s + 1 :: 2]) * inverse
    return _power(inverse, s - 1) * (1.0 / (s - 1) + inverse * (tail + 0.5))


def polygamma_gap(code: Any, order: int, x: Any, step: Any) -> Any:
    """Derivative of digamma of some order at x + step, less that at x; x > 0, x + step > 0.

    Without the difference, which cancels where the step is small: both sums as in `hurwitz`, term
    by term. With u = 1/x and v = 1/(x + step), u - v is step u v, and what it is a factor of has no
    difference left.
    """
    s, shift = order + 1, 11 + order

    def inverses(k: int) -> tuple[Any, Any]:
        low = x + float(k)
        return 1.0 / low, 1.0 / (low + step)

    u, v = inverses(shift)
    total = (step * u) * v * _divided_difference(_tail_coefficients(s), u, v)
    if order == 0:
        total = total + code.log1p(step * u)
    for k in reversed(range(shift)):
        if order == 0 and k:  # one division for two, as the product is not 0
            low = x + float(k)
            total = total + step / (low * (low + step))
            continue
        u, v = inverses(k)
        total = total + (step * u) * v * _divided_difference([0.0] * s + [1.0], u, v)
    return total * ((-1.0) ** order * math.factorial(order))


def _tail_coefficients(s: int) -> list[float]:
    """Of the sum of (x + k)^-s by powers of 1/x, x large; without the logarithm at s = 1."""
    coefficients = [0.0] * (s + 2 * len(BERNOULLI))
    if s > 1:
        coefficients[s - 1] = 1.0 / (s - 1)
    coefficients[s] = 0.5
    for j, number in enumerate(BERNOULLI, start=1):
        rising = math.prod(s + i for i in range(2 * j - 1))
        coefficients[s + 2 * j - 1] = number / math.factorial(2 * j) * rising
    return coefficients


def _divided_difference(coefficients: list[float], u: Any, v: Any) -> Any:
    """(f(u) - f(v)) / (u - v) of a polynomial f, by Horner's rule for both."""
    value: Any = coefficients[-1]
    slope: Any = None
    for coefficient in reversed(coefficients[:-1]):
        slope = value if slope is None else slope * u + value
        value = value * v + coefficient if coefficient else value * v
    return slope


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

"""Native code of the polygamma functions, which no library offers as a plain C function.

For x > 0, psi_n(x) = (-1)^(n+1) n! zeta(n + 1, x) (Abramowitz and Stegun, 1964, 6.4.10), and
Hurwitz' zeta is a few terms of its series and the Euler-Maclaurin formula for the rest (Johansson,
2015, "Rigorous high-precision computation of the Hurwitz zeta function", eq. 5). For x < 0 the
reflection formula (Abramowitz and Stegun, 6.4.7) leads to 1 - x. Within about 2 n + 6 ulp.
"""

import math
from typing import Any

import numpy as np

# B_2, B_4, ..., B_16: Abramowitz and Stegun (1964), table 23.2.
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def native_polygamma(b: Any, x: Any, order: int) -> Any:
    """Native rule of `polygamma`."""
    x = b.op("fadd", x, b.constant(0.0))  # -0 becomes 0, whose pole SciPy takes
    negative = b.compare("olt", x, b.constant(0.0))
    positive = _zeta(b, b.select(negative, b.op("fsub", b.constant(1.0), x), x), order + 1)
    sign = (-1.0) ** (order + 1)
    direct = b.op("fmul", b.constant(sign * math.factorial(order)), positive)
    # psi_n(x) = (-1)^n psi_n(1 - x) - pi d^n/dx^n cot(pi x)
    other = b.op("fsub", b.op("fmul", b.constant(-sign), direct), _cotangent(b, x, order))
    whole = b.compare("oeq", b.intrinsic("floor", x), x)
    reflected = b.select(whole, b.constant(sign * math.inf), other)
    return b.select(negative, reflected, direct)


def _zeta(b: Any, x: Any, s: int) -> Any:
    """Sum of (x + k)^-s over k >= 0, for x >= 0 and an integer s >= 2; smallest terms first."""
    shift = 10 + s
    inverse = _inverse(b, b.op("fadd", x, b.constant(float(shift))))
    square = b.op("fmul", inverse, inverse)
    # sum over j of B_2j / (2j)! s (s+1) ... (s+2j-2) a^-(2j-1), by Horner's rule in a^-2.
    total = b.constant(0.0)
    for j in range(len(BERNOULLI), 0, -1):
        rising = math.prod(range(s, s + 2 * j - 1))
        term = b.constant(BERNOULLI[j - 1] * rising / math.factorial(2 * j))
        total = b.op("fadd", b.op("fmul", total, square), term)
    total = b.op("fadd", b.op("fmul", total, inverse), b.constant(0.5))
    total = b.op("fmul", total, inverse)
    total = b.op("fadd", total, b.constant(1.0 / (s - 1)))
    total = b.op("fmul", total, _power(b, inverse, s - 1))
    for k in range(shift - 1, -1, -1):
        shifted = b.op("fadd", x, b.constant(float(k))) if k else x
        total = b.op("fadd", _power(b, _inverse(b, shifted), s), total)
    return total


def _cotangent(b: Any, x: Any, order: int) -> Any:
    """Pi d^n/dx^n cot(pi x) for n >= 1: a polynomial in the cotangent, whose slope is -1 - c^2."""
    polynomial = np.array([0.0, 1.0])
    for _ in range(order):
        slope = np.polynomial.polynomial.polyder(polynomial)
        polynomial = np.polynomial.polynomial.polymul(slope, [-1.0, 0.0, -1.0])
    # The period is 1: the distance to the nearest integer is exact. Beyond a quarter the cotangent
    # is the tangent of what is missing to a half, which is exact too.
    rest = b.op("fsub", x, b.intrinsic("nearbyint", x))
    distance = b.intrinsic("fabs", rest)
    near = b.compare("ole", distance, b.constant(0.25))
    missing = b.op("fsub", b.constant(0.5), distance)
    angle = b.op("fmul", b.constant(math.pi), b.select(near, distance, missing))
    sine, cosine = b.call("sin", angle), b.call("cos", angle)
    ratio = b.op("fdiv", b.select(near, cosine, sine), b.select(near, sine, cosine))
    below = b.compare("olt", rest, b.constant(0.0))
    cotangent = b.select(below, b.negate(ratio), ratio)
    scaled = [float(coefficient) * math.pi ** (order + 1) for coefficient in polynomial]
    total = b.constant(scaled[-1])
    for coefficient in reversed(scaled[:-1]):
        total = b.op("fadd", b.op("fmul", total, cotangent), b.constant(coefficient))
    return total


def _inverse(b: Any, x: Any) -> Any:
    return b.op("fdiv", b.constant(1.0), x)


def _power(b: Any, x: Any, exponent: int) -> Any:
    result = x
    for _ in range(exponent - 1):
        result = b.op("fmul", result, x)
    return result

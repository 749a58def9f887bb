"""Modified Bessel functions and their derivatives in the order, of any degree.

K is the integral of exp(-x cosh t) cosh(v t) over t > 0 (Watson, 1944, "A Treatise on the Theory of
Bessel Functions", 6.22, eq. 5), whose derivatives have positive integrands; I is its power series
for small x, else Schlaefli's integral (6.22, eq. 4, from infinity - i pi to infinity + i pi) along
the path where its exponent is real. All are scaled by exp(+-x), and by their largest term.
"""

import math
from collections.abc import Sequence
from typing import Any

from ad.vectormath.shapes.body import constant, maximum, minimum
from ad.vectormath.shapes.faa_di_bruno import exponential_derivative
from ad.vectormath.shapes.gamma import polygamma
from ad.vectormath.shapes.quadrature import DEEP, reach

K_NODES, I_NODES = 96, 56
SERIES_TERMS, SERIES_UP_TO = 80, 30.0
LOG_2 = math.log(2.0)
# Arguments beyond are not served.
LEAST, MOST = 1e-20, 1e10


def asinh(code: Any, y: Any) -> Any:
    """Inverse hyperbolic sine of y >= 0."""
    root = code.sqrt(y * y + 1.0)
    return code.log1p(y + y * (y / (root + 1.0)))


def _power(value: Any, exponent: int, one: Any) -> Any:
    result = one
    for _ in range(exponent):
        result = result * value
    return result


def _k_moments(code: Any, v: Any, x: Any, powers: Sequence[tuple[int, int]]) -> Any:
    """Logarithm of a scale, and integrals of t^n (cosh t - 1)^m exp(v t - x (cosh t - 1)) by it.

    For each (n, m) of `powers`; exp(v t) stands for cosh(v t), or sinh(v t) if n is odd.
    """
    size = code.sqrt(x * x + v * v)
    peak = asinh(code, v / x)
    top = v * peak - v * (v / (size + x))
    begin = maximum(
        code, peak - reach(code, constant(code, 0.0, x), size, DEEP), constant(code, 0.0, x)
    )
    drop = DEEP / size
    end = peak + code.log1p(drop + code.sqrt(drop * (drop + 2.0)))
    step = (end - begin) * (1.0 / K_NODES)
    one = constant(code, 1.0, x)

    def term(k: Any, *sums: Any) -> Any:
        t = begin + k * step
        grown = code.expm1(t * 0.5)
        half = (grown + grown / (grown + 1.0)) * 0.5
        rise = half * half * 2.0  # cosh t - 1
        # The integrand is even: at 0 it counts half, and elsewhere the beginning counts nothing.
        weight = code.exp(v * t - x * rise - top) * code.select(k < 0.5, 0.25 * one, 0.5 * one)
        other = code.expm1(v * t * -2.0)
        parts = []
        for (n, m), partial in zip(powers, sums, strict=True):
            sides = -other if n % 2 else other + 2.0
            parts.append(partial + weight * sides * _power(t, n, one) * _power(rise, m, one))
        return tuple(parts)

    sums = code.iterate(K_NODES + 1, tuple(constant(code, 0.0, x) for _ in powers), term)
    return top, [partial * step for partial in sums]


def kve_moment(code: Any, powers: Sequence[int], v: Any, x: Any) -> Any:
    """Derivative of exp(x) K_v(x): n times in v, m times in x but for the sign (-1)^m."""
    n, m = powers
    top, (moment,) = _k_moments(code, code.absolute(v), x, [(n, m)])
    return _served(code, _odd(code, n, v, moment * code.exp(top)), v, x)


def kve_mean(code: Any, powers: Sequence[int], v: Any, x: Any) -> Any:
    """`kve_moment` divided by exp(x) K_v(x), neither of which need be in range."""
    n, m = powers
    _, (moment, whole) = _k_moments(code, code.absolute(v), x, [(n, m), (0, 0)])
    return _served(code, _odd(code, n, v, moment / whole), v, x)


def log_kve(code: Any, _: Sequence[int], v: Any, x: Any) -> Any:
    """Logarithm of exp(x) K_v(x)."""
    top, (whole,) = _k_moments(code, code.absolute(v), x, [(0, 0)])
    return _served(code, top + code.log(whole), v, x)


def _odd(code: Any, n: int, v: Any, value: Any) -> Any:
    """Derivatives of odd degree of an even function of v are odd."""
    return code.select(v < 0.0, -value, value) if n % 2 else value


def ascending(code: Any, orders: Sequence[int], v: Any, x: Any, sign: float) -> Any:
    """Logarithm of the first term of the series of I (or J, by sign), and derivatives by it."""
    highest = max(orders)
    half = code.log(x) - LOG_2
    square = x * x * (0.25 * sign)
    first = v * half - code.lgamma(v + 1.0)
    psi = [polygamma(code, order, v + 1.0) for order in range(highest)]

    def step(k: Any, term: Any, *state: Any) -> Any:
        psi, sums = state[:highest], state[highest:]

        def slope(parts: Sequence[int]) -> Any:
            return half - psi[0] if parts[0] == 1 else -psi[parts[0] - 1]

        sums = tuple(
            partial + term * exponential_derivative((order,), slope)
            for partial, order in zip(sums, orders, strict=True)
        )
        place = v + (k + 1.0)
        inverse = 1.0 / place
        power, moved = inverse, []
        for order in range(highest):
            moved.append(psi[order] + power * ((-1.0) ** order * math.factorial(order)))
            power = power * inverse
        return (term * square * inverse / (k + 1.0), *moved, *sums)

    zeros = [constant(code, 0.0, x) for _ in orders]
    state = code.iterate(SERIES_TERMS, (constant(code, 1.0, x), *psi, *zeros), step)
    return first, state[1 + highest :]


def _i_path(code: Any, orders: Sequence[int], v: Any, x: Any) -> Any:
    """Logarithm of the largest value of the integrand, and derivatives of exp(-x) I_v(x) by it."""
    ratio = v / x
    size = code.sqrt(x * x + v * v)
    saddle = asinh(code, ratio)
    top = v * (v / (size + x)) - v * saddle
    last = minimum(code, 1.3 * code.sqrt(2.0 * DEEP / size), constant(code, 3.1, x))
    step = last * (1.0 / I_NODES)

    def term(k: Any, *sums: Any) -> Any:
        # w = u + i theta with sinh u = v theta / (x sin theta): the exponent is real.
        theta = maximum(code, k, constant(code, 1e-7, x)) * step
        sine, cosine = code.sin(theta), code.cos(theta)
        spread = theta / sine
        sinh = ratio * spread
        cosh = code.sqrt(sinh * sinh + 1.0)
        u = asinh(code, sinh)
        turn = ratio * ((1.0 - spread * cosine) / (sine * cosh))  # du / dtheta
        exponent = x * (cosh * cosine) - v * u - (size - v * saddle)
        weight = code.exp(exponent) * code.select(k < 0.5, 0.5, constant(code, 1.0, x))
        real, imaginary = turn, constant(code, 1.0, x)
        values = [imaginary]
        for _ in range(max(orders)):  # times -w
            real, imaginary = theta * imaginary - u * real, -(theta * real) - u * imaginary
            values.append(imaginary)
        return tuple(
            partial + weight * values[order] for partial, order in zip(sums, orders, strict=True)
        )

    sums = code.iterate(I_NODES + 1, tuple(constant(code, 0.0, x) for _ in orders), term)
    return top, [partial * step * (1.0 / math.pi) for partial in sums]


def _i_scaled(code: Any, orders: Sequence[int], v: Any, x: Any) -> Any:
    """Logarithm of a scale, and derivatives of exp(-x) I_v(x) in v by it."""
    near = x < SERIES_UP_TO
    x_near = minimum(code, x, constant(code, SERIES_UP_TO, x))
    first, series = ascending(code, orders, v, x_near, 1.0)
    top, path = _i_path(code, orders, v, maximum(code, x, constant(code, SERIES_UP_TO, x)))
    chosen = [code.select(near, one, two) for one, two in zip(series, path, strict=True)]
    return code.select(near, first - x, top), chosen


def ive_order(code: Any, orders: Sequence[int], v: Any, x: Any) -> Any:
    """Derivative in v of exp(-x) I_v(x), v >= 0."""
    scale, (value,) = _i_scaled(code, orders, v, x)
    return _served(code, code.select(v >= 0.0, value * code.exp(scale), math.nan), v, x)


def ive_ratio(code: Any, orders: Sequence[int], v: Any, x: Any) -> Any:
    """`ive_order` divided by exp(-x) I_v(x), neither of which need be in range."""
    _, (value, whole) = _i_scaled(code, (*orders, 0), v, x)
    return _served(code, code.select(v >= 0.0, value / whole, math.nan), v, x)


def log_ive(code: Any, _: Sequence[int], v: Any, x: Any) -> Any:
    """Logarithm of exp(-x) I_v(x), v >= 0."""
    scale, (whole,) = _i_scaled(code, (0,), v, x)
    return _served(code, code.select(v >= 0.0, scale + code.log(whole), math.nan), v, x)


def _served(code: Any, value: Any, v: Any, x: Any) -> Any:
    inside = code.both(x >= LEAST, x <= MOST, code.absolute(v) <= MOST)
    return code.select(inside, value, math.nan)

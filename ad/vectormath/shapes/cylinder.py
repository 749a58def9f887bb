"""Derivatives of the Bessel functions J and Y in the order, of any degree, for orders v >= 0.

J + i Y is 2/(pi i) exp(-i pi v/2) K_v(-i x). On the path t = s + i atan(sinh s) the exponent of K's
integral, i x cosh t, is i x - x sinh s tanh s: it falls off without oscillation. Where J is much
smaller than Y it is its power series (x < 4), or Schlaefli's integral (Watson, 1944, 6.2, eq. 3)
along the path where its exponent is real.
"""

import math
from collections.abc import Sequence
from typing import Any

from ad.vectormath.shapes.bessel import ascending, asinh
from ad.vectormath.shapes.body import constant, maximum, minimum
from ad.vectormath.shapes.quadrature import DEEP

NODES, PATH_NODES = 128, 72
SERIES_UP_TO, STEEP = 4.0, 1.1
# Beyond, digits are lost (v^2 / 4 x at v = x), or the product of both.
LEAST, MOST_ORDER, MOST = 1e-20, 80.0, 1e6


def _hankel(code: Any, n: int, v: Any, x: Any) -> tuple[Any, Any]:
    """Derivatives of J and Y."""
    drop = DEEP / x
    # x sinh s tanh s - v s is 42 before the sum of where either part alone would be.
    size = drop + 2.0 * v / x
    end = 1.5 * code.log1p(size + code.sqrt(size * (size + 2.0))) + 0.5 * v / (v + x)
    step = end * (1.0 / NODES)

    def term(k: Any, real: Any, imaginary: Any) -> tuple[Any, Any]:
        s = k * step
        grown = code.expm1(s)
        sinh = (grown + grown / (grown + 1.0)) * 0.5
        cosh = code.sqrt(sinh * sinh + 1.0)
        phi = 2.0 * _atan(code, sinh / (cosh + 1.0))
        half = code.select(k < 0.5, 0.5, constant(code, 1.0, x))
        decay = x * (sinh * (sinh / cosh))
        parts = [real, imaginary]
        for side in (1.0, -1.0):
            size = code.exp(v * s * side - decay) * half
            angle = v * phi * side
            re, im = size * code.cos(angle), size * code.sin(angle)
            re, im = re - im / cosh, im + re / cosh  # times 1 + i sech s
            rate, turn = s * side, phi * side - 0.5 * math.pi
            for _ in range(n):
                re, im = re * rate - im * turn, re * turn + im * rate
            parts = [parts[0] + re, parts[1] + im]
        return parts[0], parts[1]

    zero = constant(code, 0.0, x)
    real, imaginary = code.iterate(NODES + 1, (zero, zero), term)
    # times exp(i (x - pi v/2)) / (pi i)
    cosine, sine = code.cos(x), code.sin(x)
    quarter = 0.5 * math.pi * v
    turn_cosine, turn_sine = code.cos(quarter), code.sin(quarter)
    re = cosine * turn_cosine + sine * turn_sine
    im = sine * turn_cosine - cosine * turn_sine
    scale = step * (1.0 / math.pi)
    return (real * im + imaginary * re) * scale, (imaginary * im - real * re) * scale


def _atan(code: Any, y: Any) -> Any:
    """Inverse tangent of 0 <= y <= 1: two steps of Newton's method from a rational function."""
    angle = y / (1.0 + 0.28 * y * y)
    for _ in range(3):
        sine, cosine = code.sin(angle), code.cos(angle)
        angle = angle + (y * cosine - sine) / (cosine + y * sine)
    return angle


def _steep(code: Any, n: int, v: Any, x: Any) -> Any:
    """Derivative of J for v > 1.1 x."""
    ratio = v / x
    root = code.sqrt((ratio - 1.0) * (ratio + 1.0))
    size = x * root
    last = minimum(code, 1.3 * code.sqrt(2.0 * DEEP / size), constant(code, 3.1, x))
    step = last * (1.0 / PATH_NODES)

    def term(k: Any, total: Any) -> tuple[Any]:
        # w = u + i theta with cosh u = v theta / (x sin theta): the exponent is real.
        theta = maximum(code, k, constant(code, 1e-7, x)) * step
        sine, cosine = code.sin(theta), code.cos(theta)
        spread = theta / sine
        cosh = ratio * spread
        sinh = code.sqrt((cosh - 1.0) * (cosh + 1.0))
        u = asinh(code, sinh)
        real = ratio * ((1.0 - spread * cosine) / (sine * sinh))  # du / dtheta
        imaginary = constant(code, 1.0, x)
        weight = code.exp(x * (sinh * cosine) - v * u)
        weight = weight * code.select(k < 0.5, 0.5, imaginary)
        for _ in range(n):  # times -w
            real, imaginary = theta * imaginary - u * real, -(theta * real) - u * imaginary
        return (total + weight * imaginary,)

    (total,) = code.iterate(PATH_NODES + 1, (constant(code, 0.0, x),), term)
    return total * step * (1.0 / math.pi)


def jv_order(code: Any, orders: Sequence[int], v: Any, x: Any) -> Any:
    """Derivative of J_v(x) in v."""
    (n,) = orders
    small = constant(code, SERIES_UP_TO, x)
    near = x < small
    x_near, x_far = minimum(code, x, small), maximum(code, x, small)
    first, (series,) = ascending(code, (n,), v, x_near, -1.0)
    steep = v > x_far * STEEP
    path = _steep(code, n, maximum(code, v, x_far * STEEP), x_far)
    wave, _ = _hankel(code, n, minimum(code, v, x_far * STEEP), x_far)
    value = code.select(near, series * code.exp(first), code.select(steep, path, wave))
    return _served(code, value, v, x)


def yv_order(code: Any, orders: Sequence[int], v: Any, x: Any) -> Any:
    """Derivative of Y_v(x) in v."""
    _, value = _hankel(code, orders[0], v, x)
    return _served(code, value, v, x)


def _served(code: Any, value: Any, v: Any, x: Any) -> Any:
    inside = code.both(x >= LEAST, x <= MOST, v >= 0.0, v <= MOST_ORDER)
    return code.select(inside, value, math.nan)

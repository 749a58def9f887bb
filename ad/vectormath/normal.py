"""The error function and the normal distribution function.

The upper tail is ``exp(-u^2) Q(t)/(1 + slope x)`` with t = (x - split)/(x + split), as in M. M.
Shepherd and J. G. Laframboise (1981), "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in
0 <= x < infinity", Mathematics of Computation 36. The square in the exponent, the quotient and the
exponential are carried in two doubles, so that the far tail keeps its relative accuracy.
"""

import math
from collections.abc import Sequence

from ad.vectormath import coefficients as table
from ad.vectormath.constants import bits
from ad.vectormath.elementary import (
    ROUNDER,
    Result,
    exp_parts,
    exponent_and_fraction,
    exponent_value,
    log_parts,
    scale,
)
from ad.vectormath.tables import ERF_END, ERF_STEPS, erf_and_slope
from ad.vectormath.text import Code, Value

# Beyond these the tail is 0 in double precision: erfc(27.3) < 2**-1075, ndtr(-38.6) < 2**-1075.
ERFC_END = 27.3
NDTR_END = 38.6
# Beyond it the logarithm of the tail is -x^2/2 to double precision.
FAR = 2.0**500


def _increment(code: Code, magnitude: Value, which: str, terms: Sequence[int]) -> Value:
    """Error function, or its complement, by its value at the nearest point r of a grid up to 6.

    erf(r + d) = erf(r) + erf'(r) d G with G the integral of exp(-2 r d t - d^2 t^2) over 0 < t < 1,
    as a series in d^2 and in r d, of so many terms in each.
    """
    shifted = code.fma(magnitude, float(ERF_STEPS), ROUNDER)
    r = (shifted - ROUNDER) * (1.0 / ERF_STEPS)
    d = magnitude - r
    index = shifted.integer() - bits(ROUNDER)
    value, slope = code.pairs(which, erf_and_slope()[which], index)
    product, square = r * d, d * d
    series = []
    for j, count in enumerate(terms):
        factors = [
            (-1.0) ** j * (-2.0) ** k / (math.factorial(j) * math.factorial(k) * (2 * j + k + 1))
            for k in range(j == 0, count)  # without the first, which is 1
        ]
        series.append(code.polynomial(product, factors))
    rest = series[-1]
    for part in reversed(series[1:-1]):
        rest = code.fma(rest, square, part)
    rest = code.fma(series[0], product, rest * square)
    step = slope * d
    increment = code.fma(step, rest, step)
    return value + increment if which == "erf" else value - increment


def erf(code: Code, x: Value) -> Result:
    """Error function, by a table."""
    magnitude = code.at_most(x.absolute(), float(ERF_END))
    inside = code.select(magnitude <= ERF_END, magnitude, float(ERF_END))  # no NaN as an index
    value = _increment(code, inside, "erf", (6, 4, 2, 1))
    value = code.select(magnitude <= ERF_END, value, magnitude)
    return code.with_sign(value, x.sign()), None


def quotient(
    code: Code, x: Value, split: float, slope: float, coefficients: Sequence[float]
) -> tuple[Value, Value]:
    """(7/8 + P(t))/(1 + slope x), in two doubles."""
    t = (x - split) / (x + split)
    top, top_low = code.fast_two_sum(0.875, code.polynomial(t, coefficients))
    product, product_low = code.two_product(x, slope)
    bottom, bottom_low = code.two_sum(product, 1.0)
    bottom_low = bottom_low + product_low
    inverse = 1.0 / bottom
    ratio = top * inverse
    product, product_low = code.two_product(ratio, bottom)
    residual = ((top - product) - product_low) + (top_low - ratio * bottom_low)
    return ratio, residual * inverse


def gaussian_times(
    code: Code, square: Value, square_low: Value, factor: Value, factor_low: Value
) -> tuple[Value, Value, Value]:
    """exp(-(square + square_low)) (factor + factor_low): two doubles, times 2**k."""
    k, r, tail = exp_parts(code, -square, -square_low)
    one, low = code.fast_two_sum(1.0, r)
    low = low + tail
    product, product_low = code.two_product(one, factor)
    rest = code.fma(one, factor_low, code.fma(low, factor, product_low))
    return (*code.fast_two_sum(product, rest), k)


def erfc(code: Code, x: Value) -> Result:
    """Complementary error function, by a table up to 6."""
    magnitude = code.at_most(x.absolute(), float(ERF_END))
    inside = code.select(magnitude <= ERF_END, magnitude, float(ERF_END))
    tail = _increment(code, inside, "erfc", (8, 6, 3, 1))
    return code.select(x < 0.0, 2.0 - tail, tail), ~(x < ERF_END)


def erfc_slow(code: Code, x: Value, _: Value) -> Value:
    """Complementary error function from 6 on, where it gets smaller than any number."""
    magnitude = code.at_most(x.absolute(), ERFC_END)
    factor, factor_low = quotient(code, magnitude, 4.0, 1.25, table.ERFC)
    square, square_low = code.two_product(magnitude, magnitude)
    mantissa, _, k = gaussian_times(code, square, square_low, factor, factor_low)
    return scale(code, mantissa, k)


def ndtr(code: Code, x: Value) -> Result:
    """Standard normal distribution function."""
    magnitude = code.at_most(x.absolute(), NDTR_END)
    factor, factor_low = quotient(code, magnitude, 5.0, 0.875, table.NDTR)
    square, square_low = code.two_product(magnitude, magnitude)
    mantissa, _, k = gaussian_times(code, square * 0.5, square_low * 0.5, factor, factor_low)
    tail = scale(code, mantissa * 0.5, k)
    return code.select(x > 0.0, 1.0 - tail, tail), None


def log_ndtr(code: Code, x: Value) -> Result:
    """Logarithm of the standard normal distribution function.

    Left: log(Q/2) - x^2/2 with the scaled tail Q. Right: log1p(-tail). Both take one logarithm, of
    a + b with a = Q/2, b = 0 or a = -tail, b = 1; its fraction is rounded once, as in `log1p`.
    """
    magnitude = x.absolute()
    near = code.at_most(magnitude, FAR)
    factor, factor_low = quotient(code, near, 5.0, 0.875, table.NDTR)
    square, square_low = code.two_product(near, near)
    factor, factor_low = factor * 0.5, factor_low * 0.5
    end = code.at_most(magnitude, NDTR_END)
    bounded, bounded_low = code.two_product(end, end)
    mantissa, rest, k = gaussian_times(code, bounded * 0.5, bounded_low * 0.5, factor, factor_low)
    left = x < 0.0
    a = code.select(left, factor, -scale(code, mantissa, k))
    a_low = code.select(left, factor_low, -scale(code, rest, k))
    b = code.select(left, 0.0, 1.0)
    biased, _ = exponent_and_fraction(a + b)
    unit = ((2046 - biased) << 52).double()
    f, f_low = code.fast_two_sum(code.fma(a, unit, code.fma(b, unit, -1.0)), a_low * unit)
    logarithm, low = log_parts(code, exponent_value(biased), f)
    # f_low/(1 + f), the quotient to a few per cent.
    logarithm = logarithm + code.fma(f_low, code.fma(f, f, 1.0 - f), low)
    high, low = code.two_sum(square * -0.5, logarithm)
    negative = high + code.fma(square_low, -0.5, low)
    negative = code.select(magnitude > FAR, magnitude * 0.5 * -magnitude, negative)
    return code.select(left, negative, logarithm), None

"""Logarithm of the gamma function and its derivative.

Positive arguments: the recurrence leads to an interval of length one around the function's zeros,
where a polynomial with the zeros factored out keeps relative accuracy; beyond 5 or so the Stirling
series serves, with its rest fitted (M. Abramowitz and I. A. Stegun, 1964, eqs. 6.1.40, 6.3.18).
Both ways need one logarithm or one quotient, which they share. Sums are carried in two doubles.
"""

from ad.vectormath import coefficients as table
from ad.vectormath.elementary import INFINITY, NAN, Result, log_pair_of
from ad.vectormath.text import Code, Value
from ad.vectormath.trigonometric import sine_of_reduced

LGAMMA_STIRLING = 5.5
LGAMMA_HUGE = 1e300
DIGAMMA_STIRLING = 4.0
DIGAMMA_TINY = 2.0**-500
# Products up to here can be split without fused multiply-add; -1/(2x) is nothing then.
SPLITTABLE = 2.0**900
# From here on every double is an integer: digamma has a pole there or beside it.
ALL_INTEGERS = 2.0**52


def lgamma(code: Code, x: Value) -> Result:
    """Logarithm of the absolute value of the gamma function."""
    special = code.either(~(x >= 2.0**-1000), ~(x <= LGAMMA_HUGE))
    large = x >= LGAMMA_STIRLING
    # lgamma(x) = lgamma(2 + s) -+ log(argument), s = x - m for the nearest integer m.
    t = x - 1.0
    pair = t * (t - 1.0)
    argument = code.fma(x, x, x)  # x (x + 1), rounded once
    m = code.select(x >= 0.5, 1.0, 0.0)
    for bound, integer, value in (
        (0.5, 1.0, x),
        (1.25, 2.0, code.load(1.0)),
        (2.5, 3.0, t),
        (3.5, 4.0, pair),
        (4.5, 5.0, pair * (t - 2.0)),
        (LGAMMA_STIRLING, 5.0, x),
    ):
        above = x >= bound
        argument = code.select(above, value, argument)
        m = code.select(above, integer, m)
    high, low = log_pair_of(code, argument)
    small = _lgamma_small(code, x, x - m, high, low)
    stirling = _lgamma_stirling(code, x, high, low)
    return code.select(large, stirling, small), special


def _lgamma_small(code: Code, x: Value, s: Value, high: Value, low: Value) -> Value:
    """lgamma(2 + s) + log, with minus below 1.25, for s in [-3/4, 1/2]."""
    down = x < 1.25
    high = code.select(down, -high, high)
    low = code.select(down, -low, low)
    zeros, zeros_low = code.two_product(s, s + 1.0)
    slope, slope_low = code.fast_two_sum(0.4375, code.polynomial(s, table.LGAMMA))
    base, base_low = code.two_product(zeros, slope)
    base_low = code.fma(zeros, slope_low, code.fma(zeros_low, slope, base_low))
    total, error = code.two_sum(base, high)
    return total + (error + (base_low + low))


def _lgamma_stirling(code: Code, x: Value, high: Value, low: Value) -> Value:
    """(x - 1/2) log x - x + log(2 pi)/2 + P(1/x^2)/x."""
    inverse = 1.0 / x
    series = code.polynomial(inverse * inverse, table.STIRLING) * inverse
    factor = x - 0.5
    product, product_low = code.two_product(factor, high)
    product_low = code.fma(factor, low, product_low)
    total, error = code.fast_two_sum(product, -x)
    total, more = code.two_sum(total, table.HALF_LOG_2PI)
    return total + (series + ((error + more) + (product_low + table.HALF_LOG_2PI_LOW)))


def lgamma_slow(code: Code, x: Value, _: Value) -> Value:
    """The C library's: reflection, poles, and what is tiny or huge; -inf at -inf as in SciPy."""
    return code.select(x.equals(-INFINITY), x, code.lanes("lgamma", x))


def digamma_positive(code: Code, x: Value) -> Value:
    """Derivative of lgamma, for x >= 2**-500."""
    # digamma(x) = digamma(y) + top/bottom with y in [1, 2).
    below = x < 1.0
    y, y_low = code.two_sum(x, 1.0)
    top, bottom = code.load(-1.0), x
    a, b = x - 1.0, x - 2.0
    pair, pair_low = code.two_product(a, b)
    for bound, shifted, numerator, denominator in (
        (1.0, x, code.load(0.0), code.load(1.0)),
        (2.0, a, code.load(1.0), a),
        (3.0, b, x * 2.0 - 3.0, pair),  # exact
        (DIGAMMA_STIRLING, b, code.load(-0.5), code.at_most(x, SPLITTABLE)),
    ):
        above = x >= bound
        y = code.select(above, shifted, y)
        top = code.select(above, numerator, top)
        bottom = code.select(above, denominator, bottom)
    bottom_low = code.select(x >= 3.0, pair_low, 0.0)
    bottom_low = code.select(x >= DIGAMMA_STIRLING, 0.0, bottom_low)
    reciprocal = 1.0 / bottom
    ratio = top * reciprocal
    product, product_low = code.two_product(ratio, bottom)
    residual = ((top - product) - product_low) - ratio * bottom_low
    ratio_low = residual * reciprocal
    base, base_low = _digamma_base(code, y, code.select(below, y_low, 0.0))
    inverse = 1.0 / x
    z = inverse * inverse
    series = z * code.polynomial(z, table.DIGAMMA_TAIL)
    high, low = log_pair_of(code, x)
    large = x >= DIGAMMA_STIRLING
    high = code.select(large, high, base)
    low = code.select(large, low + series, base_low)
    total, error = code.two_sum(high, ratio)
    return total + (error + (low + ratio_low))


def _digamma_base(code: Code, y: Value, y_low: Value) -> tuple[Value, Value]:
    """(y - root)(15/16 + P(y - 3/2)) for y in [1, 2), in two doubles."""
    distance = y - table.DIGAMMA_ROOT
    distance_low = y_low - table.DIGAMMA_ROOT_LOW
    slope, slope_low = code.fast_two_sum(15 / 16, code.polynomial(y - 1.5, table.DIGAMMA))
    product, product_low = code.two_product(distance, slope)
    return product, code.fma(distance_low, slope, code.fma(distance, slope_low, product_low))


def digamma(code: Code, x: Value) -> Result:
    """Derivative of the logarithm of the gamma function."""
    return digamma_positive(code, x), code.either(~(x >= DIGAMMA_TINY), ~(x < INFINITY))


def digamma_slow(code: Code, x: Value, _: Value) -> Value:
    """Reflection: digamma(1 - x) - pi cot(pi x); -+inf at +-0, NaN at the other poles."""
    reflected = digamma_positive(code, 1.0 - code.at_most(x, 0.0))
    magnitude = x.absolute()
    # Distance to the nearest integer, exact: rounding by 2**52 serves below it.
    nearest = (magnitude + ALL_INTEGERS) - ALL_INTEGERS
    distance = magnitude - nearest
    offset = distance.absolute()
    sine = sine_of_reduced(code, offset * table.PI)
    cosine = sine_of_reduced(code, (0.5 - offset) * table.PI)
    pole = cosine / sine * table.PI
    # x is negative: pi cot(pi x) = -pi cot(pi |x|), whose sign is that of the distance.
    value = reflected + code.select(distance < 0.0, -pole, pole)
    value = code.select(distance.equals(0.0), NAN, value)
    value = code.select(magnitude < DIGAMMA_TINY, -1.0 / x, value)
    value = code.select(magnitude >= ALL_INTEGERS, NAN, value)
    return code.select(x.equals(INFINITY), INFINITY, value)

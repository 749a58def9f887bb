"""Exponential, logarithm and what is made of them.

Each function takes the block it writes into and its argument and returns the result together with
the lanes, if any, that need the slow path (`ad.vectormath.module`). Formulas follow the usual
argument reduction (W. J. Cody and W. Waite, 1980, "Software Manual for the Elementary Functions",
chapters 5, 6); sums that matter are compensated, so that one rounding remains.
"""

from ad.vectormath import coefficients as table
from ad.vectormath.constants import bits
from ad.vectormath.text import Code, Value

Result = tuple[Value, Value | None]

# Adding and subtracting it rounds to an integer, whose value then stands in the low bits.
ROUNDER = 1.5 * 2.0**52
SMALLEST_NORMAL = 2.0**-1022
INFINITY = float("inf")
NAN = float("nan")
SQRT_HALF_BITS = bits(0.5**0.5)
ONE_BITS = bits(1.0)
MANTISSA = 2**52 - 1


def exp_parts(code: Code, x: Value, x_low: Value | None = None) -> tuple[Value, Value, Value]:
    """Reduce ``x + x_low = k ln 2 + r``: `k` (a double), `r`, and the tail of exp.

    ``exp(r) = 1 + r + tail``. `r` is exact; what the reduction dropped is in the tail.
    """
    k = code.fma(x, table.LOG2_E, ROUNDER) - ROUNDER
    r = code.fma(k, -table.LN2_HIGH, x)
    dropped = k * -table.LN2_LOW
    if x_low is not None:
        dropped = dropped + x_low
    reduced = r + dropped
    tail = code.fma(reduced * reduced, code.polynomial(reduced, table.EXP), dropped)
    return k, r, tail


def exp_scaled(code: Code, x: Value, x_low: Value | None = None) -> Value:
    """Exponential of x (and a correction of x) in [-746, 710]."""
    k, r, tail = exp_parts(code, x, x_low)
    total, low = code.fast_two_sum(1.0, r)
    return scale(code, total + (low + tail), k)


def scale(code: Code, mantissa: Value, k: Value) -> Value:
    """``mantissa 2**k`` for an integer k in [-2044, 2046].

    By two factors of about 2**(k/2): the second product overflows or loses bits, rounded once.
    """
    half = code.fma(k, 0.5, ROUNDER + 1023)
    rest = k - (half - (ROUNDER + 1023)) + (ROUNDER + 1023)
    return (mantissa * (half.integer() << 52).double()) * (rest.integer() << 52).double()


def exp_value(code: Code, x: Value) -> Value:
    """Exponential for every x; the clamps keep the exponent in range and let NaN pass."""
    return exp_scaled(code, code.at_least(code.at_most(x, 710.0), -746.0))


def exp(code: Code, x: Value) -> Result:
    """Exponential."""
    return exp_value(code, x), None


def exp_of_negative(code: Code, x: Value) -> Value:
    """Exponential of x <= 0."""
    return exp_scaled(code, code.at_least(x, -746.0))


def power_of_two(k: Value) -> Value:
    """2**k for an integer k in [-1022, 1023]."""
    return ((k + (ROUNDER + 1023)).integer() << 52).double()


def expm1_parts(code: Code, x: Value) -> tuple[Value, Value]:
    """Exponential less one as an unevaluated sum, for |x| < 700."""
    k, r, tail = exp_parts(code, x)
    factor = power_of_two(k)
    total, low = code.fast_two_sum(factor - 1.0, factor * r)
    return total, code.fma(factor, tail, low)


def expm1(code: Code, x: Value) -> Result:
    """Exponential less one."""
    total, low = expm1_parts(code, x)
    return code.with_sign(total + low, x.sign()), ~(x.absolute() < 700.0)


def expm1_slow(code: Code, x: Value, _: Value) -> Value:
    """exp(x) where one does not matter, -1 far left."""
    return code.select(x < 0.0, -1.0, exp_value(code, x))


def exponent_and_fraction(x: Value) -> tuple[Value, Value]:
    """Biased exponent (integer) and m in [sqrt(1/2), sqrt(2)) with x = m 2**(exponent - 1023)."""
    shifted = x.integer() + (ONE_BITS - SQRT_HALF_BITS)
    fraction = (shifted & MANTISSA) + SQRT_HALF_BITS
    return shifted >> 52, fraction.double()


def exponent_value(biased: Value) -> Value:
    """Biased exponent as a double without the bias."""
    return (biased | bits(2.0**52)).double() - (2.0**52 + 1023)


def log_parts(code: Code, e: Value, f: Value) -> tuple[Value, Value]:
    """Compute e ln 2 + log(1 + f) as an unevaluated sum, for f in [sqrt(1/2) - 1, sqrt(2) - 1].

    With s = f/(2 + f): log(1 + f) = 2 s + s^3 P(s^2) = f - f^2/2 + s (f^2/2 + s^2 P(s^2)), where
    the leading f is exact.
    """
    s = f / (f + 2.0)
    z = s * s
    half = f * f * 0.5
    small = s * code.fma(z, code.polynomial(z, table.LOG), half)
    total, low = code.fast_two_sum(e * table.LN2_HIGH, f)
    return total, low + code.fma(e, table.LN2_LOW, small - half)


def log_sum(code: Code, e: Value, f: Value) -> Value:
    """Compute e ln 2 + log(1 + f), rounded."""
    total, low = log_parts(code, e, f)
    return total + low


def log_pair_of(code: Code, x: Value) -> tuple[Value, Value]:
    """Logarithm of a positive normal x as an unevaluated sum."""
    biased, fraction = exponent_and_fraction(x)
    return log_parts(code, exponent_value(biased), fraction - 1.0)


def log(code: Code, x: Value) -> Result:
    """Natural logarithm."""
    total, low = log_pair_of(code, x)
    return total + low, code.either(~(x >= SMALLEST_NORMAL), x.equals(INFINITY))


def log_slow(code: Code, x: Value, _: Value) -> Value:
    """Logarithm of any double: denormals are scaled; 0, infinity and negative numbers answered."""
    small = x < SMALLEST_NORMAL
    biased, fraction = exponent_and_fraction(code.select(small, x * 2.0**54, x))
    e = exponent_value(biased)
    value = log_sum(code, code.select(small, e - 54.0, e), fraction - 1.0)
    value = code.select(x < INFINITY, value, x)  # infinity and NaN
    value = code.select(x.equals(0.0), -INFINITY, value)
    return code.select(x < 0.0, NAN, value)


def log1p_value(code: Code, x: Value) -> Value:
    """Logarithm of 1 + x for -1 < x < 2**1000.

    The exponent is that of the rounded 1 + x; the fraction is (1 + x) 2**-e - 1, rounded once.
    """
    biased, _ = exponent_and_fraction(x + 1.0)
    factor = ((2046 - biased) << 52).double()
    f = code.fma(x, factor, factor - 1.0)
    return code.with_sign(log_sum(code, exponent_value(biased), f), x.sign())


def log1p(code: Code, x: Value) -> Result:
    """Logarithm of one plus x."""
    return log1p_value(code, x), code.either(~(x > -1.0), ~(x < 2.0**1000))


def log1p_slow(code: Code, x: Value, value: Value) -> Value:
    """As the logarithm, where 1 + x is x, or outside the domain."""
    return log_slow(code, code.select(x < 0.0, x + 1.0, x), value)


def log1p_exp_value(code: Code, x: Value) -> Value:
    """Logarithm of 1 + exp(x): max(x, 0) + log1p(exp(-|x|)).

    1 + y with y = exp(-|x|) in [0, 1] reduces as in `log1p_value`, with exponent 0 or 1.
    """
    y = exp_of_negative(code, -x.absolute())
    positive = code.select(x > 0.0, x, 0.0)
    biased, _ = exponent_and_fraction(y + 1.0)
    factor = ((2046 - biased) << 52).double()
    f = code.fma(y, factor, factor - 1.0)
    return positive + log_sum(code, exponent_value(biased), f)


def log1p_exp(code: Code, x: Value) -> Result:
    """Logarithm of one plus the exponential ("softplus")."""
    return log1p_exp_value(code, x), None


def log_expit(code: Code, x: Value) -> Result:
    """Logarithm of the logistic function."""
    return -log1p_exp_value(code, -x), None


def expit(code: Code, x: Value) -> Result:
    """Logistic function: 1/(1 + y) or y/(1 + y), with y = exp(-|x|).

    The error of 1 + y enters the reciprocal as a correction.
    """
    y = exp_of_negative(code, -x.absolute())
    total, low = code.fast_two_sum(1.0, y)
    inverse = 1.0 / total
    product, product_low = code.two_product(inverse, total)
    residual = ((1.0 - product) - product_low) - low * inverse
    inverse = code.fma(inverse, residual, inverse)
    return inverse * code.select(x < 0.0, y, 1.0), None


def tanh(code: Code, x: Value) -> Result:
    """Hyperbolic tangent: -E/(E + 2) with E = expm1(-2|x|), a sum of two doubles.

    The residual of the division is divided by E + 2 again, by way of 1/(E + 2) = (1 + tanh)/2.
    """
    total, low = expm1_parts(code, code.at_least(x.absolute() * -2.0, -50.0))
    top, top_low = code.fast_two_sum(total, low)
    bottom, bottom_low = code.fast_two_sum(2.0, top)
    ratio = top / bottom
    product, product_low = code.two_product(ratio, bottom)
    residual = ((top - product) - product_low) + top_low
    residual = residual - ratio * (bottom_low + top_low)
    value = code.fma(residual, 0.5 - ratio * 0.5, ratio)
    return code.with_sign(value.absolute(), x.sign()), None

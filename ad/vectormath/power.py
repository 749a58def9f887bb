"""Power: exp(y log x) with the logarithm in two doubles."""

from ad.vectormath import coefficients as table
from ad.vectormath.elementary import (
    INFINITY,
    SMALLEST_NORMAL,
    Result,
    exp_scaled,
    exponent_and_fraction,
    exponent_value,
)
from ad.vectormath.text import Code, Value

# Exponents up to here can be multiplied exactly without fused multiply-add.
SPLITTABLE = 2.0**900


def log_pair(code: Code, x: Value) -> tuple[Value, Value]:
    """Logarithm of a normal x as an unevaluated sum, with a relative error below 2**-66.

    As `elementary.log_sum`, with s = f/(2 + f), s^2 and the cubic term in two doubles each.
    """
    biased, fraction = exponent_and_fraction(x)
    e = exponent_value(biased)
    f = fraction - 1.0
    bottom, bottom_low = code.fast_two_sum(2.0, f)
    inverse = 1.0 / bottom
    s = f * inverse
    product, product_low = code.two_product(s, bottom)
    s_low = (((f - product) - product_low) - s * bottom_low) * inverse
    z, z_low = code.two_product(s, s)
    z_low = code.fma(s + s, s_low, z_low)
    # c = 2/3 + z P(z), the cubic term is s z c.
    tail = z * code.polynomial(z, table.LOG_TAIL)
    c, c_low = code.fast_two_sum(table.TWO_THIRDS, tail)
    c_low = c_low + table.TWO_THIRDS_LOW
    zc, zc_low = code.two_product(z, c)
    zc_low = zc_low + code.fma(z, c_low, z_low * c)
    cubic, cubic_low = code.two_product(s, zc)
    cubic_low = cubic_low + code.fma(s, zc_low, s_low * zc)
    high, low = code.fast_two_sum(e * table.LN2_HIGH, s + s)
    high, more = code.fast_two_sum(high, cubic)
    low = (low + more) + code.fma(e, table.LN2_LOW, code.fma(s_low, 2.0, cubic_low))
    return code.fast_two_sum(high, low)


def pow(code: Code, x: Value, y: Value) -> Result:  # noqa: A001 - the function's name
    """Power of a positive base."""
    high, low = log_pair(code, x)
    exponent, exponent_low = code.two_product(y, high)
    exponent_low = code.fma(y, low, exponent_low)
    value = exp_scaled(code, exponent, exponent_low)
    special = code.either(
        ~(x >= SMALLEST_NORMAL),
        x.equals(INFINITY),
        ~(y.absolute() < SPLITTABLE),
        ~(exponent.absolute() < 745.0),
    )
    return value, special


def pow_slow(code: Code, x: Value, y: Value, _: Value) -> Value:
    """The C library's power: bases that are not positive and normal, results out of range."""
    return code.lanes("pow", x, y)

"""Sine and cosine.

``x = h pi + r`` with r in [-pi/2, pi/2] and pi in two parts (W. J. Cody and W. Waite, 1980, chapter
8), then one odd polynomial. The reduction is good to half a unit in the last place of `r` as long
as `r` is not much smaller than x; beside the multiples of pi/2 and beyond `LARGE` the C library's
functions serve.
"""

from ad.vectormath import coefficients as table
from ad.vectormath.elementary import ROUNDER, Result
from ad.vectormath.text import Code, Value

# Multiples of pi up to here have 19 bits, and their products with the first part of pi are exact.
LARGE = 1.6e6
# The second part of pi leaves out 2**-87; times h, that is 2**-56 of r at this ratio of r to x.
CANCELLED = 2.0**-30


def remainder(code: Code, x: Value, h: Value) -> Value:
    """Subtract h pi from x."""
    return code.fma(h, -table.PI_2, code.fma(h, -table.PI_1, x))


def unreliable(code: Code, magnitude: Value, r: Value) -> Value:
    """Lanes where the reduction may not be good enough, NaN and infinity among them."""
    return code.either(~(r.absolute() >= magnitude * CANCELLED), ~(magnitude <= LARGE))


def sine_of_reduced(code: Code, r: Value) -> Value:
    """Sine of `r` in [-pi/2, pi/2].

    Where the sine is nearly 1, r^3 is large: so it includes the error of r^2, and the first
    coefficient comes in last.
    """
    z, z_low = code.two_product(r, r)
    cube = code.fma(r, z, r * z_low)
    rest = code.polynomial(z, table.SIN[1:])
    return code.fma(cube, code.fma(z, rest, table.SIN[0]), r)


def sin(code: Code, x: Value) -> Result:
    """Sine."""
    magnitude = x.absolute()
    shifted = code.fma(magnitude, table.INVERSE_PI, ROUNDER)
    r = remainder(code, magnitude, shifted - ROUNDER)
    flip = (shifted.integer() << 63) ^ x.sign()
    value = (sine_of_reduced(code, r).integer() ^ flip).double()
    return value, unreliable(code, magnitude, r)


def cos(code: Code, x: Value) -> Result:
    """Cosine: with h = n + 1/2 it is (-1)^(n + 1) sin(r)."""
    magnitude = x.absolute()
    shifted = code.fma(magnitude, table.INVERSE_PI, -0.5) + ROUNDER
    r = remainder(code, magnitude, (shifted - ROUNDER) + 0.5)
    flip = (shifted.integer() + 1) << 63
    value = (sine_of_reduced(code, r).integer() ^ flip).double()
    return value, unreliable(code, magnitude, r)


def sin_slow(code: Code, x: Value, _: Value) -> Value:
    """Sine by the C library; NaN for infinity."""
    return code.lanes("sin", x)


def cos_slow(code: Code, x: Value, _: Value) -> Value:
    """Cosine by the C library; NaN for infinity."""
    return code.lanes("cos", x)

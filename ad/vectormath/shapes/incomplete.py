"""Derivatives of the incomplete gamma and beta functions in their shape parameters.

Both are integrals of exp(L), L linear in the shapes but for their normalising constant. So a
derivative in the shapes is the integral of exp(L) times a polynomial in the derivatives of L, with
the same nodes; the tail that the mode is not in is integrated, where the integrand falls off from
the endpoint on and nothing cancels.
"""

import math
from collections.abc import Sequence
from typing import Any

from ad.vectormath.shapes import near_end
from ad.vectormath.shapes.body import constant, maximum, minimum
from ad.vectormath.shapes.faa_di_bruno import Orders, exponential_derivative
from ad.vectormath.shapes.gamma import polygamma, polygamma_gap, stirling_rest
from ad.vectormath.shapes.quadrature import DEEP, LARGE, between_scales, half_line, reach

# Shapes beyond are not served.
LEAST, MOST = 1e-100, 1e100
SMALL = 0.5
INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)


def gammainc_density(code: Any, a: Any, x: Any) -> Any:
    """x^a e^-x / Gamma(a)."""
    exponent, factor = _gamma_density(code, a, x)
    return code.exp(exponent) * factor


def _gamma_density(code: Any, a: Any, x: Any) -> tuple[Any, Any]:
    """Exponent and factor of it; the exponent, written out, is a difference of large numbers."""
    ratio = (x - a) / a
    large = a * (_log_ratio(code, ratio, x / a) - ratio) - stirling_rest(code, a)
    small = a * code.log(x) - x - code.lgamma(a)
    return (
        code.select(a < 1.0, small, large),
        code.select(a < 1.0, 1.0, code.sqrt(a) * INV_SQRT_2PI),
    )


def gammainc_slope(code: Any, _: Sequence[int], a: Any, x: Any) -> Any:
    """Derivative in x of the regularised lower incomplete gamma function."""
    exponent, factor = _gamma_density(code, a, x)
    root = code.exp(exponent * 0.5)  # the density may underflow where the derivative does not
    value = root / x * root * factor
    start = code.select(a > 1.0, 0.0, code.select(a < 1.0, math.inf, 1.0))
    value = code.select(code.equal(x, 0.0), start, value)
    return _guarded(code, code.select(code.equal(x, math.inf), 0.0, value), (a,), x, math.inf)


def gammainc_shape(code: Any, orders: Sequence[int], a: Any, x: Any) -> Any:
    """Derivative in a of the regularised lower incomplete gamma function."""
    (order,) = orders
    constants = [polygamma(code, k, a) for k in range(order)]
    log_x = code.log(x)
    # With a small, the mass far below a is what is left; its integral would cancel.
    lower = code.both(x < a, code.either(a >= SMALL, a * (code.log(a) - log_x) > 1.0))

    def integrand(s: Any) -> Any:
        # t = x e^-s below, x (1 + s) above.
        expm1 = code.expm1(-s)
        log1p = code.log1p(s)
        log_t = log_x + code.select(lower, -s, log1p)
        exponent = code.select(lower, -(a * s) - x * expm1, a * log1p - x * s)
        measure = code.select(lower, constant(code, 1.0, s), 1.0 / (s + 1.0))

        def slope(parts: Orders) -> Any:
            (part,) = parts
            return log_t - constants[0] if part == 1 else -constants[part - 1]

        return code.exp(exponent) * measure * exponential_derivative((order,), slope)

    rise = maximum(code, x - a, code.select(a < SMALL, x * 0.5, constant(code, 0.0, a)))
    fall = code.select(lower, a - x, rise)
    curvature = code.select(x < a, constant(code, 0.0, a), a)
    integral = half_line(code, integrand, fall, code.select(lower, x, curvature))
    value = gammainc_density(code, a, x) * code.select(lower, integral, -integral)
    near = code.both(a < near_end.SHAPE, x < 1.0)
    value = code.select(near, _gamma_near(code, order, a, code.select(near, x, 0.5)), value)
    return _guarded(code, _ends(code, value, x, math.inf), (a,), x, math.inf)


def _gamma_near(code: Any, order: int, a: Any, x: Any) -> Any:
    log_x = code.log(x)

    def slope(parts: Orders) -> Any:
        value = polygamma(code, parts[0] - 1, a + 1.0)
        return log_x - value if parts == (1, 0) else -value

    front = gammainc_density(code, a, x) * code.exp(x) / a
    zero = constant(code, 0.0, x)
    return front * near_end.derivative(code, (order, 0), a, slope, (lambda k: -x / k, zero))


def betainc_density(code: Any, a: Any, b: Any, x: Any) -> Any:
    """x^a (1 - x)^b / B(a, b)."""
    exponent, factor = _beta_density(code, a, b, x)
    return code.exp(exponent) * factor


def _beta_density(code: Any, a: Any, b: Any, x: Any) -> tuple[Any, Any]:
    """Exponent and factor of it; C. Loader (2000) has the like for the binomial distribution."""
    total = a + b
    excess = x * b - (1.0 - x) * a  # (a + b)(x - mean)
    rests = stirling_rest(code, total) - stirling_rest(code, a) - stirling_rest(code, b)
    log_first = _log_ratio(code, excess / a, x * (total / a))
    log_second = _log_ratio(code, -excess / b, (1.0 - x) * (total / b))
    exponent = a * log_first + b * log_second + rests
    return exponent, code.sqrt(a * (b / total)) * INV_SQRT_2PI


def betainc_slope(code: Any, _: Sequence[int], a: Any, b: Any, x: Any) -> Any:
    """Derivative in x of the regularised incomplete beta function."""
    exponent, factor = _beta_density(code, a, b, x)
    root = code.exp(exponent * 0.5)
    value = root / x * (root / (1.0 - x)) * factor
    for shape, other, end in ((a, b, 0.0), (b, a, 1.0)):
        limit = code.select(shape > 1.0, 0.0, code.select(shape < 1.0, math.inf, other))
        value = code.select(code.equal(x, end), limit, value)
    return _guarded(code, value, (a, b), x, 1.0)


def betainc_shape(code: Any, orders: Sequence[int], a: Any, b: Any, x: Any) -> Any:
    """Derivative in a and b of the regularised incomplete beta function, a, b > 0, 0 < x < 1."""
    i, j = orders
    total = a + b
    excess = x * b - (1.0 - x) * a  # (a + b)(x - mean)
    # The tail beside the mean; or the other, as in `gammainc_shape`.
    log_x, log_rest_x = code.log(x), code.log1p(-x)
    depth = a * (code.log(a / total) - log_x)
    height = b * (code.log(b / total) - log_rest_x)
    low = code.both(excess < 0.0, code.either(a >= SMALL, a >= b, depth > 1.0))
    high = code.both(excess >= 0.0, b < SMALL, b < a, height <= 1.0)
    lower = code.either(low, high)
    # From here on the lower tail, by I_x(a, b) = 1 - I_(1-x)(b, a).
    p, q = code.select(lower, a, b), code.select(lower, b, a)
    y = code.select(lower, x, 1.0 - x)
    log_y, log_z = code.select(lower, log_x, log_rest_x), code.select(lower, log_rest_x, log_x)
    z = code.select(lower, 1.0 - x, x)
    # The derivatives of -log B(p, q): in p alone, in q alone, and in both.
    by_p = [polygamma_gap(code, k, p, q) for k in range(i + j)]
    by_q = [polygamma_gap(code, k, q, p) for k in range(i + j)]
    by_both = [polygamma(code, k, total) for k in range(i + j)]

    def integrand(v: Any, s: Any) -> Any:
        # The odds of 1 - t are 1 + v times what they are at the end, where t = y.
        far = s + log_z
        odds = code.select(s < LARGE, z * v, code.exp(minimum(code, far, LARGE)))
        growth = code.select(far > LARGE, far, code.log1p(odds))
        log_t = log_y - growth
        log_rest = log_z + s - growth

        def slope(parts: Orders) -> Any:
            kind = by_p if parts[1] == 0 else by_q if parts[0] == 0 else by_both
            value = kind[sum(parts) - 1]
            if parts == (1, 0):
                return value + log_t
            return value + log_rest if parts == (0, 1) else value

        weight = code.exp(q * s - total * growth)
        if i == j:
            return weight * exponential_derivative((i, j), slope)
        straight = exponential_derivative((i, j), slope)
        turned = exponential_derivative((j, i), slope)
        return weight * code.select(lower, straight, turned)

    fall = maximum(code, code.select(lower, -excess, excess), constant(code, 0.0, total))
    scale = minimum(code, reach(code, fall, total * y * z, 1.0), constant(code, 1.0, total))
    end = _depth(code, p, total, y, z)
    knee = 1.0 / maximum(
        code, z * maximum(code, total, constant(code, 1.0, total)), constant(code, 1e-307, z)
    )
    integral = between_scales(code, integrand, scale, knee, end)
    value = betainc_density(code, a, b, x) * code.select(lower, integral, -integral)
    # Near 0 with a small, or near 1 with b small.
    one = constant(code, 1.0, total)
    first = code.both(a < near_end.SHAPE, x * maximum(code, one, b) < near_end.REACH)
    last = code.both(b < near_end.SHAPE, (1.0 - x) * maximum(code, one, a) < near_end.REACH)
    p, q = code.select(first, a, b), code.select(first, b, a)
    near = code.either(first, last)
    y = code.select(near, code.select(first, x, 1.0 - x), constant(code, 0.25, x))
    straight = _beta_near(code, (i, j), p, q, y)
    turned = straight if i == j else _beta_near(code, (j, i), p, q, y)
    value = code.select(near, code.select(first, straight, -turned), value)
    return _guarded(code, _ends(code, value, x, 1.0), (a, b), x, 1.0)


def _beta_near(code: Any, orders: tuple[int, int], p: Any, q: Any, y: Any) -> Any:
    log_y, total = code.log(y), p + q

    def slope(parts: Orders) -> Any:
        order = sum(parts) - 1
        if parts[0] == 0:
            return polygamma_gap(code, order, q, p)
        value = polygamma(code, order, total)
        if parts[1] == 0:
            value = value - polygamma(code, order, p + 1.0)
        return value + log_y if parts == (1, 0) else value

    front = betainc_density(code, p, q, y) * code.exp(-q * code.log1p(-y)) / p
    factors = (lambda k: y * ((k - q) / k), -y)
    return front * near_end.derivative(code, orders, p, slope, factors)


def _depth(code: Any, p: Any, total: Any, y: Any, z: Any) -> Any:
    """Where p s + total log(z + y exp(-s)) is DEEP, or a little more.

    It is convex, so Newton's method from above stays above.
    """
    end = (DEEP - total * code.log(z)) / p
    for _ in range(8):
        inner = y * code.exp(-end)
        level = p * end + total * code.log(z + inner)
        slope = p - total * (inner / (z + inner))
        end = end - (level - DEEP) / slope
    return end


def _log_ratio(code: Any, excess: Any, ratio: Any) -> Any:
    """Logarithm of `ratio`, which is 1 + `excess`: by the one that is more exact."""
    return code.select(code.absolute(excess) < 0.5, code.log1p(excess), code.log(ratio))


def _ends(code: Any, value: Any, x: Any, end: float) -> Any:
    """0 at the ends of the range of x."""
    return code.select(code.either(code.equal(x, 0.0), code.equal(x, end)), 0.0, value)


def _guarded(code: Any, value: Any, shapes: Sequence[Any], x: Any, end: float) -> Any:
    """Not a number outside the range of x, or where a shape is not one that formulas hold for."""
    sizes = [condition for shape in shapes for condition in (shape >= LEAST, shape <= MOST)]
    inside = code.both(x >= 0.0, x <= end, *sizes)
    return code.select(inside, value, math.nan)

"""Integrals over a half line by the double exponential rule.

For a factor that falls off from 0 on, s = scale exp(t - exp(-t)) turns the integral into one over
the whole line whose integrand falls off twice exponentially at both ends, where the trapezoidal
rule is nearly exact (H. Takahasi and M. Mori, 1974, "Double exponential formulas for numerical
integration", Publications of the RIMS 9, section 3).
"""

from collections.abc import Callable
from typing import Any

from ad.vectormath.shapes.body import constant, maximum, minimum, total

# At this t the argument is exp(-44) times the scale, and so is what is left out before it.
BEGIN = -3.7
# Factors below exp(-DEEP) of the largest are left out.
DEEP = 42.0
NODES = 72
# Logarithms beyond it stand for infinity in sums with 1.
LARGE = 700.0


def reach(code: Any, slope: Any, curvature: Any, depth: float) -> Any:
    """Where slope s + curvature s^2/(2 + s) is `depth`: from there on the factor is too small."""
    a = slope + curvature
    b = slope * 2.0 - depth
    # The positive root of a s^2 + b s - 2 depth, without cancellation for either sign of b.
    root = code.sqrt(b * b + a * (8.0 * depth))
    return code.select(b > 0.0, (4.0 * depth) / (root + b), (root - b) / (a * 2.0))


def half_line(
    code: Any,
    integrand: Callable[[Any], Any],
    slope: Any,
    curvature: Any,
    nodes: int = NODES,
) -> Any:
    """Integral of `integrand` over s > 0; it falls off like exp(-slope s - curvature s^2/(2 + s)).

    Features narrower than 1, apart from the fall-off, are not resolved.
    """
    end = reach(code, slope, curvature, DEEP)
    scale = minimum(code, reach(code, slope, curvature, 1.0), constant(code, 1.0, end))
    step = (maximum(code, code.log(end / scale), constant(code, 1.0, end)) - BEGIN) * (
        1.0 / (nodes - 1)
    )

    def term(k: Any) -> Any:
        t = k * step + BEGIN
        inner = code.exp(-t)
        s = scale * code.exp(t - inner)
        return integrand(s) * (s * (inner + 1.0))

    return total(code, nodes, constant(code, 0.0, slope), term) * step


def between_scales(
    code: Any, integrand: Callable[[Any, Any], Any], scale: Any, knee: Any, end: Any
) -> Any:
    """Integral over v > 0 in d log(1 + v), with features from v = `scale` to v = `knee`.

    ``integrand(v, s)`` with s = log(1 + v) falls off like a power of v after the knee, that is,
    exponentially in s; at s = `end` it may be left out. log v = t + log scale - exp(-t) +
    exp(t - u) grows evenly between the scales, where u is a little after the knee, and fast beyond.
    """
    log_scale = code.log(scale)
    u = maximum(code, code.log(knee) - log_scale, constant(code, 0.0, end)) + 1.0
    one = constant(code, 1.0, end)
    log_end = code.select(end < LARGE, code.log(code.expm1(minimum(code, end, LARGE))), end)
    # There log v = log_end, whichever of t and exp(t - u) grows first.
    most = maximum(code, log_end - log_scale, one)
    last = maximum(code, minimum(code, most, u + code.log(most)), one)
    step = (last - BEGIN) * (1.0 / (NODES - 1))

    def term(k: Any) -> Any:
        t = k * step + BEGIN
        fall, rise = code.exp(-t), code.exp(t - u)
        log_v = t + log_scale - fall + rise
        v = code.exp(minimum(code, log_v, LARGE))
        s = code.select(log_v < LARGE, code.log1p(v), log_v)
        return integrand(v, s) * (v / (1.0 + v)) * (fall + rise + 1.0)

    return total(code, NODES, constant(code, 0.0, end), term) * step

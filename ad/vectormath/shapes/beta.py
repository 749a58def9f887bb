"""Logarithm of the beta function, and differences of digamma that are its derivatives."""

from collections.abc import Sequence
from typing import Any

from ad.vectormath.shapes import gamma
from ad.vectormath.shapes.body import constant, maximum, minimum
from ad.vectormath.shapes.gamma import HALF_LOG_2PI, STIRLING_FROM, stirling_series


def betaln(code: Any, _: Sequence[int], a: Any, b: Any) -> Any:
    """Logarithm of |B(a, b)|; by Stirling's formula, its large terms taken together, as it allows.

    DiDonato and Morris (1992), "Algorithm 708", ACM Transactions on Mathematical Software 18.
    """
    p, q = minimum(code, a, b), maximum(code, a, b)
    log_a, log_b = code.lgamma(a), code.lgamma(b)
    start = constant(code, STIRLING_FROM, p)
    high = maximum(code, q, start)
    total = p + high
    # log Gamma(q) - log Gamma(p + q), without the logarithm of p + q times p.
    rests = stirling_series(high) - stirling_series(total)
    share = code.log1p(p / high)
    one = code.select(a <= b, log_a, log_b) + (
        p - (high - 0.5) * share - p * code.log(total) + rests
    )
    low = maximum(code, p, start)
    both = HALF_LOG_2PI - 0.5 * code.log(high) + (stirling_series(low) + rests)
    both = both - (low - 0.5) * code.log1p(high / low) - high * share
    none = log_a + log_b - code.lgamma(a + b)
    is_one = code.both(a > 0.0, b > 0.0, code.either(a >= STIRLING_FROM, b >= STIRLING_FROM))
    are_both = code.both(a >= STIRLING_FROM, b >= STIRLING_FROM)
    return code.select(are_both, both, code.select(is_one, one, none))


def polygamma_gap(code: Any, orders: Sequence[int], x: Any, step: Any) -> Any:
    """Derivative of digamma of some order at x + step, less that at x, both positive."""
    (order,) = orders
    value = gamma.polygamma_gap(code, order, x, step)
    return code.select(code.both(x > 0.0, x + step > 0.0), value, float("nan"))

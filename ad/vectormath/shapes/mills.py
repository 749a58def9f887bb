"""Moments of a normal variable that is known to be positive, where that is improbable.

With density proportional to exp(x t - t^2 / 2) for t > 0, the moments M_n satisfy
M_(n+1) = x M_n + n M_(n-1), by parts. For x << 0 they are the recurrence's minimal solution, so
the ratios M_n / M_(n-1) = n / (-x + M_(n+1) / M_n) are found from above, without cancellation
(Gautschi, 1967, "Computational aspects of three-term recurrence relations", SIAM Review 9, section
3).
"""

from collections.abc import Sequence
from typing import Any

from ad.vectormath.shapes.body import constant

# The last ratio is taken to solve r (r - x) = n; at x = -2 that is forgotten to 1 ulp after these.
DEPTH = 80


def mills_moment(code: Any, orders: Sequence[int], x: Any) -> Any:
    """M_n / M_0 for x <= -2."""
    (order,) = orders
    ratio = (x + code.sqrt(x * x + 4.0 * (DEPTH + order))) * 0.5

    def step(k: Any, ratio: Any) -> tuple[Any]:
        return ((float(DEPTH + order - 1) - k) / (ratio - x),)

    (ratio,) = code.iterate(DEPTH - 1, (ratio,), step)
    product = constant(code, 1.0, x)
    for n in range(order, 0, -1):
        ratio = float(n) / (ratio - x)
        product = product * ratio
    return product

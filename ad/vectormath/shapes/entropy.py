"""Terms of the Kullback-Leibler divergence of measures."""

from collections.abc import Sequence
from typing import Any

from ad.vectormath.shapes.body import horner

CLOSE = 0.1
# Of (atanh(v) - v) / v^3 by powers of v^2; the first left out is v^16 / 19, 5e-18 at `CLOSE`.
ATANH = tuple(1.0 / (2 * k + 3) for k in range(8))


def kl_div(code: Any, _: Sequence[int], x: Any, y: Any) -> Any:
    """Compute x log(x / y) - x + y, also where both are close: Loader (2000), section 4.

    There by the series of the logarithm in v = (x - y) / (x + y), whose first term joins the
    difference.
    """
    inside = code.both(x > 0.0, y > 0.0)
    some, other = code.select(inside, x, 1.0), code.select(inside, y, 1.0)
    gap = some - other
    share = gap * 0.5 / (some * 0.5 + other * 0.5)
    near = code.absolute(share) < CLOSE
    v = code.select(near, share, 0.0)
    square = v * v
    close = gap * v + some * (v * square * horner(square, ATANH) * 2.0)
    far = some * code.log(code.select(near, 1.0, some / other)) - gap
    value = code.select(near, close, far)
    outside = code.select(code.both(code.equal(x, 0.0), y >= 0.0), y, float("inf"))
    known = code.both(code.equal(x, x), code.equal(y, y))
    return code.select(inside, value, code.select(known, outside, x + y))

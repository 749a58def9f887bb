"""Hurwitz' zeta function with derivatives in s, and the real branches of Lambert's W."""

import math
from collections.abc import Sequence
from typing import Any

from ad.vectormath.shapes.body import constant, maximum
from ad.vectormath.shapes.gamma import BERNOULLI

SHIFT = 20
BRANCH_POINT = -math.exp(-1.0)
# Coefficients of W at the branch point, in powers of p = sqrt(2 (1 + e x)): Corless, Gonnet, Hare,
# Jeffrey and Knuth (1996), "On the Lambert W function", eq. 4.22.
AT_BRANCH = (-1.0, 1.0, -1 / 3, 11 / 72, -43 / 540, 769 / 17280, -221 / 8505)


def zeta_order(code: Any, orders: Sequence[int], s: Any, q: Any) -> Any:
    """Derivative in s of the sum of (q + k)^-s over k >= 0, for s > 1 and q > 0.

    By the Euler-Maclaurin formula, as in `gamma.hurwitz`, in Taylor coefficients in s.
    """
    (order,) = orders
    one = constant(code, 1.0, s)

    def power(x: Any) -> list[Any]:
        """Taylor coefficients of x^-s."""
        rate = -code.log(x)
        coefficients = [code.exp(s * rate)]
        for k in range(1, order + 1):
            coefficients.append(coefficients[-1] * rate * (1.0 / k))
        return coefficients

    start = q + float(SHIFT)
    # start^(1 - s) (1/(s - 1) + 1/(2 start) + sum of B_2j/(2j)! s (s+1) ... (s+2j-2) start^-2j)
    gap = 1.0 / (s - 1.0)
    bracket, part = [], gap
    for _ in range(order + 1):
        bracket.append(part)
        part = -part * gap
    bracket[0] = bracket[0] + 0.5 / start
    rising: list[Any] = [s, one, *([one * 0.0] * order)][: order + 1]
    scale = one
    for j, number in enumerate(BERNOULLI, start=1):
        scale = scale / (start * start)
        weight = number / math.factorial(2 * j)
        bracket = [b + r * scale * weight for b, r in zip(bracket, rising, strict=True)]
        for i in (2 * j - 1, 2 * j):  # times s + i
            shifted = [one * 0.0, *rising[:-1]]
            rising = [r * (s + float(i)) + t for r, t in zip(rising, shifted, strict=True)]
    last = power(start)
    tail = start * sum(last[k] * bracket[order - k] for k in range(order + 1))
    total = code.iterate(
        SHIFT, (tail,), lambda k, partial: (partial + power(q + (SHIFT - 1.0 - k))[order],)
    )[0]
    inside = code.both(s > 1.0, q > 0.0, s < math.inf, q < math.inf)
    return code.select(inside, total * float(math.factorial(order)), math.nan)


def lambertw_branch(code: Any, branches: Sequence[int], x: Any) -> Any:
    """Branch 0 (integer 0) or -1 (integer 1) of the solution of w e^w = x.

    Four steps of F. N. Fritsch, R. E. Shafer and W. P. Crowley (1973), "Algorithm 443", from the
    series at the branch point or the asymptotic form.
    """
    (lower,) = branches
    p = code.sqrt(maximum(code, (x * math.e + 1.0) * 2.0, constant(code, 0.0, x)))
    p = -p if lower else p
    series = constant(code, AT_BRANCH[-1], x)
    for coefficient in reversed(AT_BRANCH[:-1]):
        series = series * p + coefficient
    near = code.absolute(p) < 0.02
    if lower:
        log = code.log(-x)
        far = log - code.log(-log)
        start = code.select(x < -0.25, series, far)
    else:
        log = code.log1p(x)
        far = log * (1.0 - code.log1p(log) / (log + 2.0))
        start = code.select(x < 0.0, series, far)

    def step(_: Any, w: Any) -> tuple[Any]:
        z = code.log(x / w) - w
        next_to = w + 1.0
        q = next_to * (next_to + z * (2.0 / 3.0)) * 2.0
        return (w * (1.0 + z / next_to * ((q - z) / (q - z * 2.0))),)

    (w,) = code.iterate(4, (start,), step)
    w = code.select(near, series, w)
    if lower:
        w = code.select(code.equal(x, 0.0), -math.inf, w)
        return code.select(code.both(x >= BRANCH_POINT, x <= 0.0), w, math.nan)
    w = code.select(code.either(code.equal(x, 0.0), code.equal(x, math.inf)), x, w)
    return code.select(x >= BRANCH_POINT, w, math.nan)

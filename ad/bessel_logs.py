"""Logarithms of modified Bessel functions at any argument of double precision.

Between, the rows `log_ive` and `log_kve` serve. Next to 0 the leading terms are exact to rounding,
and so is Debye's expansion with four corrections where the argument or the order is large.
"""

import math
from typing import Any

from ad.op import TABLE

NEAR, FAR = 1e-9, 500.0
LOG_2 = math.log(2.0)
EULER_GAMMA = 0.5772156649015329
HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
# zeta(k) for k = 2, ..., 53: DLMF 25.2.1. From k = 20 on the sum of five terms is exact.
_ZETA_SMALL = (
    *(1.6449340668482264, 1.2020569031595942, 1.0823232337111382, 1.0369277551433699),
    *(1.0173430619844491, 1.0083492773819228, 1.0040773561979443, 1.0020083928260822),
    *(1.0009945751278181, 1.0004941886041195, 1.0002460865533080, 1.0001227133475785),
    *(1.0000612481350587, 1.0000305882363070, 1.0000152822594087, 1.0000076371976379),
    *(1.0000038172932650, 1.0000019082127166),
)
ZETA = (*_ZETA_SMALL, *(sum(n**-k for n in range(1, 6)) for k in range(20, 54)))


def log_ive(v: Any, x: Any) -> Any:
    """Logarithm of I_v(x) exp(-x) for v >= 0 and x >= 0."""
    where = TABLE["where"]
    far = TABLE["hypot"](v, x) > FAR
    near = ~far & (x >= 0.0) & (x < NEAR)
    other = near | far
    middle = TABLE["log_ive"](where(other, 1.0, v), where(other, 1.0, x))
    order, small = where(near, v, 1.0), where(near, x, 1.0)
    # DLMF 10.30.1; at 0 it is -inf, but 0 for order 0
    positive = small > 0.0
    first = order * (TABLE["log"](where(positive, small, 1.0)) - LOG_2)
    first = first - TABLE["gammaln"](order + 1.0) - small + small * small / (4.0 * (order + 1.0))
    first = where(positive | (order <= 0.0), first, -math.inf)
    size, gap, correction = _debye(where(far, v, 1.0), where(far, x, FAR), 1.0)
    limit = gap - 0.5 * TABLE["log"](size) - HALF_LOG_2PI + correction
    return where(near, first, where(far, limit, middle))


def log_kve(v: Any, x: Any) -> Any:
    """Logarithm of K_v(x) exp(x) for any v and x > 0."""
    where = TABLE["where"]
    v = TABLE["absolute"](v)
    far = TABLE["hypot"](v, x) > FAR
    near = ~far & (x > 0.0) & (x < NEAR)
    other = near | far
    middle = TABLE["log_kve"](where(other, 1.0, v), where(other, 1.0, x))
    small = where(near, x, NEAR)
    first = _k_near(where(near, v, 1.0), small) + small
    size, gap, correction = _debye(where(far, v, 1.0), where(far, x, FAR), -1.0)
    limit = HALF_LOG_2PI - LOG_2 - gap - 0.5 * TABLE["log"](size) + correction
    return where(x == 0.0, math.inf, where(near, first, where(far, limit, middle)))


# Of s^-k in Debye's expansions the polynomials in p^2 = (v / s)^2, s^2 = v^2 + x^2: DLMF 10.41.10
# and 10.41.11. The next correction is below 0.3 / s^5, 1e-14 from `FAR` on.
_DEBYE = (
    (3 / 24, -5 / 24),
    (81 / 1152, -462 / 1152, 385 / 1152),
    (30375 / 414720, -369603 / 414720, 765765 / 414720, -425425 / 414720),
    (
        *(4465125 / 39813120, -94121676 / 39813120, 349922430 / 39813120),
        *(-446185740 / 39813120, 185910725 / 39813120),
    ),
)


def _debye(v: Any, x: Any, sign: float) -> tuple[Any, Any, Any]:
    """Of Debye's expansions, DLMF 10.41.3 and 10.41.4: s, the exponent less x, corrections."""
    size = TABLE["hypot"](v, x)
    where = TABLE["where"]
    steep = v > x
    ratio = where(steep, 1.0, v / where(steep, 1.0, x))
    long = TABLE["log"](where(steep, v + size, 1.0)) - TABLE["log"](where(steep, x, 1.0))
    gap = v * (v / (size + x)) - v * where(steep, long, TABLE["arcsinh"](ratio))
    square = (v / size) * (v / size)
    inverse = sign / size
    total: Any = 0.0
    for coefficients in reversed(_DEBYE):
        part: Any = 0.0
        for one in reversed(coefficients):
            part = square * part + one
        total = inverse * (part + total)
    return size, gap, TABLE["log1p"](total)


def _k_near(v: Any, x: Any) -> Any:
    """Two terms of the series at 0, DLMF 10.27.4 and 10.25.2; orders from 0.99 on need but one.

    With log Gamma(1 +- v) = e +- o they are exp(e) sinh(v log(2/x) + o) / v, used for small orders.
    """
    where = TABLE["where"]
    high = v >= 0.5
    reach = LOG_2 - TABLE["log"](x)
    order = where(high, v, 1.0)
    one = order * reach + TABLE["gammaln"](order) - LOG_2
    both = order < 0.99
    less = where(both, order, 0.5)
    ratio = TABLE["gammaln"](1.0 - less) - TABLE["gammaln"](1.0 + less) - 2.0 * less * reach
    one = one + where(both, TABLE["log1p"](-TABLE["exp"](ratio)), 0.0)
    low = where(high, 0.25, v)
    square = low * low
    even: Any = 0.0  # DLMF 5.7.3: the terms left out are below 0.5^54 / 54
    odd: Any = 0.0
    for k in range(52, 1, -2):
        even = square * even + ZETA[k - 2] / k
        odd = square * odd + ZETA[k - 1] / (k + 1)
    stretch = reach - EULER_GAMMA - square * odd
    two = square * even + TABLE["log"](stretch) + _log_sinhc(low * stretch)
    return where(high, one, two)


def _log_sinhc(y: Any) -> Any:
    """log(sinh(y) / y) for y >= 0, by its series next to 0."""
    where = TABLE["where"]
    near = y < 0.2
    square = where(near, y, 0.0) * where(near, y, 0.0)
    series: Any = 0.0  # DLMF 4.19.7 with the sign of y^2 turned
    for coefficient in (-691 / 3831077250, 1 / 467775, -1 / 37800, 1 / 2835, -1 / 180, 1 / 6):
        series = square * (coefficient + series)
    far = where(near, 1.0, y)
    rest = TABLE["log1p"](-TABLE["exp"](-2.0 * far))
    return where(near, series, far + rest - TABLE["log"](2.0 * far))

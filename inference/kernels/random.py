"""Random numbers of a chain: Philox4x32-10, and normal deviates by inversion.

The generator of J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw (2011), Parallel Random
Numbers: As Easy as 1, 2, 3, SC'11, has no state but a counter: (block, transition, chain, purpose)
under the seed as key. So a transition can be repeated, chains never share numbers, and neither the
number of threads nor the size of a batch can change a draw.
"""

import math

from inference.kernels import layout as place
from inference.kernels import normal as coefficients
from inference.kernels.language import (
    Pointer,
    as_bits,
    as_double,
    at,
    inlined,
    native,
    put,
    shift,
)

MASK = 0xFFFFFFFF
MULTIPLIER_0 = 0xD2511F53  # Salmon et al. (2011), table 2 and section 4.3
MULTIPLIER_1 = 0xCD9E8D57
WEYL_0 = 0x9E3779B9
WEYL_1 = 0xBB67AE85
ROUNDS = 10
FRACTION = 0xFFFFFFFFFFFFF
ONE = 0x3FF0000000000000
BELOW_ONE = 1.0 - 2.0**-53

# To take a number apart into 2^e m with m in (sqrt(1/2), sqrt(2)), and to make e a double.
ROOT_HALF = 0x3FE6A09E667F3BCD
EXPONENTS = 0x4338000000000000  # bits of 1.5 2^52, whose last bits are an integer
LARGE = 1.5 * 2.0**52
LOG_TWO = 0.6931471805599453
S1, S2, S3, S4, S5, S6, S7, S8, S9 = (1.0 / (2 * k + 1) for k in range(1, 10))

A0, A1, A2, A3, A4, A5, A6, A7, A8 = coefficients.CENTRE_TOP
_, B1, B2, B3, B4, B5, B6, B7, B8 = coefficients.CENTRE_BOTTOM
C0, C1, C2, C3, C4, C5, C6, C7 = coefficients.TAIL_TOP
_, D1, D2, D3, D4, D5, D6, D7 = coefficients.TAIL_BOTTOM
E0, E1, E2, E3, E4, E5, E6, E7 = coefficients.FAR_TOP
_, F1, F2, F3, F4, F5, F6, F7 = coefficients.FAR_BOTTOM


@native
def restart(w: Pointer) -> None:
    """Begin the numbers of the coming transition, or of the step size search before it."""
    put(w, place.PURPOSE, at(w, place.SEARCH))
    put(w, place.BLOCK, 0)
    put(w, place.NEXT, at(w, place.STOCKED))


@inlined
def philox(block: int, turn: int, chain: int, purpose: int, seed: int) -> tuple[int, int]:
    """Block of 128 random bits, in two words."""
    # Words are signed; products wrap, and masks after each shift make the bits those of
    # unsigned arithmetic.
    k0 = seed & MASK
    k1 = (seed >> 32) & MASK
    c0, c1, c2, c3 = block & MASK, turn & MASK, chain & MASK, purpose & MASK
    for _ in range(ROUNDS):
        low = MULTIPLIER_0 * c0
        high = MULTIPLIER_1 * c2
        c0 = ((high >> 32) & MASK) ^ c1 ^ k0
        c1 = high & MASK
        c2 = ((low >> 32) & MASK) ^ c3 ^ k1
        c3 = low & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0 | (c1 << 32), c2 | (c3 << 32)


@inlined
def unit(bits: int) -> float:
    """Number in the open interval (0, 1) from the upper 52 of 64 bits."""
    # As the fraction of a double in [1, 2), less 1 - 2^-53: exact, never 0 or 1, and vectorisable.
    number: float = as_double(((bits >> 12) & FRACTION) | ONE)
    return number - BELOW_ONE


@native
def fill(w: Pointer, target: Pointer, first: int, blocks: int) -> None:
    """Write the uniform numbers of `blocks` blocks, two each, beginning with block `first`."""
    turn, chain, purpose = at(w, place.ITERATION), at(w, place.CHAIN), at(w, place.PURPOSE)
    seed = at(w, place.SEED)
    for k in range(blocks):
        low, high = philox(first + k, turn, chain, purpose, seed)
        put(target, 2 * k, unit(low))
        put(target, 2 * k + 1, unit(high))


@native
def uniform(r: Pointer, w: Pointer) -> float:
    """Next number uniform in (0, 1)."""
    index = at(w, place.NEXT)
    if index == at(w, place.STOCKED):
        block = at(w, place.BLOCK)
        index = at(w, place.UNIFORMS)
        fill(w, shift(r, index), block, place.STOCK >> 1)
        put(w, place.BLOCK, block + (place.STOCK >> 1))
        put(w, place.STOCKED, index + place.STOCK)
    put(w, place.NEXT, index + 1)
    number: float = at(r, index)
    return number


@native
def normals(r: Pointer, w: Pointer, n: int) -> int:
    """Make the transition's first `n` standard normal deviates; where they begin in the reals.

    By inversion (`inference.kernels.normal`), so each takes one uniform number, and all but the few
    in the tails are computed without branches, as vectors, to the end of the widest. The first
    uniform numbers for other ends are made with theirs: as vectors, they cost little.
    """
    first = at(w, place.UNIFORMS)
    taken = ((n + 7) >> 3) << 3
    blocks = (taken + place.STOCK) >> 1
    numbers = shift(r, first)
    fill(w, numbers, 0, blocks)
    put(w, place.BLOCK, blocks)
    put(w, place.NEXT, first + taken)
    put(w, place.STOCKED, first + taken + place.STOCK)
    made: int = first + taken + place.STOCK
    target, tails = shift(r, made), shift(r, made + taken)
    outside = 0
    for i in range(taken):
        p = at(numbers, i)
        put(target, i, central(p))
        outside += int(abs(p - 0.5) > coefficients.CENTRE)
    if outside > 0:
        # Listed first: a loop with both formulas would be vectorised, with a logarithm for every
        # number.
        count = 0
        for i in range(taken):
            put(tails, count, float(i))
            count += int(abs(at(numbers, i) - 0.5) > coefficients.CENTRE)
        for k in range(count):
            i = int(at(tails, k))
            put(target, i, outer(at(numbers, i)))
    return made


@inlined
def central(p: float) -> float:
    """Quantile of p within 0.4983 of 1/2."""
    # w = -log(4 p (1 - p)), as -e log(2) - log(m); an error of 1e-16 in it is one in the result.
    bits = as_bits(4.0 * p * (1.0 - p)) + (ONE - ROOT_HALF)
    m = as_double((bits & FRACTION) + ROOT_HALF)
    e = as_double(EXPONENTS + ((bits >> 52) & 0x7FF)) - (LARGE + 1023.0)
    s = (m - 1.0) / (m + 1.0)
    t = s * s  # log(m) = 2 (s + s^3 / 3 + s^5 / 5 + ...), and t is at most 0.0295
    series = ((((((S9 * t + S8) * t + S7) * t + S6) * t + S5) * t + S4) * t + S3) * t + S2
    series = (series * t + S1) * t
    w = -2.0 * (s * series + s) - e * LOG_TWO
    top = (((((((A8 * w + A7) * w + A6) * w + A5) * w + A4) * w + A3) * w + A2) * w + A1) * w + A0
    low = (((((((B8 * w + B7) * w + B6) * w + B5) * w + B4) * w + B3) * w + B2) * w + B1) * w + 1.0
    quantile: float = (p - 0.5) * top / low
    return quantile


@native
def outer(p: float) -> float:
    """Quantile of p in the tails."""
    r = math.sqrt(-math.log(min(p, 1.0 - p)))
    if r <= coefficients.TAIL:
        r -= coefficients.TAIL_SHIFT
        top = ((((((C7 * r + C6) * r + C5) * r + C4) * r + C3) * r + C2) * r + C1) * r + C0
        low = ((((((D7 * r + D6) * r + D5) * r + D4) * r + D3) * r + D2) * r + D1) * r + 1.0
    else:
        r -= coefficients.TAIL
        top = ((((((E7 * r + E6) * r + E5) * r + E4) * r + E3) * r + E2) * r + E1) * r + E0
        low = ((((((F7 * r + F6) * r + F5) * r + F4) * r + F3) * r + F2) * r + F1) * r + 1.0
    return math.copysign(top / low, p - 0.5)

"""Reductions: what each starts from, and how partial results combine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ad.lower.emitter import LANES, Emitter, Operand

if TYPE_CHECKING:
    from collections.abc import Callable

LOG_2 = math.log(2.0)

# Per reduction: the start, and how two partial results combine.
REDUCTIONS: dict[str, tuple[float, Callable[..., Operand]]] = {
    "sum": (0.0, lambda b, x, y: b.op("fadd", x, y)),
    "max": (float("-inf"), lambda b, x, y: _extreme(b, "ogt", x, y)),
    "min": (float("inf"), lambda b, x, y: _extreme(b, "olt", x, y)),
}


def _extreme(b: Emitter, predicate: str, x: Operand, y: Operand) -> Operand:
    """Larger (smaller) of two, nan if one is, as NumPy has it."""
    chosen = b.select(b.compare(predicate, x, y), x, y)
    return b.select(b.compare("uno", x, x), x, chosen)


def combined(b: Emitter, name: str, values: list[Operand]) -> Operand:
    """Values reduced to one, pairwise, in a fixed order."""
    combine = REDUCTIONS[name][1]
    while len(values) > 1:
        pairs = [combine(b, *values[i : i + 2]) for i in range(0, len(values) - 1, 2)]
        values = pairs + values[2 * len(pairs) :]
    return values[0]


# ---- the sum of log(1 + x) -----------------------------------------------------------------------

NUMBERS, WORDS = f"<{LANES} x double>", f"<{LANES} x i64>"
MANTISSA, EXPONENT_OF_ONE, MANTISSA_BITS = (1 << 52) - 1, 1023 << 52, 52


def log1p_starts(b: Emitter) -> list[tuple[str, str]]:
    """Types and starts of its accumulators: a product in [1, 2), its exponent, rounding's loss."""
    one, zero = b.constant(1.0).text, b.constant(0.0).text
    return [(NUMBERS, one), (WORDS, "zeroinitializer"), (NUMBERS, zero)]


def log1p_step(b: Emitter, names: list[str], x: Operand) -> list[str]:
    """The accumulators after one more vector, of elements above -1 and below infinity.

    1 + x is rounded to u; its logarithm is that of u and (x - (u - 1)) / u, where the divisor
    matters as little as the product of two roundings. nan goes into the last accumulator.
    """
    mantissa, exponent, lost = names
    u = b.op("fadd", b.constant(1.0), x)
    product = b.write(f"fmul {NUMBERS} {mantissa}, {u.text}")
    word = b.write(f"bitcast {NUMBERS} {product} to {WORDS}")
    fraction = b.write(f"and {WORDS} {word}, {_words(MANTISSA)}")
    fraction = b.write(f"or {WORDS} {fraction}, {_words(EXPONENT_OF_ONE)}")
    shift = b.write(f"lshr {WORDS} {word}, {_words(MANTISSA_BITS)}")
    shift = b.write(f"sub {WORDS} {shift}, {_words(EXPONENT_OF_ONE >> MANTISSA_BITS)}")
    low = b.op("fsub", x, b.op("fsub", u, b.constant(1.0)))
    return [
        b.write(f"bitcast {WORDS} {fraction} to {NUMBERS}"),
        b.write(f"add {WORDS} {exponent}, {shift}"),
        b.op("fadd", Operand(lost), low).text,
    ]


def log1p_end(b: Emitter, names: list[str]) -> Operand:
    """The sum that accumulators stand for; `b` writes scalars."""
    wide = Emitter(b.lines, b.fresh, b.externals, LANES)
    mantissas, lost = ([Operand(wide.lane(names[i], k)) for k in range(LANES)] for i in (0, 2))
    product = mantissas[0]
    for each in mantissas[1:]:
        product = b.op("fmul", product, each)
    parts = [b.write(f"extractelement {WORDS} {names[1]}, i32 {k}") for k in range(LANES)]
    exponent = parts[0]
    for part in parts[1:]:
        exponent = b.write(f"add i64 {exponent}, {part}")
    number = Operand(b.write(f"sitofp i64 {exponent} to double"))
    scaled = b.op("fmul", number, b.constant(LOG_2))
    return b.op("fadd", b.op("fadd", scaled, b.call("log", product)), combined(b, "sum", lost))


def _words(value: int) -> str:
    return "<" + ", ".join([f"i64 {value}"] * LANES) + ">"

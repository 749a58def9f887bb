"""Reductions: what each starts from, and how partial results combine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ad.lower.emitter import Emitter, Operand

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

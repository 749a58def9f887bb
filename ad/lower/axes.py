"""Reductions over a short axis that others follow: rows of a few neighbours, added as vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.lower.emitter import LANES
from ad.lower.lanes import LaneEmitter
from ad.lower.reductions import combined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.graph import Node
    from ad.lower.program import Program

# An axis of so many elements is written out.
MOST_ROWS = 8


def short_reduction(program: Program, node: Node, x: str, sizes: Sequence[int]) -> bool:
    """Write out[o, i] = reduction over r of x[o, r, i], if r and i are few; whether it was."""
    outer, rows, inner = sizes
    if not outer or not 2 <= rows <= MOST_ROWS or not 2 <= inner <= LANES:
        return False
    function, out = program.function, program.buffer(node)
    with function.loop(outer, 1) as frame:
        b = LaneEmitter(function.lines, function.fresh, program.externals, {})

        def at(base: str, step: int, offset: int) -> str:
            first = b.write(f"mul nuw nsw i64 {frame.counter}, {step}")
            place = b.write(f"getelementptr double, ptr {base}, i64 {first}")
            return b.write(f"getelementptr double, ptr {place}, i64 {offset}")

        vectors = []
        for row in range(rows):
            lanes = b.loaded(at(x, rows * inner, row * inner), inner)
            vectors.append(b.gathered(lanes))
        total = combined(b.wide, node.op.name, vectors)
        b.stored(b.spread(total, inner), at(out, inner, 0))
    return True

"""Sums first: trees of additions as sums of many terms.

``lp += term`` in a loop is a chain that carries `lp` from one iteration to the next, as do `sum`
and its generators. Its terms do not depend on each other; taken as one sum over all of them, placed
after the loop, the chain is gone. Terms are then added in another order, which may change the last
bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ad.op import TABLE
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.op import Shape
    from ad.tape import Row

FEWEST_TERMS = 8


class Number(NamedTuple):
    """A constant among the terms of a sum."""

    value: Any
    negative: bool
    site: int


class Tree(NamedTuple):
    """A sum of many terms: rows with their signs, and constants."""

    rows: list[Ref]
    signs: list[bool]  # True for terms that are subtracted
    numbers: list[Number]


def trees(
    rows: Sequence[Row], live: Sequence[int], uses: Sequence[int], forbidden: set[int]
) -> tuple[dict[int, Tree], set[int]]:
    """Sums by the row that ends them, and the rows inside them, which nothing else reads.

    Parameters
    ----------
    rows : sequence of Row
    live : sequence of int
        Rows that are needed, in order.
    uses : sequence of int
        By row, how often it is read.
    forbidden : set of int
        Rows that must not end a sum.
    """
    plus, minus = TABLE["add"], TABLE["subtract"]
    inside: dict[int, tuple[int, bool]] = {}  # row -> (end of its sum, sign)
    members: dict[int, list[int]] = {}
    found: dict[int, Tree] = {}
    for index in reversed(live):
        op, args, _, value, site = rows[index]
        if op is not plus and op is not minus:
            continue
        shape = shape_of(value)
        within = inside.get(index)
        continued = [
            type(arg) is Ref
            and uses[arg] == 1
            and (rows[arg].op is plus or rows[arg].op is minus)
            and shape_of(rows[arg].value) == shape
            for arg in args
        ]
        if within is None and not any(continued):
            continue  # of two terms: most additions of a program
        end, negative = within or (index, False)
        tree = found.get(end)
        if tree is None:
            tree = found[end] = Tree([], [], [])
            members[end] = []
        members[end].append(index)
        # The right one first: terms come in the order from last to first.
        for position in (1, 0):
            arg = args[position]
            sign = negative != (position == 1 and op is minus)
            if type(arg) is not Ref:
                tree.numbers.append(Number(arg, sign, site))
            elif continued[position]:
                inside[arg] = (end, sign)
            else:
                tree.rows.append(arg)
                tree.signs.append(sign)
    chosen = {
        end: Tree(tree.rows[::-1], tree.signs[::-1], tree.numbers[::-1])
        for end, tree in found.items()
        if end not in forbidden and len(tree.rows) >= FEWEST_TERMS and _repeats(rows, members[end])
    }
    gone = {index for end in chosen for index in members[end] if index != end}
    return chosen, gone


def _repeats(rows: Sequence[Row], members: list[int]) -> bool:
    """Whether the additions come from a loop, not from a long formula."""
    return len(members) >= 2 * len({rows[index].site for index in members})


def shape_of(value: Any) -> Shape:
    """Shape of an array or a number."""
    shape: Shape = getattr(value, "shape", ())
    return shape

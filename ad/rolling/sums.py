"""Sums first: trees of additions as sums of many terms.

``lp += term`` in a loop is a chain that carries `lp` from one iteration to the next, as do `sum`
and its generators. Its terms do not depend on each other; taken as one sum over all of them, placed
after the loop, the chain is gone. Terms are then added in another order, which may change the last
bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.op import TABLE
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.columns import Columns

FEWEST_TERMS = 8


class Number(NamedTuple):
    """A constant among the terms of a sum."""

    value: Any
    negative: bool
    site: int


class Tree(NamedTuple):
    """A sum of many terms: rows with their signs, constants, and the additions it is made of."""

    rows: list[Ref]
    signs: list[bool]  # True for terms that are subtracted
    numbers: list[Number]
    additions: list[int]


def trees(columns: Columns, live: Any, uses: Any, forbidden: set[int]) -> dict[int, Tree]:
    """Sums by the row that ends them.

    Parameters
    ----------
    columns : Columns
    live : array of bool
        By row, whether it is needed.
    uses : array of int
        By row, how often it is read.
    forbidden : set of int
        Rows that must not end a sum.
    """
    is_sum = np.isin(columns.op, columns.numbers("add", "subtract"))
    added = np.flatnonzero(is_sum & live)
    read = columns.ref[columns.first[added][:, None] + np.arange(2)]
    continued = (read >= 0) & (uses[read] == 1) & is_sum[read]
    continued &= columns.shape[read] == columns.shape[added][:, None]
    # Most additions of a program are in sums of a few terms.
    chosen = np.flatnonzero(_sizes(added, read, continued) >= FEWEST_TERMS)[::-1]
    found = _collected(columns, added[chosen].tolist(), continued[chosen].tolist())
    return {
        end: tree
        for end, tree in found.items()
        if end not in forbidden
        and len(tree.rows) >= FEWEST_TERMS
        and _repeats(columns, tree.additions)
    }


def _sizes(added: Any, read: Any, continued: Any) -> Any:
    """By addition, the number of terms of the sum it is a part of, constants included."""
    end = np.arange(len(added))
    parents, _ = np.nonzero(continued)
    end[np.searchsorted(added, read[continued])] = parents
    while True:  # each time twice as far: a chain of n takes log2(n) of these
        further = end[end]
        if np.array_equal(further, end):
            return (np.bincount(end, minlength=len(added)) + 1)[end]
        end = further


def _collected(
    columns: Columns, additions: Sequence[int], continued: Sequence[Sequence[bool]]
) -> dict[int, Tree]:
    """All trees of additions; `continued` tells which of their terms are parts of them."""
    minus = TABLE["subtract"]
    inside: dict[int, tuple[int, bool]] = {}  # row -> (end of its sum, sign)
    found: dict[int, Tree] = {}
    for index, (left, right) in zip(additions, continued, strict=True):
        op, args, _, _, site = columns.rows[index]
        end, negative = inside.get(index) or (index, False)
        tree = found.get(end)
        if tree is None:
            tree = found[end] = Tree([], [], [], [])
        tree.additions.append(index)
        # The right one first: terms come in the order from last to first.
        for arg, goes_on, sign in (
            (args[1], right, negative != (op is minus)),
            (args[0], left, negative),
        ):
            if type(arg) is not Ref:
                tree.numbers.append(Number(arg, sign, site))
            elif goes_on:
                inside[arg] = (end, sign)
            else:
                tree.rows.append(arg)
                tree.signs.append(sign)
    for tree in found.values():
        for terms in (tree.rows, tree.signs, tree.numbers):
            terms.reverse()
    return found


def _repeats(columns: Columns, additions: list[int]) -> bool:
    """Whether the additions come from a loop, not from a long formula."""
    return len(additions) >= 2 * len(set(columns.site[additions].tolist()))

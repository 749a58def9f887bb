"""Rows that depend on each other in a circle, by levels: what can be done at the same time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.columns import in_order, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.rolling.listing import Listing
    from ad.rolling.recurrences import Item


def levels_of(listing: Listing, rows: Sequence[int]) -> Any:
    """Level of each row: above those of all it reads."""
    first, last = listing.first_read[rows], listing.first_read[np.array(rows) + 1]
    # Only what is in the circle counts, by its place in it; all else is below level 0.
    nothing = len(rows)
    place = np.full(listing.count, nothing)
    place[rows] = np.arange(len(rows))
    read = [
        place[listing.bases[np.where(first + which < last, first + which, 0)]]
        for which in range(max(2, int((last - first).max())))
    ]
    for which, each in enumerate(read):
        each[first + which >= last] = nothing
    levels = [-1] * (len(rows) + 1)
    if len(read) == 2:
        for own, (one, other) in enumerate(zip(*(each.tolist() for each in read), strict=True)):
            left, right = levels[one], levels[other]
            levels[own] = (left if left > right else right) + 1  # noqa: FURB136 - max takes twice as long
    else:
        for own, all_read in enumerate(zip(*(each.tolist() for each in read), strict=True)):
            levels[own] = max([levels[each] for each in all_read]) + 1
    return np.array(levels[:-1])


def by_level(rows: Sequence[int], levels: Any, statements: Any) -> list[Item]:
    """Rows of one level and statement together, level by level, in the order they come."""
    keys, _ = in_order(together(levels, statements))
    order = np.lexsort((keys, levels))
    edges = [0, *(np.flatnonzero(np.diff(keys[order])) + 1).tolist(), len(rows)]
    in_turn = np.array(rows)[order].tolist()
    return [tuple(in_turn[a:b]) for a, b in itertools.pairwise(edges)]

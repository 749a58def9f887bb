"""Deep circles: where the iterations of a recurrence begin, and what one reads of those before.

The rows of a circle, in program order, are cut into periods: stretches in which the same statements
follow each other again and again. A stretch is a recurrence if each statement in it reads, in all
its iterations, of the same place: a row of the same iteration, of a fixed number of iterations
before, or rows from outside the circle. Rows that fit into no stretch (a first iteration that does
other things than the rest) stay single.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ad.columns import in_order, together
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.rolling.listing import Listing
    from ad.rolling.patterns import Alias

FEWEST_ITERATIONS = 24  # fewer are faster as straight-line code
LONGEST = 4000  # rows of an iteration
MOST_LAGS = 64


Rows = npt.NDArray[np.int64]
# Rows done at once: one, or those of one statement and level, in the order they were recorded.
Item = tuple[int, ...]


class Inside(NamedTuple):
    """An argument that is a row of the recurrence itself.

    Attributes
    ----------
    slot : int
        Which item of an iteration.
    lag : int
        How many iterations before.
    alias : Alias
        What is read of the row, in one of the iterations.
    order : tuple of int
        Which of the rows of that item each row reads.
    initial : tuple of tuple of int
        What is read in the first iterations, `lag` many: rows from outside.
    """

    slot: int
    lag: int
    alias: Alias
    order: tuple[int, ...]
    initial: tuple[tuple[int, ...], ...]


@dataclass(eq=False)
class Recurrence:
    """A stretch of equal iterations.

    Attributes
    ----------
    slots : list of array of int, shape (iterations, rows of an item)
        Items by their place in an iteration.
    inside : dict
        By slot and position, the arguments that are rows of the recurrence.
    """

    slots: list[Any]
    inside: dict[tuple[int, int], Inside]

    @property
    def vectors(self) -> list[list[int]]:
        """Rows by place."""
        return [items.ravel().tolist() for items in self.slots]


def stretches(listing: Listing, items: Sequence[Item] | Rows) -> list[Recurrence | Item]:
    """A circle's items, in order, with recurrences where there are any.

    Parameters
    ----------
    listing : Listing
    items : sequence of Item, or array of int
        An array where each is one row.
    """
    if isinstance(items, np.ndarray):
        first, widths, rows = items, np.ones(len(items), np.int64), items
    else:
        first = np.array([item[0] for item in items])
        widths = np.array(list(map(len, items)))
        rows = np.array(list(itertools.chain.from_iterable(items)))
    statements = listing.statement[first]
    begins = np.cumsum(widths) - widths
    found: list[Recurrence | Item] = []

    def single(start: int, stop: int) -> list[Item]:
        edges = [*begins[start:stop].tolist(), int(begins[stop]) if stop < len(first) else None]
        in_turn = rows.tolist() if start < stop else []
        return [tuple(in_turn[a:b]) for a, b in itertools.pairwise(edges)]

    done = 0
    for stretch in _periodic(_relations(listing, rows, first, widths)):
        # The first iterations read from outside what later ones read of those before.
        wider = _extended(stretch, statements, widths, done)
        for start, period, end in (wider, stretch) if wider != stretch else (stretch,):
            count = (end - start) // period
            turns = np.arange(start, start + count * period).reshape(count, period)
            if (widths[turns] != widths[turns[-1]]).any():
                continue
            slots = [rows[begins[each][:, None] + np.arange(widths[each[0]])] for each in turns.T]
            inside = _inside(listing, slots)
            if inside is not None:
                found += single(done, start)
                found.append(Recurrence(slots, inside))
                done = start + period * count
                break
    return found + single(done, len(first))


class Stretch(NamedTuple):
    """Part of a sequence that repeats itself."""

    start: int
    period: int
    end: int  # the last period may be incomplete


def _relations(listing: Listing, rows: Rows, first: Rows, widths: Rows) -> Rows:
    """For each item a number for its statement and how far before it those are that it reads."""
    places = np.arange(len(first))
    position = np.full(listing.count, -1)
    position[rows] = np.repeat(places, widths)
    begins = listing.first_read[first]
    counts = listing.first_read[first + 1] - begins
    distances = []
    for which in range(int(counts.max(initial=0))):
        there = counts > which
        read = position[listing.bases[np.where(there, begins + which, 0)]]
        near = np.where(read >= 0, places - read, 0)
        distances.append(np.where(there, near, -1))
    numbers: Rows
    numbers, _ = in_order(together(listing.statement[first], widths, *distances))
    return numbers


def _extended(
    stretch: Stretch,
    statements: Rows,
    widths: Rows,
    done: int,
) -> Stretch:
    """A stretch begun earlier, as long as the statements are the same."""
    start, period, end = stretch
    while start > done:
        before, after = start - 1, start - 1 + period
        if statements[before] != statements[after] or widths[before] != widths[after]:
            break
        start -= 1
    return Stretch(start, period, end)


def _periodic(sequence: Rows) -> list[Stretch]:
    """Stretches of a sequence that repeat themselves."""
    total = len(sequence)
    found = []
    done = 0
    for period in _likely_periods(sequence):
        same = sequence[period:] == sequence[:-period]
        edges = [-1, *np.flatnonzero(~same).tolist(), total - period]
        for before, after in itertools.pairwise(edges):
            start = max(before + 1, done)
            if (after + period - start) // period >= FEWEST_ITERATIONS:
                done = after + period
                found.append(Stretch(start, period, done))
        if found:
            break
    return found


def _likely_periods(sequence: Rows) -> list[int]:
    """Distances between neighbouring instances of one kind of row, the most frequent first."""
    kinds, first, counts = np.unique(sequence, return_index=True, return_counts=True)
    last = len(sequence) - 1 - np.unique(sequence[::-1], return_index=True)[1]
    enough = counts >= FEWEST_ITERATIONS
    if not enough.any():
        return []
    # A first iteration may have many rows that no other one has.
    lasting = enough & (last - first >= (last - first)[enough].max() // 2)
    # What is outside inner loops occurs least often, once in an iteration.
    rarest = kinds[lasting][np.argmin(counts[lasting])]
    gaps = np.diff(np.flatnonzero(sequence == rarest)).tolist()
    return [gap for gap, _ in Counter(gaps).most_common(4) if gap <= LONGEST]


class _Where(NamedTuple):
    """By row: its place in an iteration, which iteration, and which row of the item; or -1."""

    slot: Any
    turn: Any
    which: Any


def _inside(listing: Listing, slots: Sequence[Any]) -> dict[tuple[int, int], Inside] | None:
    """Arguments that are rows of the recurrence, or None if it is none."""
    where = _Where(*(np.full(listing.count, -1) for _ in _Where._fields))
    for slot, rows in enumerate(slots):
        where.slot[rows] = slot
        where.turn[rows] = np.arange(len(rows))[:, None]
        where.which[rows] = np.arange(rows.shape[1])
    found = {}
    for slot, rows in enumerate(slots):
        for position, arg in enumerate(listing.rows[rows[0, 0]].args):
            if not isinstance(arg, Ref):
                continue
            refs = listing.columns.refs(rows, position)
            read = where.slot[listing.base[refs]]
            if read[-1, 0] < 0:
                if (read >= 0).any():
                    return None
                continue
            one = _one_place(listing, refs, where)
            if one is None:
                return None
            found[slot, position] = one
    return found


def _one_place(listing: Listing, refs: Any, where: _Where) -> Inside | None:
    """What is read in all iterations, if it is of one place."""
    bases = listing.base[refs]
    read, turns, order = where.slot[bases], where.turn[bases], where.which[bases[-1]]
    slot, lag = int(read[-1, 0]), len(refs) - 1 - int(turns[-1, 0])
    if lag > MOST_LAGS or (read[:lag] >= 0).any():
        return None
    before = np.arange(len(refs) - lag)[:, None]
    if (read[lag:] != slot).any() or (turns[lag:] != before).any():
        return None
    if (where.which[bases[lag:]] != order).any():
        return None
    alias = listing.alias(refs[-1, 0])
    shapes = listing.columns.shape[refs]
    if (shapes != shapes[-1, 0]).any() or (listing.start[refs[lag:]] != alias.start).any():
        return None
    if (listing.pattern_number[refs[lag:]] != alias.pattern.number).any():
        return None
    initial = tuple(map(tuple, refs[:lag].tolist()))
    return Inside(slot, lag, alias, tuple(order.tolist()), initial)

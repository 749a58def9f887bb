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

from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.rolling.listing import Listing
    from ad.rolling.patterns import Alias

FEWEST_ITERATIONS = 24  # fewer are faster as straight-line code
LONGEST = 4000  # rows of an iteration
MOST_LAGS = 64


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
    slots : list of list of Item
        Items by their place in an iteration; one entry an iteration.
    inside : dict
        By slot and position, the arguments that are rows of the recurrence.
    """

    slots: list[list[Item]]
    inside: dict[tuple[int, int], Inside]

    @property
    def vectors(self) -> list[list[int]]:
        """Rows by place."""
        return [[row for item in items for row in item] for items in self.slots]


def stretches(listing: Listing, items: Sequence[Item]) -> list[Recurrence | Item]:
    """A circle's items, in order, with recurrences where there are any."""
    statements = np.array([listing.statement[item[0]] for item in items])
    widths = np.array([len(item) for item in items])
    found: list[Recurrence | Item] = []
    done = 0
    for stretch in _periodic(_relations(listing, items)):
        # The first iterations read from outside what later ones read of those before.
        wider = _extended(stretch, statements, widths, done)
        for start, period, end in (wider, stretch) if wider != stretch else (stretch,):
            count = (end - start) // period
            slots = [
                [items[start + slot + period * turn] for turn in range(count)]
                for slot in range(period)
            ]
            inside = _inside(listing, slots)
            if inside is not None:
                found += items[done:start]
                found.append(Recurrence(slots, inside))
                done = start + period * count
                break
    found += items[done:]
    return found


class Stretch(NamedTuple):
    """Part of a sequence that repeats itself."""

    start: int
    period: int
    end: int  # the last period may be incomplete


def _relations(listing: Listing, items: Sequence[Item]) -> npt.NDArray[np.int64]:
    """For each item a number for its statement and how far before it those are that it reads."""
    position = {row: place for place, item in enumerate(items) for row in item}
    known: dict[Any, int] = {}
    numbers = []
    for place, item in enumerate(items):
        first = item[0]
        distances = [place - position.get(base, place) for base in listing.reads[first]]
        key = (listing.statement[first], len(item), *distances)
        numbers.append(known.setdefault(key, len(known)))
    return np.array(numbers)


def _extended(
    stretch: Stretch,
    statements: npt.NDArray[np.int64],
    widths: npt.NDArray[np.int64],
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


def _periodic(sequence: npt.NDArray[np.int64]) -> list[Stretch]:
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


def _likely_periods(sequence: npt.NDArray[np.int64]) -> list[int]:
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


def _inside(
    listing: Listing, slots: Sequence[Sequence[Item]]
) -> dict[tuple[int, int], Inside] | None:
    """Arguments that are rows of the recurrence, or None if it is none."""
    where = {
        row: (slot, turn, which)
        for slot, items in enumerate(slots)
        for turn, item in enumerate(items)
        for which, row in enumerate(item)
    }
    found = {}
    for slot, items in enumerate(slots):
        if len({len(item) for item in items}) != 1:
            return None
        for position, arg in enumerate(listing.rows[items[0][0]].args):
            if not isinstance(arg, Ref):
                continue
            columns = [[listing.rows[row].args[position] for row in item] for item in items]
            places = [[where.get(listing.base[ref]) for ref in column] for column in columns]
            last = places[-1][0]
            if last is None:
                if any(place is not None for column in places for place in column):
                    return None
                continue
            one = _one_place(listing, columns, places, last)
            if one is None:
                return None
            found[slot, position] = one
    return found


def _one_place(
    listing: Listing,
    columns: Sequence[Sequence[int]],
    places: Sequence[Sequence[tuple[int, int, int] | None]],
    last: tuple[int, int, int],
) -> Inside | None:
    """What is read in all iterations, if it is of one place."""
    lag = len(columns) - 1 - last[1]
    order = tuple(-1 if place is None else place[2] for place in places[-1])
    for turn, column in enumerate(places):
        for place, which in zip(column, order, strict=True):
            if place != ((last[0], turn - lag, which) if turn >= lag else None):
                return None
    alias = listing.alias(columns[-1][0])
    start, pattern = alias.start, alias.pattern
    for turn, refs in enumerate(columns):
        for ref in refs:
            if listing.pattern[ref].shape != pattern.shape:
                return None
            if turn >= lag and (listing.start[ref] != start or listing.pattern[ref] is not pattern):
                return None
    if lag > MOST_LAGS:
        return None
    return Inside(last[0], lag, alias, order, tuple(map(tuple, columns[:lag])))

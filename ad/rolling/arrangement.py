"""Which rows are done together, and in which order.

Statements that do not depend on themselves are one vector operation each; where iterations begin
and end need not be known. A circle of statements with few levels is done level by level, every
level a vector operation; a deep one is a recurrence, and its rows stay in order.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.batching import BY_KIND, BY_NAME
from ad.columns import distinct, together
from ad.loops.cycles import components
from ad.rolling.branching import Branching, branching
from ad.rolling.levels import by_level, levels_of
from ad.rolling.recurrences import Recurrence, stretches
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.op import Op
    from ad.rolling.listing import Listing

FEWEST = 8  # instances that make a statement worth a vector operation
MOST_LEVELS = 64
ROWS_A_LEVEL = 4
SHORTEST_BRANCHING = 48  # rows of a circle
MOST_PARTS = 64  # of a statement, by what they read
MOST_STRIDE = 16  # iterations of an inner loop that are taken apart
FEWEST_JOINED = 32  # numbers that are worth a vector although none of their operands is one


class Unit(NamedTuple):
    """Rows that are computed together.

    Attributes
    ----------
    rows : sequence of int
        Of one operation, in the order of the vector's elements; all rows of a recurrence.
    recurrence : Recurrence, Branching or None
    """

    rows: Sequence[int]
    recurrence: Recurrence | Branching | None = None


class Chains(Exception):  # noqa: N818 - a finding, not an error
    """Sums that must stay chains of additions."""

    def __init__(self, rows: set[int]) -> None:
        super().__init__()
        self.rows = rows


class Arrangement:
    """Units of a listing, each after those it reads.

    Attributes
    ----------
    units : list of Unit
    vector_of : array of int
        By row: number of the vector it lies in, of which a unit has one and a recurrence as many
        as an iteration has rows. Negative for rows that are in no unit.

    Raises
    ------
    Chains
        Where sums are part of a recurrence, or their terms have nothing in common.
    """

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.units: list[Unit] = []
        self.vector_of = -1 - np.arange(listing.count)
        self._lengths: list[int] = []  # of the vectors
        groups, group_of = _groups(listing)
        reads = _read_groups(listing, len(groups), group_of)
        found = components(dict(enumerate(reads)))
        circles = [
            component
            for component in found
            if len(component) > 1 or component[0] in reads[component[0]]
        ]
        inside = {number for circle in circles for number in circle}
        sums = {
            row
            for row in listing.trees
            if int(group_of[row]) in inside or not self._alike(row, groups, group_of)
        }
        if sums:
            raise Chains(sums)
        circular = {circle[0] for circle in circles}
        for component in found:
            if component[0] in circular:
                self._circle(sorted(row for number in component for row in groups[number]))
            else:
                self._split(groups[component[0]])

    def _alike(self, row: int, groups: Sequence[Sequence[int]], group_of: Any) -> bool:
        """Whether enough terms of a sum are instances of one statement, or parts of one array."""
        alike = 0
        bases, counts = np.unique(self.listing.reads(row), return_counts=True)
        for group, count in zip(group_of[bases].tolist(), counts.tolist(), strict=True):
            if count >= FEWEST or (group >= 0 and len(groups[group]) >= FEWEST):
                alike += count
                if alike >= FEWEST:
                    return True
        return False

    def _add(self, rows: Sequence[int]) -> None:
        self.units.append(Unit(list(rows)))
        self._number(rows)

    def _number(self, rows: Sequence[int]) -> None:
        self.vector_of[list(rows)] = len(self._lengths)
        self._lengths.append(len(rows))

    def _add_recurrence(self, recurrence: Recurrence | Branching) -> None:
        vectors = recurrence.vectors
        self.units.append(Unit([row for rows in vectors for row in rows], recurrence))
        for rows in vectors:
            self._number(rows)

    def _split(self, rows: Sequence[int]) -> None:
        """Instances of a statement that reads nothing of itself, by which vectors they read.

        So that each of the parts reads whole vectors; a first iteration that reads other things
        than the rest is done by itself.
        """
        if len(rows) == 1 or rows[0] in self.listing.trees:
            self._add(rows)
            return
        bases = self._bases(rows)
        vectors = self.vector_of[bases]
        if (vectors == vectors[0]).all():
            stride = self._stride(rows, bases)
            for first in range(stride):
                self._add(rows[first::stride])
            return
        lengths = np.array(self._lengths)
        alone = (vectors >= 0) & (lengths[vectors] == 1)  # the function's arguments are negative
        single = len(np.unique(vectors[alone]))
        if 2 * single >= len(rows) and not self._worth_joining(rows):
            for row in rows:
                self._add([row])
            return
        vectors[alone] = len(lengths)  # all alike
        parts: dict[Any, list[int]] = {}
        for row, read in zip(rows, map(tuple, vectors.tolist()), strict=True):
            parts.setdefault(read, []).append(row)
        self._add_parts(rows, list(parts.values()))

    def _bases(self, rows: Sequence[int]) -> Any:
        """What instances of one statement read, one row each."""
        begins = self.listing.first_read[rows]
        count = int(self.listing.first_read[rows[0] + 1] - begins[0])
        return self.listing.bases[begins[:, None] + np.arange(count)]

    def _stride(self, rows: Sequence[int], bases: Any) -> int:
        """Every how many-th instance belongs to the same iteration of an inner loop.

        Where `beta[k]` is read for k = 0, 1, 2, 0, 1, 2, ..., three vectors read three numbers; as
        one vector they would read a table.
        """
        listing = self.listing
        count = len(rows)
        places = [place for place, a in enumerate(listing.rows[rows[0]].args) if type(a) is Ref]
        for position, place in enumerate(places):
            if (bases[:, position] != bases[0, position]).any():
                continue
            refs = listing.columns.refs(rows, place)
            starts = listing.start[refs]
            if (starts == starts[0]).all() or listing.looked[refs].any():
                continue
            for stride in range(1, min(MOST_STRIDE, count // FEWEST) + 1):
                steps = starts[stride:] - starts[:-stride]
                if (steps == steps[0]).all():
                    return stride
        return 1

    def _add_parts(self, rows: Sequence[int], parts: list[list[int]]) -> None:
        if len(parts) > MOST_PARTS:
            self._add(rows)
            return
        rest = sorted(row for part in parts if len(part) < FEWEST for row in part)
        for part in parts:
            if len(part) >= FEWEST:
                self._add(part)
        if len(rest) >= FEWEST:
            self._add(rest)
        else:
            for row in rest:
                self._add([row])

    def _worth_joining(self, rows: Sequence[int]) -> bool:
        """Whether instances that each read something of their own are worth putting together."""
        return len(rows) >= FEWEST_JOINED and np.size(self.listing.rows[rows[0]].value) == 1

    def _circle(self, rows: Sequence[int]) -> None:
        """Statements that depend on each other in a circle."""
        levels = levels_of(self.listing, rows)
        statements = self.listing.statement[rows]
        parts = len(distinct(together(levels, statements)))
        columns = self.listing.columns
        operations = [columns.ops[number] for number in distinct(columns.op[rows]).tolist()]
        wide = len(rows) >= ROWS_A_LEVEL * parts and all(map(has_rule, operations))
        items = by_level(rows, levels, statements) if wide else []
        if wide and levels.max() < MOST_LEVELS:
            for item in items:
                self._add(item)
            return
        if wide and self._add_stretches(rows, items):
            return
        if not self._add_stretches(rows, np.array(rows)):
            self._add_branching(rows)

    def _add_stretches(self, rows: Sequence[int], items: Any) -> bool:
        """Add a circle's rows as recurrences, if that is what most of them are."""
        found = stretches(self.listing, items)
        inside = sum(
            len(rows) for part in found if isinstance(part, Recurrence) for rows in part.vectors
        )
        if 2 * inside < len(rows):
            return False
        for part in found:
            if isinstance(part, Recurrence):
                self._add_recurrence(part)
            else:
                self._add(part)
        return True

    def _add_branching(self, rows: Sequence[int]) -> None:
        """Add a circle's rows as iterations of several variants, or one by one."""
        found = branching(self.listing, rows) if len(rows) >= SHORTEST_BRANCHING else None
        begin, iterations = (len(rows), None) if found is None else found
        for row in rows[:begin]:
            self._add([row])
        if iterations is not None:
            self._add_recurrence(iterations)


def has_rule(op: Op) -> bool:
    """Whether an operation can be done for many instances at once."""
    return op.name in BY_NAME or op.kind in BY_KIND


def _groups(listing: Listing) -> tuple[list[list[int]], Any]:
    """Instances of repeated statements together, all other rows by themselves; and by row."""
    groups: list[list[int]] = []
    for rows in listing.instances():
        if len(rows) >= FEWEST:
            groups.append(rows)
        else:
            groups += [[row] for row in rows]
    group_of = np.full(listing.count, -1)
    members = list(itertools.chain.from_iterable(groups))
    group_of[members] = np.repeat(np.arange(len(groups)), list(map(len, groups)))
    return groups, group_of


def _read_groups(listing: Listing, count: int, group_of: Any) -> list[list[int]]:
    """For each group, those it reads."""
    readers, read = group_of[listing.readers], group_of[listing.bases]
    inner = read >= 0  # not arguments of the function
    pairs = distinct(readers[inner] * count + read[inner])
    edges = np.searchsorted(pairs, np.arange(count + 1) * count).tolist()
    all_read = (pairs % max(count, 1)).tolist()
    return [all_read[a:b] for a, b in itertools.pairwise(edges)]

"""Which rows are done together, and in which order.

Statements that do not depend on themselves are one vector operation each; where iterations begin
and end need not be known. A circle of statements with few levels is done level by level, every
level a vector operation; a deep one is a recurrence, and its rows stay in order.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.batching import BY_KIND, BY_NAME
from ad.loops.cycles import components
from ad.rolling.branching import Branching, branching
from ad.rolling.recurrences import Item, Recurrence, stretches
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
        reads = _read_groups(listing, groups, group_of)
        found = components(dict(enumerate(reads)))
        circles = [
            component
            for component in found
            if len(component) > 1 or component[0] in reads[component[0]]
        ]
        sums = {row for circle in circles for g in circle for row in groups[g]} & {*listing.trees}
        sums |= {row for row in listing.trees if not self._alike(row, groups, group_of)}
        if sums:
            raise Chains(sums)
        circular = {circle[0] for circle in circles}
        for component in found:
            if component[0] in circular:
                self._circle(sorted(row for number in component for row in groups[number]))
            else:
                self._split(groups[component[0]])

    def _alike(self, row: int, groups: Sequence[Sequence[int]], group_of: Sequence[int]) -> bool:
        """Whether enough terms of a sum are instances of one statement, or parts of one array."""
        alike = 0
        for base, count in Counter(self.listing.reads[row]).items():
            group = group_of[base]
            if count >= FEWEST or (group >= 0 and len(groups[group]) >= FEWEST):
                alike += count
        return alike >= FEWEST

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
        bases = np.array([self.listing.reads[row] for row in rows])
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
            column = [listing.rows[row].args[place] for row in rows]
            starts = np.array([listing.start[ref] for ref in column])
            if (starts == starts[0]).all() or any(listing.looked[ref] for ref in column):
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
        levels = self._levels(rows)
        parts = sum(map(len, levels))
        operations = {self.listing.rows[row].op for row in rows}
        wide = len(rows) >= ROWS_A_LEVEL * parts and all(map(has_rule, operations))
        items = [tuple(item) for level in levels for item in level.values()]
        if wide and len(levels) <= MOST_LEVELS:
            for item in items:
                self._add(item)
            return
        if wide and self._add_stretches(rows, items):
            return
        if not self._add_stretches(rows, [(row,) for row in rows]):
            self._add_branching(rows)

    def _add_stretches(self, rows: Sequence[int], items: Sequence[Item]) -> bool:
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

    def _levels(self, rows: Sequence[int]) -> list[dict[int, list[int]]]:
        """Rows by level and statement: a row's level is above those of all it reads."""
        level: dict[int, int] = {}
        reads, statement = self.listing.reads, self.listing.statement
        levels: list[dict[int, list[int]]] = []
        for row in rows:
            own = 0
            for base in reads[row]:
                below = level.get(base, -1)
                if below >= own:
                    own = below + 1
            level[row] = own
            if own == len(levels):
                levels.append({})
            levels[own].setdefault(statement[row], []).append(row)
        return levels


def has_rule(op: Op) -> bool:
    """Whether an operation can be done for many instances at once."""
    return op.name in BY_NAME or op.kind in BY_KIND


def _groups(listing: Listing) -> tuple[list[list[int]], list[int]]:
    """Instances of repeated statements together, all other rows by themselves; and by row."""
    groups: list[list[int]] = []
    for rows in listing.instances().values():
        if len(rows) >= FEWEST:
            groups.append(rows)
        else:
            groups += [[row] for row in rows]
    group_of = [-1] * listing.count
    for number, rows in enumerate(groups):
        for row in rows:
            group_of[row] = number
    return groups, group_of


def _read_groups(
    listing: Listing, groups: Sequence[Sequence[int]], group_of: Sequence[int]
) -> list[list[int]]:
    """For each group, those it reads."""
    found = []
    reads = listing.reads
    for rows in groups:
        read = {group_of[base] for row in rows for base in reads[row]}
        read.discard(-1)  # arguments of the function
        found.append(sorted(read))
    return found

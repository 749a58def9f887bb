"""Recurrences whose iterations differ: loops with branches on data.

An iteration begins where some row of the tape does that occurs once in each: a *header*. It is
looked for among all rows, also those outside the circle. The iterations then are of a few
*variants*, the sequences of statements they run. What is carried from one iteration to the next is
the value written last, by whichever variant ran; this is checked row by row, so a header that is
none costs nothing but the finding.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ad.rolling.listing import Listing
    from ad.rolling.patterns import Alias

FEWEST_ITERATIONS = 24
MOST_VARIANTS = 8
MOST_ROWS = 1000  # of all variants together; all are computed in every iteration
CANDIDATES = 3  # for a header, of those that occur equally often

Place = tuple[int, int]  # variant, and the row's place in it


@dataclass(eq=False)
class Variable:
    """What is carried along: the value written last.

    Attributes
    ----------
    alias : Alias
        What is read of the rows that write it.
    writers : dict of int to int
        By variant, the place of the row that writes it last.
    initial : int or None
        What is read before any row has written it.
    """

    alias: Alias
    writers: dict[int, int]
    initial: int | None = None


@dataclass(eq=False)
class Branching:
    """Iterations of several variants.

    Attributes
    ----------
    length : int
        Number of iterations.
    active : list of list of int
        By variant, in which iterations it ran.
    slots : list of list of list of int
        By variant and place, its rows in these.
    local : dict
        By variant, place and argument: the place read in the same iteration, and what of it.
    carried : dict
        By variant, place and argument: the variable read.
    """

    length: int
    active: list[list[int]]
    slots: list[list[list[int]]]
    local: dict[tuple[int, int, int], tuple[int, Alias]] = field(default_factory=dict)
    carried: dict[tuple[int, int, int], Variable] = field(default_factory=dict)

    @property
    def vectors(self) -> list[list[int]]:
        """Rows by variant and place."""
        return [rows for variant in self.slots for rows in variant]

    @property
    def variables(self) -> list[Variable]:
        """All variables, each once, in order."""
        return list({id(each): each for each in self.carried.values()}.values())


class Cut(NamedTuple):
    """Rows of a circle by iteration; the first `begin` come before them."""

    begin: int
    iterations: list[tuple[int, ...]]


def branching(listing: Listing, rows: Sequence[int]) -> tuple[int, Branching] | None:
    """A circle as iterations of a few variants: how many rows come before them, and the iterations.

    None if the circle is not like that.
    """
    best: tuple[int, Cut] | None = None
    for header in _headers(listing, rows):
        cut = _cut(rows, header)
        kinds = {_kind(listing, iteration) for iteration in cut.iterations}
        size = sum(map(len, kinds))
        if len(kinds) > MOST_VARIANTS or size > MOST_ROWS:
            continue
        work = size * len(cut.iterations)
        if best is None or work < best[0]:
            best = (work, cut)
    if best is None:
        return None
    found = _by_variant(listing, best[1])
    if not _resolve(listing, found) or not _latest(listing, found):
        return None
    return best[1].begin, found


def _kind(listing: Listing, iteration: Sequence[int]) -> tuple[int, ...]:
    return tuple(listing.statement[list(iteration)].tolist())


def _headers(listing: Listing, rows: Sequence[int]) -> Iterator[Any]:
    """Rows, by site, that may be the first of each iteration."""
    span = np.arange(rows[0], rows[-1] + 1)
    sites = listing.columns.site[span]
    kinds, first, counts = np.unique(sites, return_index=True, return_counts=True)
    by_count: dict[int, list[tuple[int, int]]] = {}
    for kind, place, count in zip(kinds.tolist(), first.tolist(), counts.tolist(), strict=True):
        if count >= FEWEST_ITERATIONS:
            by_count.setdefault(count, []).append((place, kind))
    for candidates in by_count.values():
        candidates.sort()
        for which in np.unique(np.linspace(0, len(candidates) - 1, CANDIDATES).astype(int)):
            yield span[sites == candidates[which][1]]


def _cut(rows: Sequence[int], header: Any) -> Cut:
    edges = np.searchsorted(np.array(rows), header).tolist()
    edges.append(len(rows))
    iterations = [tuple(rows[a:b]) for a, b in itertools.pairwise(edges)]
    return Cut(edges[0], iterations)


def _by_variant(listing: Listing, cut: Cut) -> Branching:
    numbers: dict[tuple[int, ...], int] = {}
    active: list[list[int]] = []
    slots: list[list[list[int]]] = []
    for turn, iteration in enumerate(cut.iterations):
        kind = _kind(listing, iteration)
        if kind not in numbers:
            numbers[kind] = len(active)
            active.append([])
            slots.append([[] for _ in iteration])
        variant = numbers[kind]
        active[variant].append(turn)
        for place, row in enumerate(iteration):
            slots[variant][place].append(row)
    return Branching(len(cut.iterations), active, slots)


def _columns(
    listing: Listing, found: Branching
) -> Iterator[tuple[tuple[int, int, int], list[int]]]:
    """What each argument that is a row reads, by variant, place and position."""
    for variant, slots in enumerate(found.slots):
        for place, rows in enumerate(slots):
            for position, arg in enumerate(listing.rows[rows[0]].args):
                if isinstance(arg, Ref):
                    yield (
                        (variant, place, position),
                        listing.columns.refs(rows, position).tolist(),
                    )


def _resolve(listing: Listing, found: Branching) -> bool:
    """Tell what is read of the same iteration, of those before, and from outside."""
    where = {
        row: (variant, place, turn)
        for variant, slots in enumerate(found.slots)
        for place, rows in enumerate(slots)
        for row, turn in zip(rows, found.active[variant], strict=True)
    }
    same: dict[Place, Place] = {}  # places that write one variable, as a forest

    def root(place: Place) -> Place:
        while same.setdefault(place, place) != place:
            place = same[place]
        return place

    reads: list[tuple[tuple[int, int, int], Alias, Place]] = []
    for key, column in _columns(listing, found):
        turns = found.active[key[0]]
        aliases = [listing.alias(ref) for ref in column]
        places = [where.get(alias.base) for alias in aliases]
        inside = [p for p in places if p is not None]
        if not inside:
            continue
        parts = {(a.start, a.pattern.number) for a, p in zip(aliases, places, strict=True) if p}
        alias = next(a for a, p in zip(aliases, places, strict=True) if p)
        if len(parts) != 1:
            return False
        now = [p for p, turn in zip(places, turns, strict=True) if p is not None and p[2] == turn]
        if now:
            if len(now) != len(places) or len({p[1] for p in now}) != 1:
                return False
            found.local[key] = (now[0][1], alias)
            continue
        writers = {(p[0], p[1]) for p in inside}
        first = root(min(writers))
        for writer in writers:
            same[root(writer)] = first
        reads.append((key, alias, first))
    variables: dict[Any, Variable] = {}
    for key, alias, writer in reads:
        group = root(writer)
        part = (group, alias.start, alias.pattern.number)
        if part not in variables:
            last = {
                variant: place for variant, place in sorted(same) if root((variant, place)) == group
            }
            variables[part] = Variable(alias, last)
        found.carried[key] = variables[part]
    return True


def _latest(listing: Listing, found: Branching) -> bool:
    """Check that variables hold, in every iteration, what is read; find their first values."""
    by_variant: list[list[tuple[list[int], Variable]]] = [[] for _ in found.active]
    for key, column in _columns(listing, found):
        if key in found.carried:
            by_variant[key[0]].append((column, found.carried[key]))
    runs = sorted(
        (turn, variant, which)
        for variant, turns in enumerate(found.active)
        for which, turn in enumerate(turns)
    )
    current: dict[int, int] = {}  # by variable: the row that wrote it last
    variables = found.variables
    for _, variant, which in runs:
        for column, variable in by_variant[variant]:
            ref = column[which]
            written = current.get(id(variable))
            if written is not None:
                if listing.base[ref] != written:
                    return False
            elif variable.initial is None:
                variable.initial = ref
            elif listing.alias(ref) != listing.alias(variable.initial):
                return False
        for variable in variables:
            if variant in variable.writers:
                place = variable.writers[variant]
                current[id(variable)] = found.slots[variant][place][which]
    return True

"""The tape as statements: what was done at one place of the program, with all its instances.

A *statement* is a call site with an operation, the shapes of its arguments and result, and its
parameters; its *instances* are the rows recorded there. What a row reads is followed through views
to the rows that compute it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.columns import columns_of, in_order, together
from ad.graph import INPUT
from ad.op import TABLE
from ad.rolling.patterns import Alias, Pattern, Patterns, is_alias
from ad.rolling.sums import Tree, trees
from ad.tape import Ref
from ad.traced import Looked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.columns import Columns
    from ad.tape import Tape

ALIASES = frozenset(("view", "gather"))  # kinds of operations that may only pick elements
# Constants count by type and shape, never by value.
USUAL = {float: "number", int: "number", bool: "truth", np.float64: ("data", (), False)}
PLAIN_ARGUMENTS = 3  # of operations whose statements are told apart by arrays


class Listing:
    """Live rows of a tape, by statement.

    Attributes
    ----------
    columns : Columns
    rows : list of Row
    count : int
        Number of rows.
    computed : array of int
        Rows that are needed and compute something, in order.
    trees : dict of int to Tree
        Sums of many terms, by the row that ends them.
    statement : array of int
        By row, the number of its statement.
    readers, bases : array of int
        Pairs of a computed row and a computed or input row that it reads, in order.
    first_read : array of int, shape (count + 1,)
        Where the pairs of each row begin.
    base, start, pattern_number, looked : array
        By row, what it is an alias of; computed rows are aliases of themselves.
    """

    def __init__(
        self, tape: Tape, outputs: Sequence[Any], reassociate: bool, forbidden: set[int]
    ) -> None:
        self.columns = columns = columns_of(tape)
        self.rows, self.count = columns.rows, columns.count
        self.patterns = Patterns()
        live, uses = _live(columns, outputs)
        self.trees: dict[int, Tree] = {}
        if reassociate:
            self.trees = trees(columns, live, uses, forbidden)
        for end, tree in self.trees.items():
            live[tree.additions] = False
            live[end] = True
        computes = live & ~self._follow(live)
        computes &= ~np.isin(columns.op, columns.numbers(INPUT.name))
        self.computed = np.flatnonzero(computes)
        ends = np.zeros(self.count, bool)
        ends[list(self.trees)] = True
        self._connect(computes, ends)
        self.statement = np.full(self.count, -1)
        self.statement[self.computed] = self._statements(ends)

    # ---- aliases -----------------------------------------------------------------------------

    def _follow(self, live: Any) -> Any:
        """Find aliases; by row, whether it is one."""
        columns, patterns = self.columns, self.patterns
        rows = columns.rows
        wholes = [patterns.whole(shape) for shape in columns.shapes]
        base, start = list(range(self.count)), [0] * self.count
        pattern = [wholes[number] for number in columns.shape.tolist()]
        looked, found = bytearray(self.count), np.zeros(self.count, bool)
        number = patterns.whole(())
        view = TABLE["view"]
        kinds = [number for number, op in enumerate(columns.ops) if op.kind in ALIASES]
        for index in np.flatnonzero(np.isin(columns.op, kinds) & live).tolist():
            op, args, params, _, _ = rows[index]
            arg = args[0]
            if op is not view and not is_alias(op, args):
                continue
            if type(arg) is not Ref:
                continue
            found[index] = True
            if op is view and params["shape"] == () and pattern[arg].whole:
                # One element: nearly all there are.
                offset = params["offset"]
                base[index], start[index] = base[arg], start[arg] + offset
                pattern[index] = number
                looked[index] = looked[arg] or type(offset) is Looked
                continue
            source = Alias(base[arg], start[arg], pattern[arg], bool(looked[arg]))
            alias = patterns.pick(source, op, params, args[1:])
            base[index], start[index], pattern[index], looked[index] = alias
        self.base, self.start = np.array(base), np.array(start)
        self.looked = np.frombuffer(looked, np.bool_)
        self.pattern_number = np.array([each.number for each in pattern])
        return found

    def alias(self, index: int) -> Alias:
        """Which elements of which computing row a row is."""
        base, start = int(self.base[index]), int(self.start[index])
        return Alias(base, start, self.pattern(index), bool(self.looked[index]))

    def pattern(self, index: int) -> Pattern:
        """Which elements a row is, relative to the first."""
        return self.patterns.numbered[int(self.pattern_number[index])]

    # ---- what reads what ---------------------------------------------------------------------

    def _connect(self, computes: Any, ends: Any) -> None:
        columns = self.columns
        owner = columns.owner
        own = (columns.ref >= 0) & (computes & ~ends)[owner]
        readers, read = [owner[own]], [columns.ref[own]]
        for end, tree in self.trees.items():
            readers.append(np.full(len(tree.rows), end))
            read.append(np.array(tree.rows, np.int64))
        reader, bases = np.concatenate(readers), self.base[np.concatenate(read)]
        if self.trees:
            order = np.argsort(reader, kind="stable")
            reader, bases = reader[order], bases[order]
        self.readers, self.bases = reader, bases
        self.first_read = np.searchsorted(reader, np.arange(self.count + 1))

    def reads(self, row: int) -> Any:
        """The computed or input rows that a row reads."""
        return self.bases[self.first_read[row] : self.first_read[row + 1]]

    # ---- statements --------------------------------------------------------------------------

    def _statements(self, ends: Any) -> Any:
        """For each computed row the number of its statement, by where they come first."""
        columns, computed = self.columns, self.computed
        kinds = self._kinds()
        arity = columns.arity[computed]
        has_params = np.fromiter(map(bool, columns.params), bool, columns.count)[computed]
        other = ends[computed] | has_params | (arity > PLAIN_ARGUMENTS)
        read = np.full((len(computed), PLAIN_ARGUMENTS), -1)
        for position in range(PLAIN_ARGUMENTS):
            there = np.flatnonzero((arity > position) & ~other)
            read[there, position] = kinds[columns.first[computed[there]] + position]
        plain = together(columns.site[computed], columns.op[computed], *read.T)
        # All others one by one, by keys of which each has a negative number.
        known: dict[Any, int] = {}
        for place in np.flatnonzero(other).tolist():
            key = self._key(int(computed[place]), kinds)
            plain[place] = -1 - known.setdefault(key, len(known))
        return in_order(plain)[0]

    def _key(self, row: int, kinds: Any) -> Any:
        columns = self.columns
        if row in self.trees:
            return int(columns.site[row]), int(columns.shape[row])
        op, _, params, _, site = columns.rows[row]
        read = kinds[columns.first[row] : columns.first[row + 1]].tolist()
        return site, op, int(columns.shape[row]), tuple(read), *params.items()

    def _kinds(self) -> Any:
        """For each argument a number for its shape if it is a row, else for what it is."""
        columns = self.columns
        args, known = (
            columns.args,
            {kind: number for number, kind in enumerate(dict.fromkeys(USUAL.values()))},
        )
        of_type = {each: known[kind] for each, kind in USUAL.items()}
        kinds = columns.shape[columns.ref] * 2
        constants = np.flatnonzero(columns.ref < 0)
        numbers = [of_type.get(type(args[place]), -1) for place in constants.tolist()]
        kinds[constants] = 2 * np.array(numbers, np.int64) + 1
        for place in constants[kinds[constants] < 0].tolist():
            constant = args[place]
            kind = ("data", constant.shape, constant.dtype.kind == "b")
            kinds[place] = 2 * known.setdefault(kind, len(known)) + 1
        return kinds

    def instances(self) -> list[list[int]]:
        """Rows by statement, in order."""
        order = np.argsort(self.statement[self.computed], kind="stable")
        rows = self.computed[order]
        edges = np.flatnonzero(np.diff(self.statement[rows])) + 1
        rows = rows.tolist()
        bounds = [0, *edges.tolist(), len(rows)]
        return [rows[a:b] for a, b in itertools.pairwise(bounds) if a < b]


def _live(columns: Columns, outputs: Sequence[Any]) -> tuple[Any, Any]:
    """Which rows are needed, and how often each is read."""
    inputs = np.isin(columns.op, columns.numbers(INPUT.name))
    uses = np.bincount(columns.ref[columns.ref >= 0], minlength=columns.count)
    for out in outputs:
        if isinstance(out, Ref):
            uses[out] += 2  # read from outside, so never inside a sum: counted twice
    live = np.ones(columns.count, bool)
    unread = np.flatnonzero((uses == 0) & ~inputs).tolist()
    while unread:
        row = unread.pop()
        live[row] = False
        for arg in columns.rows[row].args:
            if type(arg) is Ref:
                uses[arg] -= 1
                if uses[arg] == 0 and not inputs[arg]:
                    unread.append(arg)
    return live, uses

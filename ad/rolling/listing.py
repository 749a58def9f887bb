"""The tape as statements: what was done at one place of the program, with all its instances.

A *statement* is a call site with an operation, the shapes of its arguments and result, and its
parameters; its *instances* are the rows recorded there. What a row reads is followed through views
to the rows that compute it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ad.graph import INPUT
from ad.rolling.patterns import Alias, Pattern, Patterns, is_alias
from ad.rolling.sums import Tree, shape_of, trees
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.tape import Tape

ALIASES = frozenset(("view", "gather"))  # kinds of operations that may only pick elements


class Listing:
    """Live rows of a tape, by statement.

    Attributes
    ----------
    rows : list of Row
    count : int
        Number of rows.
    computed : list of int
        Rows that are needed and compute something, in order.
    trees : dict of int to Tree
        Sums of many terms, by the row that ends them.
    statement : list of int
        By row, the number of its statement.
    reads : list of tuple of int
        By row, the computed or input rows that it reads.
    base, start, pattern, looked : lists
        By row, what it is an alias of; computed rows are aliases of themselves.
    """

    def __init__(
        self, tape: Tape, outputs: Sequence[Any], reassociate: bool, forbidden: set[int]
    ) -> None:
        self.rows = rows = tape.rows
        self.count = count = len(rows)
        self.patterns = Patterns()
        live, uses = _live(tape, outputs)
        gone: set[int] = set()
        self.trees: dict[int, Tree] = {}
        if reassociate:
            self.trees, gone = trees(rows, live, uses, forbidden)
        self.computed: list[int] = []
        self.statement = [-1] * count
        self.reads: list[tuple[int, ...]] = [()] * count
        self.base, self.start = list(range(count)), [0] * count
        self.pattern: list[Pattern] = [self.patterns.whole(())] * count
        self.looked = bytearray(count)
        self._list([index for index in live if index not in gone] if gone else live)

    def _list(self, live: Sequence[int]) -> None:
        # One loop over locals: this is done for every operation of a program.
        rows, base, pattern, reads = self.rows, self.base, self.pattern, self.reads
        whole, tree_of, computed = self.patterns.whole, self.trees.get, self.computed.append
        known: dict[Any, int] = {}
        for index in live:
            op, args, params, value, site = rows[index]
            if op.kind in ALIASES and is_alias(op, args):
                alias = self.patterns.pick(self.alias(args[0]), op, params, args[1:])
                base[index], self.start[index], pattern[index], self.looked[index] = alias
                continue
            shape = shape_of(value)
            if shape:  # else it is what it was
                pattern[index] = whole(shape)
            if op is INPUT:
                continue
            computed(index)
            tree = tree_of(index)
            key: Any
            if tree is None:
                kinds = tuple([pattern[a].shape if type(a) is Ref else _kind(a) for a in args])
                key = (site, op, shape, kinds, *params.items()) if params else (site, op, kinds)
                reads[index] = tuple([base[arg] for arg in args if type(arg) is Ref])
            else:
                key = (site, shape)
                reads[index] = tuple([base[ref] for ref in tree.rows])
            self.statement[index] = known.setdefault(key, len(known))

    def alias(self, index: int) -> Alias:
        """Which elements of which computing row a row is."""
        looked = bool(self.looked[index])
        return Alias(self.base[index], self.start[index], self.pattern[index], looked)

    def instances(self) -> dict[int, list[int]]:
        """Rows by statement, in order."""
        by_statement: dict[int, list[int]] = {}
        statement = self.statement
        for index in self.computed:
            by_statement.setdefault(statement[index], []).append(index)
        return by_statement


def _live(tape: Tape, outputs: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Rows that are needed, in order, and how often each is read."""
    uses = [0] * len(tape.rows)
    for out in outputs:
        if isinstance(out, Ref):
            # Read from outside, so never inside a sum: counted twice.
            uses[out] += 2
    live = []
    rows = tape.rows
    for index in range(len(rows) - 1, -1, -1):
        op, args, _, _, _ = rows[index]
        if uses[index] or op is INPUT:
            live.append(index)
            for arg in args:
                if type(arg) is Ref:
                    uses[arg] += 1
    live.reverse()
    return live, uses


def _kind(constant: Any) -> Any:
    """Type and shape of a constant, never its value."""
    kind = type(constant)
    if kind is float or kind is int:
        return "number"
    if kind is bool:
        return "truth"
    return ("data", constant.shape, constant.dtype.kind == "b")

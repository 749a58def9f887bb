"""The tape as statements: what was done at one place of the program, with all its instances.

A *statement* is a call site with an operation, the shapes of its arguments and result, and its
parameters; its *instances* are the rows recorded there. What a row reads is followed through views
to the rows that compute it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ad.graph import INPUT
from ad.rolling.patterns import Alias, Pattern, Patterns, is_alias
from ad.rolling.sums import Tree, trees
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.op import Shape
    from ad.tape import Row, Tape


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
        self._known: dict[Any, int] = {}
        self.statement = [-1] * count
        self.reads: list[tuple[int, ...]] = [()] * count
        self.base, self.start = list(range(count)), [0] * count
        self.pattern: list[Pattern] = [self.patterns.whole(())] * count
        self.looked = bytearray(count)
        for index in live:
            if index not in gone:
                self._list(index, rows[index])
        self._known.clear()

    def _list(self, index: int, row: Row) -> None:
        op, args, params, value, site = row
        if op.kind in ("view", "gather") and is_alias(op, args):
            alias = self.patterns.pick(self.alias(args[0]), op, params, args[1:])
            self.base[index], self.start[index], self.pattern[index], self.looked[index] = alias
            return
        shape = shape_of(value)
        pattern = self.pattern
        pattern[index] = self.patterns.whole(shape)
        if op is INPUT:
            return
        self.computed.append(index)
        tree = self.trees.get(index)
        base = self.base
        if tree is None:
            kinds = tuple([pattern[a].shape if type(a) is Ref else _kind(a) for a in args])
            key: Any = (site, op, shape, kinds, *params.items()) if params else (site, op, kinds)
            self.reads[index] = tuple([base[arg] for arg in args if type(arg) is Ref])
        else:
            key = (site, shape)
            self.reads[index] = tuple([base[ref] for ref in tree.rows])
        known = self._known
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
        if uses[index] or rows[index].op is INPUT:
            live.append(index)
            for arg in rows[index].args:
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


def shape_of(value: Any) -> Shape:
    """Shape of an array or a number."""
    try:
        shape: Shape = value.shape
    except AttributeError:
        return ()
    return shape

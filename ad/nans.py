"""`ad.find_nan`: the line of the program where a value, or a derivative, stops being finite.

Nothing is recorded for this while functions run; the function is traced anew, without rewriting, so
that every operation is one that the user wrote.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ad import derive
from ad.callsite import Site, current, describe
from ad.containers import flatten
from ad.graph import Graph, Node, reachable
from ad.interpret import interpret
from ad.linear import as_point, require_callable
from ad.tape import Ref, Tape, recording
from ad.traced import Traced, row_of, value_of


@dataclass(frozen=True)
class NotFinite:
    """Where a computation stops being finite.

    Attributes
    ----------
    what : str
        `value`, or `derivative` if all values are finite.
    operation : str
        Name of the operation that made it.
    line : str
        ``file.py:12`` of the user's program; for a derivative, of the operation that was
        differentiated.
    index : tuple of int
        Of the first such element, in the operation's value, or in the argument whose derivative
        it is.
    found : float
        The element: nan, inf or -inf.
    operands : tuple of float
        The operation's arguments there.
    argument : int or None
        Which argument's derivative it is.
    """

    what: str
    operation: str
    line: str
    index: tuple[int, ...]
    found: float
    operands: tuple[float, ...]
    argument: int | None = None

    def __str__(self) -> str:
        operands = ", ".join(f"{operand:.6g}" for operand in self.operands)
        place = f" at index {self.index}" if self.index else ""
        of = "" if self.argument is None else f" by argument {self.argument}"
        made = f"the {self.what} of {self.operation}({operands}){of}"
        return f"{made} is {self.found}{place} ({self.line})"


def find_nan(function: Callable[..., Any], *args: Any) -> NotFinite | None:
    """Find where a function's value, or its gradient, stops being finite.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them; if it returns more than one number, the gradient of their
        sum is looked at.
    *args
        Where.

    Returns
    -------
    NotFinite or None
        The first operation with a nan or infinite value made of finite ones, if the function's
        value is not finite; else, in a reverse sweep, the first derivative that is not finite
        though what arrived there was; None if value and gradient are finite. Loops and branches
        of `ad` are run step by step for this, so that the line is the one in their functions.

    Examples
    --------
    >>> import numpy as np, ad
    >>> def model(x):
    ...     distance = np.sqrt(np.sum(x**2))
    ...     return np.exp(-distance)
    >>> found = ad.find_nan(model, np.zeros(2))
    >>> found.what, found.operation, found.operands
    ('derivative', 'sqrt', (0.0,))
    >>> ad.find_nan(model, np.ones(2)) is None
    True
    """
    require_callable("ad.find_nan", function)
    flat = [flatten(arg) for arg in args]
    points = [
        np.asarray(value_of(as_point(leaf, f"argument {i}{name}", "ad.find_nan")))
        for i, (leaves, structure) in enumerate(flat)
        for leaf, name in zip(leaves, structure.names(), strict=True)
    ]
    with recording() as tape:
        sites = _noted(tape)
        tape.spelled = True
        entries = iter([Traced(tape, tape.input(point), point) for point in points])
        given = [structure.build([next(entries) for _ in leaves]) for leaves, structure in flat]
        rows = [row_of(tape, leaf) for leaf in flatten(function(*given))[0]]
    program = _Program(tape, rows, sites)
    return program.value() or program.derivative(len(points))


def _noted(tape: Tape) -> list[Site | None]:
    """Sites of the tape's rows, written down as they are recorded."""
    sites: list[Site | None] = []
    add = tape.add

    def noting(*row: Any) -> Ref:
        sites.append(current())
        return add(*row)

    tape.add = noting  # type: ignore[method-assign,assignment] # of this one tape, so that others pay nothing
    return sites


class _Program:
    """A trace as a graph, node by row, with the line of every node."""

    def __init__(self, tape: Tape, results: Sequence[Any], sites: Sequence[Site | None]) -> None:
        self.graph = Graph({}, hoist=False)
        inputs = [row for row in tape.rows if row.op.name == "input"]
        self.leaves = [self.graph.input(np.shape(row.value)) for row in inputs]
        self.values = [np.asarray(value_of(row.value)) for row in inputs]
        refs = [Ref(index) for index in range(len(tape.rows))]
        nodes = tape.to_graph(self.graph, [*refs, *results], self.leaves)
        self.results = nodes[len(refs) :]
        self.sites: dict[int, Site | None] = {}
        for node, site in zip(nodes, sites, strict=False):
            self.sites.setdefault(node.index, site)
        self.order = reachable(self.results)
        self.known = self._evaluated(self.order)

    def _evaluated(self, nodes: Sequence[Node]) -> dict[int, Any]:
        found = interpret(nodes, self.leaves, self.values)
        return {node.index: np.asarray(value) for node, value in zip(nodes, found, strict=True)}

    def value(self) -> NotFinite | None:
        """The first value that is not finite."""
        if all(_finite(self.known[node.index]) for node in self.results):
            return None
        for node in self.order:
            value = self.known[node.index]
            sources = [self.known[argument.index] for argument in node.inputs]
            if not _finite(value) and all(map(_finite, sources)):
                return self._report("value", node, value, sources, None)
        return None

    def derivative(self, count: int) -> NotFinite | None:
        """The first derivative that is not finite."""
        inputs = self.leaves[:count]
        if not inputs or not self.results:
            return None
        seeds = [self.graph.lift(np.ones(node.shape)) for node in self.results]
        steps: list[derive.Step] = []
        gradients = derive.pullback(self.results, seeds, inputs, seen=steps)
        needed = {node.index for node in reachable(gradients)}
        steps = [step for step in steps if step.part.index in needed]
        found = self._evaluated([*gradients, *(node for s in steps for node in (s.ct, s.part))])
        if all(_finite(found[node.index]) for node in gradients):
            return None
        for step in steps:
            part = found[step.part.index]
            if not _finite(part) and _finite(found[step.ct.index]):
                sources = [self.known[argument.index] for argument in step.node.inputs]
                return self._report("derivative", step.node, part, sources, step.position)
        return None

    def _report(
        self, what: str, node: Node, value: Any, sources: Sequence[Any], argument: int | None
    ) -> NotFinite:
        name = "argument" if node.op.kind == "leaf" else node.op.name
        index = _first(value)
        operands = []
        if node.op.kind == "elementwise":
            shape = np.broadcast_shapes(*(source.shape for source in sources))
            place = index if len(index) == len(shape) else (0,) * len(shape)
            operands = [float(np.broadcast_to(source, shape)[place]) for source in sources]
        line = describe(self.sites.get(node.index))
        found = float(value[index])
        return NotFinite(what, name, line, index, found, tuple(operands), argument)


def _finite(value: Any) -> bool:
    return bool(np.isfinite(value).all())


def _first(value: Any) -> tuple[int, ...]:
    places = np.argwhere(~np.isfinite(value))
    return tuple(int(i) for i in places[0])


__all__ = ["NotFinite", "find_nan"]

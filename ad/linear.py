"""A function traced at a point: the graph that every derivative of `ad` starts from.

Arguments and results may be containers. Values of outer traces that the function reads become
inputs of the graph too, so derivatives nest; branches taken inside become guards of the outer
trace, if they depend on it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad import rules
from ad.callsite import user_line
from ad.containers import flatten
from ad.errors import TraceError
from ad.graph import Graph, Node
from ad.interpret import interpret
from ad.tape import Guard, Tape, recording
from ad.traced import Traced, is_traced, row_of, value_of


class Linear:
    """A function traced at a point.

    Parameters
    ----------
    function : callable
    args : sequence
        Of positional arguments.
    wrt : sequence of int
        Arguments that are traced; the others are constants.
    who : str
        Who asks, for messages.
    examples : sequence of arrays, optional
        Where to trace, for each leaf of the traced arguments; by default their own values.
    constants : bool
        Whether an argument in `wrt` may be None, text or a function.

    Attributes
    ----------
    inputs : list of Node
        One for each leaf of the arguments `wrt`.
    results : list of Node
        One for each leaf of what the function returned.
    arguments : list of Structure
        How each argument in `wrt` is nested.
    form : Structure
        How the result is nested.
    leaves, values : list
        All inputs of the graph, those captured from outer traces included, and their values.
    guards : list of (Guard, Node)
        Branches taken, and the nodes they asked.
    tape : Tape
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        wrt: Sequence[int],
        who: str = "ad",
        examples: Sequence[Any] | None = None,
        *,
        constants: bool = False,
    ) -> None:
        require_callable(who, function)
        flat = [flatten(args[position]) for position in wrt]
        for position, (leaves, structure) in zip(wrt, flat, strict=True):
            if structure.kind is None and not leaves and not constants:
                raise _no_numbers(args[position], position, who)
        self.arguments = [structure for _, structure in flat]
        points = [
            as_point(leaf, f"argument {position}{name}", who)
            for position, (leaves, structure) in zip(wrt, flat, strict=True)
            for leaf, name in zip(leaves, structure.names(), strict=True)
        ]
        if examples is None:
            examples = [value_of(point) for point in points]
        with recording() as tape:
            traced = [Traced(tape, tape.input(value), value) for value in examples]
            given = list(args)
            entries = iter(traced)
            for position, structure in zip(wrt, self.arguments, strict=True):
                given[position] = structure.build([next(entries) for _ in range(structure.size)])
            found, self.form = flatten(function(*given))
            if callable(self.form.constant):
                raise TraceError(
                    f"{who}: the function must return real numbers, arrays or containers of them, "
                    f"got a function ({user_line()}). Differentiate what it computes: "
                    "lambda x: f(x)(y)."
                )
            rows = [_row(tape, leaf, who) for leaf in found]
        self._finish(tape, points, rows)

    def _finish(self, tape: Tape, points: list[Any], rows: list[Any]) -> None:
        """Make the graph of what the tape recorded."""
        # Input rows come in the order they were recorded: arguments first, then captured values.
        self.values = [*points, *(value for value, _ in tape.captured.values())]
        self.graph = Graph(rules.laws(), hoist=False)
        self.leaves = [self.graph.input(np.shape(value)) for value in self._examples(tape)]
        self.inputs = self.leaves[: len(points)]
        asked = [guard.row for guard in tape.guards]
        nodes = tape.to_graph(self.graph, [*rows, *asked], self.leaves)
        self.results = nodes[: len(rows)]
        self.guards: list[tuple[Guard, Node]] = list(
            zip(tape.guards, nodes[len(rows) :], strict=True)
        )
        self.tape = tape

    @staticmethod
    def _examples(tape: Tape) -> list[Any]:
        return [row.value for row in tape.rows if row.op.name == "input"]

    @property
    def result(self) -> Node:
        """The result of a function that returns one array."""
        (node,) = self.results
        return node

    @property
    def is_nested(self) -> bool:
        """Whether an outer trace records what happens here."""
        return any(is_traced(value) for value in self.values)

    def evaluate(
        self, outputs: Sequence[Node], seeds: Sequence[Node] = (), given: Sequence[Any] = ()
    ) -> list[Any]:
        """Values of nodes of the graph at the point, where `seeds` have the `given` values."""
        asked = [node for _, node in self.guards] if self.is_nested else []
        leaves, values = [*self.leaves, *seeds], [*self.values, *given]
        results = interpret([*outputs, *asked], leaves, values)
        for (branch, _), answer in zip(self.guards, results[len(outputs) :], strict=False):
            if is_traced(answer):  # an outer trace depends on the branch taken here
                answer.tape.guards.append(branch._replace(row=answer.ref))
        return [self.result_of(value) for value in results[: len(outputs)]]

    def result_of(self, value: Any) -> Any:
        """A value for the user, in float64, as a number where it has no axes.

        Literals stay what they are for an outer trace, and conditions everywhere.
        """
        if is_traced(value) or self.is_nested:
            return value
        array = np.asarray(value)
        return (array.astype(float) if array.dtype.kind in "iu" else array)[()]

    def split(self, values: Sequence[Any]) -> list[Any]:
        """Values for each leaf of the arguments, as the arguments are nested."""
        entries = iter(values)
        return [
            structure.build([next(entries) for _ in range(structure.size)])
            for structure in self.arguments
        ]


def require_callable(who: str, function: Any, what: str = "the first argument") -> None:
    """Refuse what is no function."""
    if not callable(function):
        raise TypeError(
            f"{who}: {what} must be a function, got {type(function).__name__} ({user_line()})."
        )


def _no_numbers(value: Any, position: int, who: str) -> TraceError:
    return TraceError(
        f"{who}: argument {position} must be an array of real numbers, got "
        f"{type(value).__name__} ({user_line()}). Choose other arguments with argnums, or pass it "
        "by a closure."
    )


def as_point(value: Any, what: str, who: str) -> Any:
    """An argument as differentiation takes it: a traced value, or an array of float64."""
    if is_traced(value):
        return value.frozen()
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise TraceError(
            f"{who}: {what} must be an array of real numbers, got {type(value).__name__} "
            f"({user_line()}). {error}"
        ) from None
    if array.dtype.kind not in "fiub":
        if array.dtype.kind == "c":
            raise TraceError(
                f"{who}: {what} must be an array of real numbers, got {array.dtype} "
                f"({user_line()}). Pass the real and the imaginary part as two arguments."
            )
        raise TraceError(
            f"{who}: {what} must be an array of real numbers, got {array.dtype} "
            f"({user_line()}). Choose other arguments with argnums, or pass it by a closure."
        )
    return array.astype(float)


def _row(tape: Tape, leaf: Any, who: str) -> Any:
    try:
        return row_of(tape, leaf)
    except TraceError:
        raise TraceError(
            f"{who}: the function must return real numbers, arrays or containers of them, got "
            f"{type(leaf).__name__} ({user_line()})."
        ) from None


__all__ = ["Linear", "as_point", "require_callable"]

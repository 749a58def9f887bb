"""The graph of a traced path: its results, its gradient and its guards, as a program wants them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from ad import derive, rules
from ad.errors import NoRuleError, ShapeError
from ad.finishing import finished
from ad.graph import INPUT, Graph, Node, reachable
from ad.identity import Asked
from ad.lower.program import Code, Program
from ad.rolling import roll

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.tape import Tape


class Options(NamedTuple):
    """What is made of a tape.

    Attributes
    ----------
    with_gradient : bool
        Whether it is a log density with its gradient.
    strict : bool
        Whether nothing may change the last bits.
    without : tuple of str
        Passes that are switched off.
    """

    with_gradient: bool = False
    strict: bool = False
    without: tuple[str, ...] = ()


class ProgramGraph:
    """A tape rolled, differentiated and rewritten.

    Parameters
    ----------
    tape : Tape
    rows : sequence
        Results of the traced function: rows or constants.
    options : Options
    form : Any
        How the function gives its results, for messages.

    Attributes
    ----------
    graph : Graph
    x : Node
    outputs : list of Node
    gradient : Node or None
    asked : Asked
        The same, as the program and its key want it.

    Raises
    ------
    ShapeError
        If a log density is not a scalar.
    NoRuleError
        If something has no native code.
    """

    def __init__(self, tape: Tape, rows: Sequence[Any], options: Options, form: Any) -> None:
        strict, without = options.strict, options.without
        self.graph = graph = Graph(rules.laws(strict=strict, without=without))
        (entry,) = [row for row in tape.rows if row.op is INPUT]
        self.x = graph.input(entry.value.shape)
        wanted = [*rows, *(guard.row for guard in tape.guards)]
        if "roll-loops" not in without:
            nodes = roll(tape, graph, wanted, [self.x], reassociate=not strict)
        else:
            nodes = tape.to_graph(graph, wanted, [self.x])
        self.outputs, guards = nodes[: len(rows)], nodes[len(rows) :]
        self.gradient = self._gradient(form) if options.with_gradient else None
        slopes = [] if self.gradient is None else [self.gradient]
        _check_native([*self.outputs, *guards, *slopes])
        graph.known_forms.clear()  # columns as long as the data
        answers = [guard.taken for guard in tape.guards]
        guarded = list(zip(guards, answers, strict=True))
        self.asked = Asked(self.x, self.outputs, self.gradient, guarded, without, strict)

    def _gradient(self, form: Any) -> Node:
        shapes = [node.shape for node in self.outputs]
        if shapes != [()]:
            raise ShapeError(
                f"ad.density: the log density must be a scalar, got {form} of shapes {shapes}. "
                "Sum it."
            )
        (gradient,) = derive.pullback(self.outputs, [self.graph.literal(1.0)], [self.x])
        return gradient

    def program(self) -> Program:
        """The graph after the laws for machine code, scheduled."""
        return Program(*finished(self.asked)[:5])

    @functools.cached_property
    def code(self) -> Code:
        """The program's text."""
        return self.program().write()


def _check_native(outputs: Sequence[Node]) -> None:
    """Refuse what runs in Python."""
    for node in reachable(outputs):
        if node.op.kind == "external":
            name = getattr(node.params["function"], "name", "function")
            raise NoRuleError(
                f"ad.compile: every operation must have native code, got {name}, which runs in "
                "Python (ad.external, ad.root, ad.fixed_point or ad.argmin). Call the function "
                "without compiling it."
            )

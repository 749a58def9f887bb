"""Tracing the functions a loop or a branch is given, into bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad import callsite
from ad.complexes.value import Complex
from ad.containers import Structure, flatten
from ad.errors import GuardError, ShapeError, TraceError
from ad.linear import require_callable
from ad.loops.body import Body, closed, copied, fresh_graph, make_body
from ad.op import TABLE
from ad.tape import Tape, recording
from ad.traced import Traced, is_traced, row_of, stand_in_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ad.graph import Node


class Leaves(NamedTuple):
    """A container of arrays taken apart."""

    values: list[Any]
    form: Structure

    def rebuild(self, values: Sequence[Any]) -> Any:
        """The container with other leaves."""
        return self.form.build(values)


class Function(NamedTuple):
    """A traced function: outputs over its inputs, and what else it reads."""

    inputs: list[Node]  # its arguments, then captured values
    outputs: list[Node]
    captured: list[Any]  # traced values of outer functions
    result: Leaves


def leaves(who: str, container: Any) -> Leaves:
    """Arrays and traced values of a container; numbers become arrays, complex ones pairs."""
    values, form = flatten(container, Complex)
    return Leaves([_array(who, value) for value in values], form)


def _array(who: str, value: Any) -> Any:
    if is_traced(value):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TraceError(
            f"{who}: values must be arrays of real numbers, got {value!r} ({callsite.user_line()})."
        )
    return array


def trace(who: str, function: Callable[..., Any], points: Sequence[Any], call: Any) -> Function:
    """Trace ``call(function, inputs)`` where the inputs have the given concrete values.

    Raises
    ------
    GuardError
        If the function branches on a traced value: a loop's body has one form for all steps.
    """
    require_callable(who, function, "what is to be traced")
    with recording() as tape:
        inputs = [Traced(tape, tape.input(value), value) for value in points]
        result = call(function, inputs)
        # Nothing of the function's result may keep the tape alive: only its form is kept.
        values, form = flatten(result, Complex)
        rows = [row_of(tape, value) for value in values]
    _refuse_branches(who, tape)
    captured = [value for value, _ in tape.captured.values()]
    graph = fresh_graph()
    nodes = [graph.input(np.shape(stand_in_of(value))) for value in (*points, *captured)]
    outputs = [number(node) for node in tape.to_graph(graph, rows, nodes)]
    shapes = [np.shape(stand_in_of(value)) for value in values]
    return Function(nodes, outputs, captured, Leaves(shapes, form))


def together(functions: Sequence[Function], arguments: int) -> tuple[list[Body], list[Any]]:
    """Bodies of functions of the same arguments, which read the same other values, and these."""
    pairs = [closed(function.inputs, function.outputs) for function in functions]
    bodies, more = [], []
    for function, (body, arrays) in zip(functions, pairs, strict=True):
        more += [*function.captured, *arrays]
        bodies.append(body)
    return [_shared(bodies, which, arguments) for which in range(len(bodies))], more


def _shared(bodies: Sequence[Body], which: int, arguments: int) -> Body:
    """A body with the inputs of all: the arguments, then what each reads, body by body."""
    graph = fresh_graph()
    first = [graph.input(node.shape, node.dtype) for node in bodies[0].inputs[:arguments]]
    inputs, own = list(first), list(first)
    for place, body in enumerate(bodies):
        more = [graph.input(node.shape, node.dtype) for node in body.inputs[arguments:]]
        inputs += more
        if place == which:
            own += more
    known = {node.index: value for node, value in zip(bodies[which].inputs, own, strict=True)}
    return make_body(inputs, copied(graph, bodies[which].outputs, known))


def number(node: Node) -> Node:
    """A node as a number: conditions become 0 or 1."""
    return TABLE["where"](node, 1.0, 0.0) if node.dtype == "b" else node


def _refuse_branches(who: str, tape: Tape) -> None:
    if tape.guards:
        raise GuardError(
            f"{who}: the function must not branch on a traced value, got an if or a while in "
            f"{callsite.describe(tape.guards[0].site)}. Use np.where, ad.cond or ad.while_loop."
        )


def point_of(value: Any) -> Any:
    """Something of its shape to trace at."""
    return np.asarray(stand_in_of(value), dtype=np.float64)


def check_carry(who: str, before: Leaves, traced: Function) -> None:
    """A step must leave what it was given: the same form and shapes."""
    form = traced.result.form.parts[0]
    want = [np.shape(stand_in_of(value)) for value in before.values]
    got = [tuple(shape) for shape in traced.result.values[: form.size]]
    if got != want or form != before.form:
        raise ShapeError(
            f"{who}: a step must leave the carry as it found it, got shapes {got} at "
            f"{form.names('carry')} for {want} at {before.form.names('carry')} "
            f"({callsite.user_line()})."
        )

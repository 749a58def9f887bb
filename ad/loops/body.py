"""The body of a loop or a branch: a graph of its own, with inputs and outputs.

Bodies of equal structure are one object, so operations that carry one as a parameter are interned
like any other. A body reads nothing but its inputs and numbers of the program; arrays it was
written with become inputs, but for tables of positions, which are part of its structure.
"""

from __future__ import annotations

import functools
import operator
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.batching import batch
from ad.graph import DATA, INPUT, LITERAL, Graph, Law, Node, reachable
from ad.interpret import interpret
from ad.op import TABLE, Shape, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_known: weakref.WeakValueDictionary[Any, Body] = weakref.WeakValueDictionary()


class Body:
    """A function of arrays as a graph.

    Attributes
    ----------
    inputs, outputs : tuple of Node
        Of the body's own graph.
    """

    def __init__(self, inputs: Sequence[Node], outputs: Sequence[Node]) -> None:
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.shapes = tuple(node.shape for node in self.outputs)

    def __call__(self, *values: Value) -> list[Any]:
        """Outputs for given inputs: nodes, traced values or arrays."""
        return interpret(self.outputs, self.inputs, values)

    def __repr__(self) -> str:
        operations = sum(node.op.kind != "leaf" for node in reachable(self.outputs))
        return f"<body: {len(self.inputs)} inputs, {operations} operations>"

    @functools.cached_property
    def evaluate(self) -> Callable[..., list[Any]]:
        """The function on plain values (see `plain`), prepared once for many calls."""
        places = {node.index: place for place, node in enumerate(self.inputs)}
        start: list[Any] = [None] * len(self.inputs)
        steps = []
        for node in reachable(self.outputs):
            if node.index in places:
                continue
            places[node.index] = len(start)
            if node.op in (LITERAL, DATA):
                literal = node.op is LITERAL and node.dtype == "f"
                start.append(np.float64(node.value) if literal else node.value)
                continue
            start.append(None)
            arguments = _arguments([places[argument.index] for argument in node.inputs])
            function = _function_of(node)
            bound = functools.partial(function, **node.params) if node.params else function
            steps.append((len(start) - 1, bound, arguments))
        wanted = [places[node.index] for node in self.outputs]

        def run(*values: Any) -> list[Any]:
            known = start.copy()
            known[: len(values)] = values
            for place, function, arguments in steps:
                known[place] = function(*arguments(known))
            return [known[place] for place in wanted]

        return run


def _arguments(places: Sequence[int]) -> Callable[[list[Any]], Sequence[Any]]:
    """What picks a step's arguments, without a loop in Python."""
    if len(places) > 1:
        return operator.itemgetter(*places)
    (place,) = places
    return operator.itemgetter(slice(place, place + 1))


def _function_of(node: Node) -> Callable[..., Any]:
    """What works an operation out; on numbers several times faster than on arrays."""
    op = node.op
    # The condition of a selection is a truth, not a number.
    numbers = node.inputs[1:] if op is TABLE["where"] else node.inputs
    if op.scalar is None or node.size != 1 or any(each.dtype != "f" for each in numbers):
        return op.eval
    return op.scalar


def is_table(node: Node, position: int) -> bool:
    """Whether an argument is a table of positions, fixed when the program was traced."""
    return node.op.kind in ("gather", "scatter") and position == 1


def make_body(inputs: Sequence[Node], outputs: Sequence[Node]) -> Body:
    """The one body of this structure."""
    key = _structure(inputs, outputs)
    body = _known.get(key)
    if body is None:
        body = _known[key] = Body(inputs, outputs)
    return body


def _structure(inputs: Sequence[Node], outputs: Sequence[Node]) -> Any:
    names = {node.index: place for place, node in enumerate(inputs)}
    key: list[Any] = [(node.shape, node.dtype) for node in inputs]
    for node in reachable(outputs):
        if node.index in names:
            continue
        names[node.index] = len(key)
        what: Any = tuple(names[argument.index] for argument in node.inputs)
        if node.op is LITERAL:
            what = (node.dtype, float(node.value).hex())
        elif node.op is DATA:
            what = id(node.value)  # kept alive by the body
        key.append((node.op.name, what, tuple(node.params.items())))
    return tuple(key), tuple(names[node.index] for node in outputs)


def fresh_graph() -> Graph:
    """A graph to write a body in: exact laws, nothing evaluated."""
    from ad import rules  # noqa: PLC0415 - one of its laws is about loops

    return Graph(rules.laws(strict=True, without=("loops",)), hoist=False)


def copied(graph: Graph, outputs: Sequence[Node], known: dict[int, Node]) -> list[Node]:
    """Nodes of `graph` that stand for `outputs`; `known` maps nodes by index, and grows."""
    for node in _between(outputs, known):
        if node.op is LITERAL:
            known[node.index] = graph.literal(node.value)
        elif node.op is DATA:
            known[node.index] = graph.data(node.value)
        elif node.op is INPUT:
            raise AssertionError(f"a body reads {node!r}, which is not one of its inputs")
        else:
            arguments = [known[argument.index] for argument in node.inputs]
            known[node.index] = graph.apply(node.op, arguments, node.params)
    return [known[node.index] for node in outputs]


def _between(outputs: Sequence[Node], known: dict[int, Node]) -> list[Node]:
    """Nodes that `outputs` depend on up to those known, in topological order."""
    found: dict[int, Node] = {}
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node.index not in known and node.index not in found:
            found[node.index] = node
            stack.extend(node.inputs)
    return [found[index] for index in sorted(found)]


def copy_of(body: Body, graph: Graph) -> tuple[list[Node], list[Node]]:
    """Inputs and outputs of a copy of a body in another graph."""
    values = [graph.input(node.shape, node.dtype) for node in body.inputs]
    known = {node.index: value for node, value in zip(body.inputs, values, strict=True)}
    return values, copied(graph, body.outputs, known)


def rewritten(body: Body, laws: dict[str, list[Law]]) -> tuple[list[Node], list[Node]]:
    """Inputs and outputs of a body after these laws, which one that is only kept may lack."""
    return copy_of(body, Graph(laws, hoist=False))


def batched(body: Body, flags: Sequence[bool], size: int) -> Body | None:
    """The body for many instances: inputs flagged have a leading axis, and all outputs.

    None where one of its operations has no batching rule.
    """
    graph = fresh_graph()
    inputs = [
        graph.input((size, *node.shape) if flag else node.shape, node.dtype)
        for node, flag in zip(body.inputs, flags, strict=True)
    ]
    known: dict[int, tuple[Node, bool]] = {
        node.index: (own, flag) for node, own, flag in zip(body.inputs, inputs, flags, strict=True)
    }
    for node in reachable(body.outputs):
        if node.index in known:
            continue
        if node.op in (LITERAL, DATA):
            known[node.index] = (graph.lift(node.value), False)
            continue
        given = [known[argument.index] for argument in node.inputs]
        values, rows = [value for value, _ in given], [flag for _, flag in given]
        if any(rows):
            value = batch(node.op, values, rows, node.params, size)
        else:
            value = node.op(*values, **node.params)
        if value is None:
            return None
        known[node.index] = (value, any(rows))
    outputs = [
        value if rows else TABLE["broadcast_to"](value, shape=(size, *value.shape))
        for value, rows in (known[node.index] for node in body.outputs)
    ]
    return make_body(inputs, outputs)


def closed(inputs: Sequence[Node], outputs: Sequence[Node]) -> tuple[Body, list[Any]]:
    """Body of a graph that may hold data, and the data, which become its last inputs."""
    graph = fresh_graph()
    fresh = [graph.input(node.shape, node.dtype) for node in inputs]
    known = {node.index: copy for node, copy in zip(inputs, fresh, strict=True)}
    arrays: list[Any] = []
    nodes = reachable(outputs)
    tables = {
        argument.index
        for node in nodes
        for position, argument in enumerate(node.inputs)
        if is_table(node, position)
    }
    for node in nodes:
        if node.op is DATA and node.index not in tables:
            copy = known[node.index] = graph.input(node.shape, node.dtype)
            fresh.append(copy)
            arrays.append(node.value)
    return make_body(fresh, copied(graph, outputs, known)), arrays


def zeros(graph: Graph, shape: Shape) -> Node:
    """Zeros as a node."""
    zero = graph.literal(0.0)
    return TABLE["broadcast_to"](zero, shape=shape) if shape else zero


def is_zero(node: Node) -> bool:
    """Whether a node is zeros by its form."""
    while node.op.name in ("broadcast_to", "reshape"):
        node = node.inputs[0]
    empty = node.op.name == "assemble" and not node.inputs
    return empty or (node.op is LITERAL and not node.value and node.dtype == "f")


def plain(values: Sequence[Any]) -> list[Any]:
    """Values as `Body.evaluate` wants them: truths, arrays of float64, or NumPy's numbers."""
    arrays = [np.asarray(value) for value in values]
    return [(each if each.dtype == np.bool_ else numbers(each))[()] for each in arrays]


def numbers(array: Any) -> Any:
    """An array in float64."""
    return np.asarray(array, dtype=np.float64)

"""Derivatives of graphs, as graphs.

Reverse mode walks the nodes backwards and applies each operation's pullback; forward mode walks
them forwards and applies its pushforward. The rules are written in operations, so what comes out
are nodes of the same graph: interned with the value's own nodes (shared work is one node) and
differentiable again. Forward mode costs one sweep per input direction, reverse mode one sweep per
output (Baydin, Pearlmutter, Radul and Siskind, 2018, sections 3.1 and 3.2).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ad.graph import Graph, Node, reachable
from ad.op import TABLE, Value, expand
from ad.ops.shape import Place, assemble

# Operations that leave out some of what they are given: zeros of its cotangent say so.
SELECTIONS = ("where", "cond")


class Step(NamedTuple):
    """One application of a pullback: of `node`, whose cotangent is `ct`, to one argument."""

    node: Node
    position: int
    ct: Node
    part: Node


def pullback(
    outputs: Sequence[Node],
    cotangents: Sequence[Node],
    inputs: Sequence[Node],
    seen: list[Step] | None = None,
) -> list[Node]:
    """Cotangents of `inputs`, given those of `outputs`: one reverse sweep, noted in `seen`."""
    graph = inputs[0].graph
    active = _depending(outputs, inputs)
    outer, graph.moving = graph.moving, {node.index for node in active}
    try:
        results = _swept(active, outputs, cotangents, inputs, seen)
    finally:
        graph.moving = outer
    return [results.get(node.index) or _zeros(graph, node) for node in inputs]


def _swept(
    active: list[Node],
    outputs: Sequence[Node],
    cotangents: Sequence[Node],
    inputs: Sequence[Node],
    seen: list[Step] | None,
) -> dict[int, Node]:
    """Cotangents by index of the input, back through `active`."""
    graph = inputs[0].graph
    masked, moving = graph.masked, graph.moving or ()
    wanted = {node.index for node in inputs}
    arrived: dict[int, list[Node]] = {}
    for output, cotangent in zip(outputs, cotangents, strict=True):
        arrived.setdefault(output.index, []).append(cotangent)
    results: dict[int, Node] = {}
    for node in reversed(active):
        terms = arrived.pop(node.index, None)
        if terms is None:
            continue
        ct = _total(terms)
        if all(term.index in masked for term in terms):
            masked.add(ct.index)
        if node.index in wanted:
            results[node.index] = ct
        if node.op.pullback is None:
            continue
        for position, argument in enumerate(node.inputs):
            if argument.index in moving:
                part = node.op.pullback(position, ct, node, node.inputs, node.params)
                if part is not None:
                    arrived.setdefault(argument.index, []).append(part)
                    if seen is not None:
                        seen.append(Step(node, position, ct, part))
                    if ct.index in masked or node.op.name in SELECTIONS:
                        masked.add(part.index)
    return results


def pushforward(
    outputs: Sequence[Node], inputs: Sequence[Node], tangents: Sequence[Node]
) -> list[Node]:
    """Tangents of `outputs`, given those of `inputs`: one forward sweep."""
    graph = inputs[0].graph
    known: dict[int, Value] = {
        node.index: tangent for node, tangent in zip(inputs, tangents, strict=True)
    }
    for node in _depending(outputs, inputs):
        parts = [known.get(argument.index) for argument in node.inputs]
        rule = node.op.pushforward
        if node.index not in known and rule is not None and any(p is not None for p in parts):
            tangent = rule(parts, node, node.inputs, node.params)
            if tangent is not None:
                known[node.index] = tangent
    return [known.get(node.index) or _zeros(graph, node) for node in outputs]


def _depending(outputs: Sequence[Node], inputs: Sequence[Node]) -> list[Node]:
    """Nodes on a path from `inputs` to `outputs`: the only ones a derivative passes through."""
    moving = {node.index for node in inputs}
    active = []
    for node in reachable(outputs):
        if node.index in moving or any(argument.index in moving for argument in node.inputs):
            moving.add(node.index)
            active.append(node)
    return active


def _zeros(graph: Graph, node: Node) -> Node:
    return expand(graph.literal(0.0), node.shape)  # type: ignore[no-any-return]


def _total(terms: list[Node]) -> Node:
    """Sum of cotangents; parts put at disjoint places of one array become one assembly.

    A flat vector sliced into many sites gets a cotangent from each of them; adding them as
    vectors would cost (number of sites) x (length).
    """
    pieces = [term for term in terms if term.op is assemble]
    if len(pieces) > 1:
        merged = _disjoint(pieces)
        if merged is not None:
            terms = [term for term in terms if term.op is not assemble]
            terms.append(merged)
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _disjoint(pieces: list[Node]) -> Node | None:
    """One assembly of all pieces' parts, or None where two of them overlap."""
    shape = pieces[0].shape
    taken = np.zeros(pieces[0].size, np.int32)
    parts: list[Node] = []
    places: list[Place] = []
    for piece in pieces:
        for part, place in zip(piece.inputs, piece.params["places"], strict=True):
            positions = np.full(part.shape, place[0])
            for axis, (size, stride) in enumerate(zip(part.shape, place[1], strict=True)):
                along = [1] * len(part.shape)
                along[axis] = size
                positions = positions + (np.arange(size) * stride).reshape(along)
            taken[positions] += 1
            parts.append(part)
            places.append(place)
    if taken.max(initial=0) > 1:
        return None
    merged: Node = TABLE["assemble"](*parts, shape=shape, places=tuple(places))
    return merged

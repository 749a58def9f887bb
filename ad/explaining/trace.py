"""The evaluation trace: every intermediate value with its adjoint, in order.

The table of Baydin, Pearlmutter, Radul and Siskind (2018), tables 2 and 3: the forward sweep from
top to bottom gives values (and tangents), the reverse sweep from bottom to top gives adjoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad import derive
from ad.graph import DATA, INPUT, LITERAL, Node, reachable
from ad.interpret import interpret

if TYPE_CHECKING:
    from collections.abc import Sequence

INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "matmul": "@"}


class Line(NamedTuple):
    """One row of the table."""

    name: str
    expression: str
    value: Any
    tangent: Any
    adjoint: Any


def evaluation_trace(
    result: Node, inputs: Sequence[Node], points: Sequence[Any], directions: Sequence[Any] | None
) -> list[Line]:
    """Rows for every value the result depends on; adjoints where the result is a scalar."""
    graph = inputs[0].graph
    nodes = [node for node in reachable([result]) if node.op is not LITERAL]
    active = [node for node in nodes if node.op is not DATA and node.dtype == "f"]
    nothing: list[Node | None] = [None] * len(active)
    adjoints = nothing
    if result.shape == ():
        adjoints = list(derive.pullback([result], [graph.literal(1.0)], active))
    tangents, seeds = nothing, []
    if directions is not None:
        seeds = [graph.input(node.shape) for node in inputs]
        tangents = list(derive.pushforward(active, inputs, seeds))
    wanted = [*nodes, *(n for n in (*adjoints, *tangents) if n is not None)]
    given = [*points, *(directions or ())]
    values = interpret(wanted, [*inputs, *seeds], given)
    known = {node.index: value for node, value in zip(wanted, values, strict=True)}
    slopes = {
        node.index: tuple(known[d.index] if d is not None else None for d in pair)
        for node, *pair in zip(active, tangents, adjoints, strict=True)
    }
    names = _names(nodes, inputs)
    return [
        Line(
            names[node.index],
            _expression(node, names),
            known[node.index],
            *slopes.get(node.index, (None, None)),
        )
        for node in nodes
    ]


def _names(nodes: Sequence[Node], inputs: Sequence[Node]) -> dict[int, str]:
    """``x`` or ``x0, x1`` for arguments, ``d1`` for data, ``v1, v2`` for what is computed."""
    names = {
        node.index: "x" if len(inputs) == 1 else f"x{place}" for place, node in enumerate(inputs)
    }
    counts = {"d": 0, "v": 0}
    for node in nodes:
        if node.index not in names:
            letter = "d" if node.op is DATA else "v"
            counts[letter] += 1
            names[node.index] = f"{letter}{counts[letter]}"
    return names


def _expression(node: Node, names: dict[int, str]) -> str:
    if node.op is INPUT:
        return "argument"
    if node.op is DATA:
        return f"data, shape {node.shape}"
    given = [f"{arg.value:g}" if arg.op is LITERAL else names[arg.index] for arg in node.inputs]
    if node.op.name in INFIX:
        return f"{given[0]} {INFIX[node.op.name]} {given[1]}"
    if node.op.name == "negative":
        return f"-{given[0]}"
    if node.op.name == "view" and node.size == 1:
        place = np.unravel_index(node.params["offset"], node.inputs[0].shape or (1,))
        return f"{given[0]}[{', '.join(map(str, place))}]"
    return f"{node.op.name}({', '.join(given)})"


def shown(value: Any) -> str:
    """A number, or the shape and the first elements of an array."""
    if value is None:
        return ""
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{array:.6g}" if array.dtype != np.bool_ else str(bool(array))
    first = ", ".join(f"{one:.4g}" for one in array.ravel()[:2].astype(float))
    more = ", ..." if array.size > 2 else ""
    return f"[{first}{more}]"

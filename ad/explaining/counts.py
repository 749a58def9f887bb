"""How much work a graph is: floating-point operations, counted from shapes.

An element-wise operation is one operation an element, whatever it is (Griewank and Walther, 2008,
"Evaluating Derivatives", section 3.4, count so); picking elements is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.graph import LEAVES, Node, reachable
from ad.lower.costs import TRANSCENDENTAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ad.loops.body import Body


def operations(node: Node) -> int:
    """Operations to compute one node from its arguments."""
    kind, name = node.op.kind, node.op.name
    if node.op in LEAVES or kind in ("view", "gather", "assemble"):
        return 0
    if kind in ("reduction", "cumulative", "scatter"):
        return node.inputs[0].size
    if name in ("along", "placed"):
        return node.inputs[0].size
    if name in ("argsort", "searchsorted"):  # comparisons
        return node.size * node.inputs[0].shape[-1].bit_length()
    if kind in ("matvec", "matmul") or name == "batched_matmul":
        return 2 * node.size * node.inputs[0].shape[-1]
    if name == "scan":
        return int(node.params["length"]) * in_body(node.params["body"])
    if name == "cond":
        return max(in_body(node.params["yes"]), in_body(node.params["no"]))
    if kind == "loop":  # of unknown length: once
        return in_body(node.params["body"])
    if kind == "library":  # a third of n^3 for a Cholesky factor, up to some n^3 for the others
        return node.size * node.shape[-1] if node.shape else node.inputs[0].size
    return node.size


def in_body(body: Body) -> int:
    """Operations of one pass through a body."""
    return total(reachable(body.outputs))


def total(nodes: Iterable[Node]) -> int:
    """Operations of nodes, each computed once."""
    return sum(map(operations, nodes))


def transcendental(node: Node) -> int:
    """Those of a node's operations that are exp, log and the like, inside loops too."""
    if node.op.name in TRANSCENDENTAL:
        return operations(node)
    inside = [sum(map(transcendental, reachable(body.outputs))) for body in bodies(node)]
    steps = int(node.params["length"]) if node.op.name == "scan" else 1
    return steps * max(inside, default=0)


def bodies(node: Node) -> list[Body]:
    """The steps of a loop, or the branches of a condition."""
    names = ("yes", "no") if node.op.name == "cond" else ("body",)
    return [node.params[name] for name in names if name in node.params]

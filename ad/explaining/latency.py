"""What holds up a loop whose steps wait for each other: the longest chain from one to the next.

A core starts several operations a cycle, but each must wait for what it reads. In a scan the value
carried from step to step goes through a chain of operations, and no step can begin the same chain
before the last has ended it: so many cycles a step, however few operations and bytes there are.
With several carried values it is the circle among them with the largest mean (R. M. Karp, 1978, "A
characterization of the minimum cycle mean in a digraph", Discrete Mathematics 23, 309-311).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.graph import reachable
from ad.lower.costs import TRANSCENDENTAL

if TYPE_CHECKING:
    from ad.graph import Node
    from ad.loops.body import Body

# Cycles from operands to result, on the fastest of AMD's Zen 2 to 4 and Intel's Skylake to Ice Lake
# (A. Fog, "Instruction tables", 2024): what is here is a limit on all of them.
CYCLES = {
    **dict.fromkeys(("add", "subtract", "multiply", "square"), 3),
    **dict.fromkeys(("divide", "reciprocal"), 10),
    "sqrt": 13,
}
SIMPLE = 1  # comparisons, selections, signs
FUSED_MULTIPLY_ADD = 4
FUNCTION = 30  # our own exp, log, sin, ..., of which none takes less
SUMS = ("add", "subtract")


def critical_path(node: Node) -> float:
    """Cycles that a scan takes at least, because its steps wait for each other.

    Parameters
    ----------
    node : Node
        Of a graph; 0 for all that is no scan.
    """
    if node.op.name != "scan":
        return 0.0
    body, carries = node.params["body"], int(node.params["carries"])
    return int(node.params["length"]) * cycles_a_step(body, carries)


def cycles_a_step(body: Body, carries: int) -> float:
    """The largest mean, over circles of carried values, of the cycles from one step to the next.

    Parameters
    ----------
    body : Body
    carries : int
        How many of its first inputs are carried; its first outputs are their next values.
    """
    if not carries:
        return 0.0
    chains = _chains(body, carries)
    reached = [np.zeros(carries)]
    for _ in range(carries):
        reached.append((chains + reached[-1]).max(axis=1))
    last = reached[-1]
    steps = carries - np.arange(carries)
    with np.errstate(invalid="ignore"):
        means = (last - np.array(reached[:-1])) / steps[:, None]
    least = np.where(np.isfinite(last), np.nanmin(means, axis=0), -np.inf)
    return max(0.0, float(least.max()))


def _chains(body: Body, carries: int) -> Any:
    """Cycles of the longest chain to each update (row) from each carried value (column)."""
    nothing = np.full(carries, -np.inf)
    ends: dict[int, Any] = {}
    for place, node in enumerate(body.inputs):
        ends[node.index] = nothing.copy()
        if place < carries:
            ends[node.index][place] = 0.0
    for node in reachable(body.outputs):
        if node.index not in ends:
            begun = [ends[each.index] - _saved(each, node) for each in node.inputs]
            ends[node.index] = np.max([nothing, *begun], axis=0) + _cycles(node)
    return np.array([ends[node.index] for node in body.outputs[:carries]])


def _cycles(node: Node) -> float:
    name, kind = node.op.name, node.op.kind
    if kind in ("leaf", "view", "gather", "assemble"):
        return 0.0
    if name == "scan":
        return critical_path(node)
    if name in TRANSCENDENTAL:
        return FUNCTION
    if kind in ("reduction", "cumulative", "matvec", "matmul"):
        return CYCLES["add"]
    return CYCLES.get(name, SIMPLE)


def _saved(read: Node, reader: Node) -> float:
    """Cycles less than both take, where a product goes into a sum: they are one operation."""
    if read.op.name == "multiply" and reader.op.name in SUMS:
        return CYCLES["multiply"] + CYCLES["add"] - FUSED_MULTIPLY_ADD
    return 0.0

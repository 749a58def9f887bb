"""From a tape to nodes, with its loops rolled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.columns import columns_of, in_order
from ad.graph import INPUT
from ad.interpret import interpret
from ad.lazy import Lazy
from ad.op import TABLE
from ad.rolling.arrangement import FEWEST, Arrangement, Chains
from ad.rolling.emission import Emission
from ad.rolling.listing import Listing
from ad.rolling.scans import NoRule
from ad.tape import Ref, collector_off

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.graph import Graph, Node
    from ad.tape import Tape

SHORTEST = 64  # rows of a tape worth looking at
TOLERANCE = 1e-9  # relative; sums are taken in another order
ROUNDING = 1e-12  # relative to the largest term of a sum


def roll(
    tape: Tape,
    graph: Graph,
    outputs: Sequence[Any],
    inputs: Sequence[Node],
    *,
    reassociate: bool = True,
) -> list[Node]:
    """Nodes of a tape's outputs, with its loops rolled.

    Parameters
    ----------
    tape : Tape
    graph : Graph
        To write in.
    outputs : sequence
        Rows or constants.
    inputs : sequence of Node
        For the tape's input rows.
    reassociate : bool
        Whether sums may be taken in another order.

    Returns
    -------
    list of Node
        As `Tape.to_graph` would give, up to the order of sums.
    """
    if not worthwhile(tape):
        return tape.to_graph(graph, outputs, inputs)
    with collector_off():
        nodes = _rolled(tape, graph, outputs, inputs, reassociate)
    if nodes is None or not agrees(tape, outputs, nodes, inputs):
        return tape.to_graph(graph, outputs, inputs)
    return nodes


def worthwhile(tape: Tape) -> bool:
    """Whether a tape is long and something on it repeats."""
    if len(tape.rows) < SHORTEST:
        return False
    return int(np.bincount(in_order(columns_of(tape).site)[0]).max()) >= FEWEST


def _rolled(
    tape: Tape, graph: Graph, outputs: Sequence[Any], inputs: Sequence[Node], reassociate: bool
) -> list[Node] | None:
    forbidden: set[int] = set()
    while True:
        listing = Listing(tape, outputs, reassociate, forbidden)
        try:
            arrangement = Arrangement(listing)
        except Chains as found:
            forbidden |= found.rows
        else:
            break
    if all(len(unit.rows) == 1 for unit in arrangement.units) and not listing.trees:
        return None
    try:
        emission = Emission(arrangement, graph, inputs, outputs)
    except NoRule:
        return None
    return [emission.node(out) if isinstance(out, Ref) else graph.lift(out) for out in outputs]


def agrees(
    tape: Tape, outputs: Sequence[Any], nodes: Sequence[Node], inputs: Sequence[Node]
) -> bool:
    """Whether nodes have the values that the tape has, at the point where it was traced."""
    given = [row.value for row in tape.rows if row.op is INPUT]
    pairs = [
        (node, tape.rows[out].value if isinstance(out, Ref) else out)
        for node, out in zip(nodes, outputs, strict=True)
    ]
    # Values that were not worked out when the tape was recorded are not worked out here either.
    pairs = [(node, value) for node, value in pairs if type(value) is not Lazy]
    values = interpret([node for node, _ in pairs], inputs, given)
    got = [np.asarray(value, dtype=float) for value in values]
    meant = [np.asarray(known, dtype=float) for _, known in pairs]
    return _close(got, meant, 0.0) or _close(got, meant, ROUNDING * _largest_term(tape))


def _close(got: Sequence[Any], meant: Sequence[Any], noise: float) -> bool:
    """Whether arrays are equal up to the order of sums."""
    for one, other in zip(got, meant, strict=True):
        if one.shape != other.shape:
            return False
        finite = np.isfinite(other)
        if not np.array_equal(one[~finite], other[~finite], equal_nan=True):
            return False
        bound = TOLERANCE * np.abs(other[finite]).max(initial=0.0) + noise
        if not (np.abs(one[finite] - other[finite]) <= bound).all():
            return False
    return True


def _largest_term(tape: Tape) -> float:
    """Size of what is added up on a tape: sums that nearly cancel have its rounding errors."""
    sums = (TABLE["add"], TABLE["subtract"])
    values = [row.value for row in tape.rows if row.op in sums and type(row.value) is not Lazy]
    flat = np.concatenate([np.ravel(value) for value in values]) if values else np.zeros(1)
    return float(np.abs(flat[np.isfinite(flat)]).max(initial=0.0))

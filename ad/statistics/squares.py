"""Sums of squares of forms: |R c|^2 in place of |D c|^2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.graph import Graph, Node, reachable
from ad.op import TABLE, reshape
from ad.statistics.rows import Columns, Factors, Rows
from ad.statistics.values import Group, InseparableError, Part, coarse_apply, common, weighted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.statistics.values import Form

UNROLLED = 4  # up to so many columns, products are written out


class Arrangement(NamedTuple):
    """Parts of a form: with coefficients of their own in each group, and shared ones.

    Constants are one part, and come first; with `reduces` the last part of all is the column to be
    taken as its residual about the others.
    """

    own: list[Part]
    shared: list[Part]
    reduces: bool

    @property
    def starts(self) -> list[int]:
        """First column of each shared part."""
        return [sum(part.width for part in self.shared[:k]) for k in range(len(self.shared))]

    @property
    def centred(self) -> list[tuple[bool, int]]:
        """(shared or own, which part) of the columns to be centred: single ones but the last."""
        if not self.own or self.own[0].columns is not None:
            return []
        found = [(False, k) for k in range(1, len(self.own))]
        found += [(True, k) for k, part in enumerate(self.shared) if _is_single(part)]
        return found[:-1] if self.reduces else found


class Norm(NamedTuple):
    """A sum of squares: for each group (or all of it), and what groups have in common."""

    groups: Node
    shared: Node | None


def norm(graph: Graph, form: Form, roots: Any, size: int, by: Group | None) -> tuple[Norm, Rows]:
    """Sum of squares of `form`, its rows multiplied by `roots` (None for 1) in place of its weight.

    Everything is apart by group if `by`, or the form's scale, belongs to groups.
    """
    outer = common(by, None if form.scale is None else form.scale.group)
    group = common(outer, *(part.coefficient.group for part in form.parts))
    parts = _arranged(form.parts, group, outer is not None)
    rows = Rows(size, group)
    with np.errstate(all="ignore"):
        factors = _factors(parts, rows, roots)
    own, shared = _coefficients(graph, parts, factors, group)
    if form.scale is not None:
        own = [form.scale.node * node for node in own]
        shared = [form.scale.node * node for node in shared]
    if group is None:
        return Norm(_length(graph, [*own, *shared], _whole(factors, len(own))), None), rows
    common_part = _length(graph, shared, factors.shared) if shared else None
    if not own:
        raise InseparableError
    return Norm(_lengths(graph, own, shared, factors), common_part), rows


# ---- which columns ---------------------------------------------------------------------------


def _arranged(parts: tuple[Part, ...], group: Group | None, by_group: bool) -> Arrangement:
    constants = [part for part in parts if part.columns is None]
    columns = [part for part in parts if part.columns is not None]
    if by_group and not all(map(_is_single, columns)):
        raise InseparableError
    own: list[Part] = []
    shared: list[Part] = []
    if constants:
        merged = _merged(constants)
        apart = by_group or group is None or merged.coefficient.group is not None
        (own if apart else shared).append(merged)
    for part in columns:
        (own if by_group or part.coefficient.group is not None else shared).append(part)
    target = shared or own
    candidates = [part for part in target if _is_single(part)]
    if not candidates or len(own) + len(shared) < 2:
        return Arrangement(own, shared, reduces=False)
    pivot = min(candidates, key=lambda part: len(reachable([part.coefficient.node])))
    rest = [*(part for part in target if part is not pivot), pivot]
    if target is shared:
        return Arrangement(own, rest, reduces=True)
    return Arrangement(rest, shared, reduces=True)


def _is_single(part: Part) -> bool:
    return part.columns is not None and part.columns.ndim == 1


def _merged(parts: list[Part]) -> Part:
    total = parts[0].coefficient
    for part in parts[1:]:
        total = coarse_apply(TABLE["add"], (total, part.coefficient), {})
    return Part(total)


def _factors(parts: Arrangement, rows: Rows, roots: Any) -> Factors:
    def column(part: Part) -> Any:
        columns = weighted(roots, part.columns)
        return np.ones(rows.size) if columns is None else columns

    matrices = [column(part).reshape(rows.size, -1) for part in parts.shared]
    shared = np.concatenate(matrices, axis=1) if matrices else np.zeros((rows.size, 0))
    columns = Columns(rows, [column(part) for part in parts.own], shared)
    starts = parts.starts
    for wide, k in parts.centred:
        columns.centre(wide, starts[k] if wide else k)
    if parts.reduces:
        columns.reduce_last()
    return columns.factors()


# ---- coefficients ----------------------------------------------------------------------------


def _coefficients(
    graph: Graph, parts: Arrangement, factors: Factors, group: Group | None
) -> tuple[list[Node], list[Node]]:
    """Coefficients of the columns, with what was taken off others added.

    The shares of the reduced column come first: they leave differences of near numbers.
    """
    own = [part.coefficient.node for part in parts.own]
    shared = [part.coefficient.node for part in parts.shared]
    moved: list[tuple[Node, Any]] = []
    for wide, k in parts.centred:
        centres = factors.shared_centres[parts.starts[k]] if wide else factors.own_centres[k]
        moved.append(((shared if wide else own)[k], centres))
    if parts.reduces:
        last = (shared or own)[-1]
        for k in range(len(own) if shared else len(own) - 1):
            own[k] = own[k] + last * number(graph, factors.own_shares[k], group)
        for k, (part, start) in enumerate(zip(parts.shared[:-1], parts.starts, strict=False)):
            shares = factors.shared_shares[start : start + part.width]
            wide = part.columns is not None and part.columns.ndim == 2
            share = graph.data(np.array(shares) if wide else shares.reshape(()))
            shared[k] = shared[k] + last * share
    for node, centres in moved:
        own[0] = own[0] + node * number(graph, centres, group)
    return own, shared


def number(graph: Graph, values: Any, group: Group | None) -> Node:
    """Statistics, one for each group, as a node."""
    array = np.array(values, dtype=float)
    return graph.data(array.reshape(()) if group is None else array)


# ---- lengths ---------------------------------------------------------------------------------


def _length(graph: Graph, nodes: list[Node], triangle: Any) -> Node:
    """|R c|^2."""
    if len(triangle) <= UNROLLED and all(node.size == 1 for node in nodes):
        numbers: list[Node] = [reshape(node, ()) for node in nodes]
        lines = [
            [c * graph.data(np.array(triangle[k, j])) for j, c in enumerate(numbers[k:], k)]
            for k in range(len(triangle))
        ]
        return total([TABLE["square"](total(line)) for line in lines])
    rotated = TABLE["matvec"](graph.data(triangle), _assembled(graph, nodes))
    result: Node = TABLE["sum"](TABLE["square"](rotated), axis=(0,))
    return result


def _lengths(graph: Graph, own: list[Node], shared: list[Node], factors: Factors) -> Node:
    """|R c|^2 of each group, as far as its own directions go."""
    squares = []
    for k, mixed in enumerate(factors.mixed):
        terms = [c * graph.data(factors.own[k, j]) for j, c in enumerate(own[k:], k)]
        if mixed.shape[1] <= 2 * UNROLLED and all(node.size == 1 for node in shared):
            terms += [
                reshape(node, ()) * graph.data(np.ascontiguousarray(mixed[:, j]))
                for j, node in enumerate(shared)
            ]
        else:
            terms.append(TABLE["matvec"](graph.data(mixed), _assembled(graph, shared)))
        squares.append(TABLE["square"](total(terms)))
    return total(squares)


def _assembled(graph: Graph, nodes: Sequence[Node]) -> Node:
    parts = [graph.lift(reshape(node, (node.size,))) for node in nodes]
    starts = np.cumsum([0, *(part.size for part in parts)])
    vector: Node = TABLE["assemble"](
        *parts,
        shape=(int(starts[-1]),),
        places=tuple((int(start), (1,)) for start in starts[:-1]),
    )
    return vector


def total(nodes: Sequence[Node]) -> Node:
    """Sum of nodes, in order."""
    result = nodes[0]
    for node in nodes[1:]:
        result = result + node
    return result


def _whole(factors: Factors, own: int) -> Any:
    """The triangular factor of all columns, where there is one group."""
    width = own + len(factors.shared)
    triangle = np.zeros((width, width))
    for (row, column), value in factors.own.items():
        triangle[row, column] = value[0]
    for row, amounts in enumerate(factors.mixed):
        triangle[row, own:] = amounts[0]
    triangle[own:, own:] = factors.shared
    return triangle

"""Sums of trees over their index space, as nodes whose cost does not depend on its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.op import TABLE
from ad.statistics.rows import Rows
from ad.statistics.squares import norm, number, total
from ad.statistics.values import (
    Coarse,
    Condition,
    Form,
    Group,
    InseparableError,
    Leaf,
    Part,
    Split,
    Square,
    Tree,
    coarse_apply,
    common,
    leaf_of,
    weighted,
)

if TYPE_CHECKING:
    from ad.graph import Graph, Node


def cost(tree: Tree) -> int:
    """Elements worked on in the place of N."""
    if isinstance(tree, Split):
        condition = tree.test.condition
        asked = 0 if condition is None else condition.node.size
        return cost(tree.yes) + cost(tree.no) + asked
    if isinstance(tree, Condition):
        return tree.value.node.size
    linear = sum(part.coefficient.node.size for part in tree.form.parts) if tree.form else 0
    return linear + sum(map(_cost_of_square, tree.squares))


def _cost_of_square(square: Square) -> int:
    """Products that R c takes, for each column that the rows have."""
    form = square.form
    groups = [part.coefficient.group for part in form.parts]
    size = max((group.size for group in groups if group is not None), default=0)
    own = sum(group is not None for group in groups)
    width = sum(part.width for part in form.parts if part.coefficient.group is None)
    if form.scale is not None and form.scale.group is not None:
        size, own, width = form.scale.group.size, own + width, 0
    columns = sum(part.width for part in form.parts if part.columns is not None)
    once = size * own * (own + 1 + 2 * width) + 2 * width * width
    return (once if square.weight is None else 2 * once) // max(columns, 1)


class Sums:
    """Sums over an index space of `size` elements."""

    def __init__(self, graph: Graph, size: int) -> None:
        self.graph, self.size = graph, size

    def total(self, tree: Tree, mask: Any = None, by: Group | None = None) -> Node:
        """Sum of a tree where the mask holds: one number, or one for each group of `by`."""
        if isinstance(tree, Condition):
            one, zero = Coarse(self.graph.literal(1.0)), Coarse(self.graph.literal(0.0))
            tree = leaf_of(coarse_apply(TABLE["where"], (tree.value, one, zero), {}))
        if isinstance(tree, Leaf):
            terms = [] if tree.form is None else self._form(tree.form, mask, by)
            return total([*terms, *(self._square(square, mask, by) for square in tree.squares)])
        test = tree.test
        if test.column is not None:
            yes, no = test.column, ~test.column
            if mask is not None:
                yes, no = yes & mask, no & mask
            return self.total(tree.yes, yes, by) + self.total(tree.no, no, by)
        assert test.condition is not None, "a test asks the data or a condition"
        group = test.condition.group
        if group is not None and by is None:
            return _over_groups(self.total(tree, mask, group))
        common(group, by)
        answers = self.total(tree.yes, mask, by), self.total(tree.no, mask, by)
        result: Node = TABLE["where"](test.condition.node, *answers)
        return result

    def _counts(self, rows: Rows, mask: Any) -> Any:
        return rows.totals(np.ones(self.size) if mask is None else mask.astype(float))

    def _where_any(self, value: Node, rows: Rows, mask: Any) -> Node:
        """`value`, and 0 where no element is: an infinite coefficient does not count there."""
        if not rows.grouped and mask is None:
            return value
        empty = np.asarray(self._counts(rows, mask) == 0.0)
        condition = self.graph.data(empty if rows.grouped else empty.reshape(()))
        result: Node = TABLE["where"](condition, 0.0, value)
        return result

    # ---- forms -------------------------------------------------------------------------------

    def _form(self, form: Form, mask: Any, by: Group | None) -> list[Node]:
        """Sums of a form's parts, those of one group together."""
        scale_group = None if form.scale is None else form.scale.group
        buckets: dict[Any, tuple[Group | None, list[Part]]] = {}
        for part in form.parts:
            group = common(scale_group, part.coefficient.group, by)
            key = None if group is None else group.key
            buckets.setdefault(key, (group, []))[1].append(part)
        totals = []
        for group, parts in buckets.values():
            rows = Rows(self.size, group)
            with np.errstate(all="ignore"):
                value = self._weighed(parts, rows, group, form.weight, mask)
            if form.scale is not None:
                value = form.scale.node * value
            value = self._where_any(value, rows, mask)
            totals.append(_over_groups(value) if group is not None and by is None else value)
        return totals

    def _weighed(
        self, parts: list[Part], rows: Rows, group: Group | None, weight: Any, mask: Any
    ) -> Node:
        """Sum of parts over each group.

        Beside a constant a column counts as its mean and what is left of it, so that the sum of
        y - a is taken of small differences.
        """
        constants = [part.coefficient.node for part in parts if part.columns is None]
        constant = total(constants) if constants else None
        counts = self._counts(rows, mask)
        terms: list[Node] = []
        for part in parts:
            if part.columns is None:
                continue
            columns = _masked(weighted(weight, part.columns), mask)
            if columns.ndim == 2:
                if group is not None:
                    raise InseparableError
                sums = self.graph.data(columns.sum(axis=0))
                terms.append(TABLE["sum"](part.coefficient.node * sums, axis=(0,)))
                continue
            if constant is not None and weight is None:
                means = rows.means(columns, counts)
                constant = constant + part.coefficient.node * number(self.graph, means, group)
                columns = _masked(columns - rows.spread(means), mask)
            sums = number(self.graph, rows.totals(columns), group)
            terms.append(part.coefficient.node * sums)
        if constant is not None:
            if weight is not None:
                counts = rows.totals(_masked(weight, mask))
            plain = weight is None and mask is None and group is None
            number_of = float(self.size) if plain else number(self.graph, counts, group)
            terms.append(constant * number_of)
        return total(terms)

    # ---- squares of forms --------------------------------------------------------------------

    def _square(self, square: Square, mask: Any, by: Group | None) -> Node:
        """Sum of a weighted square: of rows times the root of the weight, positive and negative."""
        weight = square.weight
        if weight is None:
            return self._one_sign(square, square.form.weight, mask, by)
        up, down = (
            self._one_sign(square, weighted(square.form.weight, np.sqrt(part)), mask, by)
            for part in (np.maximum(weight, 0.0), np.maximum(-weight, 0.0))
        )
        return up - down

    def _one_sign(self, square: Square, roots: Any, mask: Any, by: Group | None) -> Node:
        if mask is not None:
            roots = mask.astype(float) if roots is None else _masked(roots, mask)
        scale = square.scale
        inner = common(by, None if scale is None else scale.group)
        value, rows = norm(self.graph, square.form, roots, self.size, inner)
        groups = self._where_any(value.groups, rows, mask)
        if inner is not None:
            groups = groups if scale is None else scale.node * groups
            return groups if by is not None else _over_groups(groups)
        result = _over_groups(groups) if rows.grouped else groups
        if value.shared is not None:
            result = result + value.shared
        return result if scale is None else scale.node * result


def _over_groups(values: Node) -> Node:
    result: Node = TABLE["sum"](values, axis=(0,))
    return result


def _masked(columns: Any, mask: Any) -> Any:
    """Columns with zeros where the mask does not hold."""
    if mask is None:
        return columns
    return np.where(mask if columns.ndim == 1 else mask[:, None], columns, 0.0)

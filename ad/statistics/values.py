"""Values over an index space, as sums of products of what parameters and what data decide.

An index space has N elements (the terms of a sum over data). A *coarse* value has few: one number,
or one for each of J groups that a table assigns the N elements to (`a[county]`). A *form* is a sum
of products of a coarse coefficient and a data column. A value is a *tree*: its branches ask the
data or a coarse condition, its leaves are a form and squares of forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.graph import DATA, LITERAL
from ad.op import TABLE

if TYPE_CHECKING:
    from ad.graph import Node
    from ad.op import Op

MOST_PARTS = 32  # more make the small problem no smaller, and long chains slow to trace
MOST_LEAVES = 16


class InseparableError(Exception):
    """A value that is no tree of forms (or a very large one); never leaves the package."""


class Group(NamedTuple):
    """A table that assigns each element of the index space one of `size` groups."""

    key: Any
    size: int
    positions: Any


class Coarse(NamedTuple):
    """A number, or a flat vector with one for each group."""

    node: Node
    group: Group | None = None

    @property
    def is_condition(self) -> bool:
        """Whether it is true or false."""
        return self.node.dtype == "b"

    def known(self) -> Any:
        """The number, if the data or the program text decide it, else None."""
        if self.group is None and self.node.op in (LITERAL, DATA):
            return np.asarray(self.node.value, dtype=float).reshape(())
        return None


class Part(NamedTuple):
    """`coefficient` times `columns`: (N,), or (N, k) with a vector of k; None stands for ones."""

    coefficient: Coarse
    columns: Any = None

    @property
    def width(self) -> int:
        """Number of columns."""
        return 1 if self.columns is None or self.columns.ndim == 1 else int(self.columns.shape[1])


class Form(NamedTuple):
    """scale * weight * sum of parts; `scale` is coarse, `weight` a data column, None is 1.

    A common scale is kept apart, so that (y - a) / s takes the difference first.
    """

    parts: tuple[Part, ...]
    scale: Coarse | None = None
    weight: Any = None


class Square(NamedTuple):
    """scale * weight * form^2."""

    form: Form
    scale: Coarse | None = None
    weight: Any = None


class Leaf(NamedTuple):
    """A form and squares of forms, added up."""

    form: Form | None
    squares: tuple[Square, ...] = ()


class Condition(NamedTuple):
    """A leaf that is true or false."""

    value: Coarse


class Test(NamedTuple):
    """What a branch asks: a column of the data, or a coarse condition."""

    key: Any
    column: Any = None
    condition: Coarse | None = None
    source: Any = None  # what `column` was asked of: its identity is the key


class Split(NamedTuple):
    """`yes` where the test holds, else `no`."""

    test: Test
    yes: Tree
    no: Tree


Tree = Leaf | Condition | Split


def common(*groups: Group | None) -> Group | None:
    """The one group among several coarse values; numbers have none."""
    found: Group | None = None
    for group in groups:
        if group is not None and found is not None and group.key != found.key:
            raise InseparableError
        found = group or found
    return found


def coarse_apply(op: Op, args: tuple[Coarse, ...], params: Any) -> Coarse:
    """An element-wise operation on coarse values is one for each group, not for each element."""
    group = common(*(arg.group for arg in args))
    return Coarse(op(*(arg.node for arg in args), **params), group)


def times(left: Coarse | None, right: Coarse | None) -> Coarse | None:
    """Product of two scales."""
    if left is None or right is None:
        return left or right
    return coarse_apply(TABLE["multiply"], (left, right), {})


def weighted(left: Any, right: Any) -> Any:
    """Product of two columns (or matrices of columns); None is ones."""
    if left is None or right is None:
        return left if right is None else right
    if right.ndim > left.ndim:
        left, right = right, left
    return left * (right if left.ndim == right.ndim else right[:, None])


def leaf_of(coarse: Coarse) -> Leaf:
    """A coarse number as a leaf."""
    return Leaf(Form((Part(coarse),)))


def coarse_of(leaf: Leaf | Condition) -> Coarse | None:
    """The coarse value a leaf is, if it is one."""
    if isinstance(leaf, Condition):
        return leaf.value
    form = leaf.form
    if leaf.squares or form is None or len(form.parts) != 1 or form.weight is not None:
        return None
    (part,) = form.parts
    return times(form.scale, part.coefficient) if part.columns is None else None


def expanded(form: Form) -> tuple[Part, ...]:
    """The parts with scale and weight multiplied into them."""
    if form.scale is None and form.weight is None:
        return form.parts
    parts = []
    for part in form.parts:
        wide = part.columns is not None and part.columns.ndim == 2
        if wide and form.scale is not None and form.scale.group is not None:
            raise InseparableError
        coefficient = times(form.scale, part.coefficient)
        assert coefficient is not None
        parts.append(Part(coefficient, weighted(form.weight, part.columns)))
    return tuple(parts)


def known_column(leaf: Leaf | Condition) -> Any:
    """Values of a leaf that the data decide, as a number or a column; else None."""
    if isinstance(leaf, Condition) or leaf.squares or leaf.form is None:
        return None
    scale, total = 1.0 if leaf.form.scale is None else leaf.form.scale.known(), 0.0
    for part in leaf.form.parts:
        coefficient = part.coefficient.known() if part.width == 1 else None
        if coefficient is None or scale is None:
            return None
        total = total + coefficient * (1.0 if part.columns is None else part.columns)
    return scale * (total if leaf.form.weight is None else leaf.form.weight * total)


def single(leaf: Leaf | Condition) -> tuple[Coarse, Any] | None:
    """(coefficient, column) of a leaf that is one product of the two."""
    if isinstance(leaf, Condition) or leaf.squares or leaf.form is None:
        return None
    if len(leaf.form.parts) != 1 or leaf.form.parts[0].width != 1:
        return None
    (part,) = expanded(leaf.form)
    if part.columns is None or part.columns.ndim != 1:
        return None
    return part.coefficient, part.columns


def count_leaves(tree: Tree) -> int:
    """Number of leaves."""
    if isinstance(tree, Split):
        return count_leaves(tree.yes) + count_leaves(tree.no)
    return 1

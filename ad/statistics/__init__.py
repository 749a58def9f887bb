"""Sufficient statistics: sums over data that need not be taken again at every evaluation.

A *linear form* is an array z = sum_j c_j d_j with coefficients c_j that depend on the parameters
and columns d_j that are data (or ones); a product of a data matrix with a vector is one too. Then

    sum(z)   = sum_j c_j sum(d_j),
    sum(z^2) = |D c|^2 = |R c|^2,  D = Q R,

with the sums and the triangular factor R of the columns D = (d_1, d_2, ...) found once, at binding:
the cost of a normal likelihood, regression included, does not depend on the number of data. Where
coefficients belong to groups of the data (`a[county]`), the sums and factors are those of each
group, and the cost is that of the groups. One data column is taken as its residual about the
others, so small residuals keep their digits.

`values` says what the package works with; `trees` and `algebra` read a node; `rows` takes the
statistics; `sums` and `squares` write the sum; `repeats` counts equal rows where no form is found.
Sums are taken in another order than they stand in, so these laws are approximate ones.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ad.op import TABLE, Shape, reshape
from ad.statistics.designs import by_columns
from ad.statistics.repeats import count_repeats
from ad.statistics.squares import total
from ad.statistics.sums import Sums, cost
from ad.statistics.trees import read
from ad.statistics.values import InseparableError, Leaf, Split, Tree, count_leaves

if TYPE_CHECKING:
    from ad.graph import Node

DEEPEST = 100  # operations looked through
MOST_TERMS = 100
BRANCH = 8  # elements of a loop that one more branch, a handful of scalar operations, is worth

__all__ = ["by_columns", "collapse", "count_repeats"]


def collapse(x: Node, axis: tuple[int, ...]) -> Node | None:
    """The sum over all elements of `x`, with what is known of the data taken out of it."""
    if not x.graph.hoist or len(axis) != len(x.shape) or x.size <= 1:
        return None
    terms = _terms(x, x.shape)
    known = [term.scaled(term.known) for term in terms if term.known is not None]
    asking = [term for term in terms if term.tree is not None]
    rest = [term for term in terms if term.known is None and term.tree is None]
    if rest and asking:
        counted = _counted([*asking, *rest], x.shape, axis)
        if counted is not None:
            return total([*known, counted])
    for term in asking:
        value = _sum(term.node, x.shape, term.tree)
        if value is None:
            rest.append(term)
        else:
            known.append(term.scaled(value))
    if not known:
        return None
    if not rest:
        return total(known)
    remaining = total([term.scaled(term.node) for term in rest])
    if remaining.shape != x.shape:  # a sum over fewer elements is another one
        return None
    return total([TABLE["sum"](remaining, axis=axis), *known])


def _counted(terms: list[Term], shape: Shape, axis: tuple[int, ...]) -> Node | None:
    """The sum of terms over distinct rows, where they repeat: then none is worth its branches."""
    together = total([term.scaled(term.node) for term in terms])
    if together.shape != shape or count_repeats not in together.graph.laws.get("sum", ()):
        return None
    return count_repeats(together, axis)


class Term(NamedTuple):
    """A term of a sum: a scalar coefficient (None for 1) times `node`.

    `known` is its sum; a term that asks has `tree` instead, of which the sum can be made.
    """

    coefficient: Node | None
    node: Node
    known: Node | None = None
    tree: Tree | None = None

    def scaled(self, value: Node) -> Node:
        """The coefficient times a value."""
        return value if self.coefficient is None else self.coefficient * value


def _terms(x: Node, shape: Shape, depth: int = 0) -> list[Term]:
    """Terms of a sum over an index space: as few as possible, whose sums are known or not."""
    found = x.graph.known_forms
    key = ("terms", x.index, shape)
    if key not in found:  # a value may be used twice in each of many sums
        found[key] = _found_terms(x, shape, depth)
    terms: list[Term] = found[key]
    return terms


def _found_terms(x: Node, shape: Shape, depth: int) -> list[Term]:
    tree = _worth_reading(x, shape)
    if tree is not None and not isinstance(tree, Split):
        known = _sum(x, shape, tree)
        if known is not None:
            return [Term(None, x, known)]
    below = depth + 1
    parts = _parts(x) if depth < DEEPEST else []
    terms: list[Term] = []
    for coefficient, part in parts:
        inside = _terms(part, shape, below)
        terms += inside if coefficient is None else _scaled(coefficient, inside)
        if len(terms) > MOST_TERMS:
            return [Term(None, x)]
    if parts:  # terms that ask are better taken one by one
        return terms
    if x.op.name == "sum" and x.shape == shape and depth < DEEPEST:  # a sum of sums is one
        inside = _terms(x.inputs[0], x.inputs[0].shape, below)
        if all(term.known is not None for term in inside):
            return inside
    return [Term(None, x, tree=tree)]


def _parts(x: Node) -> list[tuple[Node | None, Node]]:
    """What `x` is a sum of, each with its scalar coefficient; nothing if it is no sum."""
    name, graph = x.op.name, x.graph
    if name == "add":
        return [(None, x.inputs[0]), (None, x.inputs[1])]
    if name == "subtract":
        return [(None, x.inputs[0]), (graph.literal(-1.0), x.inputs[1])]
    if name == "negative":
        return [(graph.literal(-1.0), x.inputs[0])]
    if name == "multiply":
        for scalar, array in (x.inputs, x.inputs[::-1]):
            if scalar.size == 1 and array.size != 1:
                return [(_scalar(scalar), array)]
    if name == "divide" and x.inputs[1].size == 1 and x.inputs[0].size != 1:
        return [(1.0 / _scalar(x.inputs[1]), x.inputs[0])]
    return []


def _scaled(scalar: Node, terms: list[Term]) -> list[Term]:
    return [term._replace(coefficient=term.scaled(scalar)) for term in terms]


def _scalar(node: Node) -> Node:
    result: Node = reshape(node, ())
    return result


def _worth_reading(term: Node, shape: Shape) -> Tree | None:
    """A term as a tree, if it is one whose statistics cost less than the elements."""
    try:
        tree = read(term, shape)
    except InseparableError:
        return None
    return tree if _worthwhile(tree, math.prod(shape)) else None


def _sum(term: Node, shape: Shape, tree: Tree | None) -> Node | None:
    """Sum of a term over an index space, if it can be made of statistics."""
    if tree is None:
        return None
    try:
        return Sums(term.graph, math.prod(shape)).total(tree)
    except InseparableError:
        return None


def _worthwhile(tree: Tree, size: int) -> bool:
    """Whether the statistics cost less than the elements."""
    plain = isinstance(tree, Leaf) and not tree.squares and tree.form is not None
    if plain and all(part.coefficient.group is None for part in tree.form.parts):  # type: ignore[union-attr] # as just asked
        return True
    branches = count_leaves(tree) - 1
    return cost(tree) + BRANCH * branches <= size

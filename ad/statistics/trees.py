"""Reading a node as a tree of forms: from the leaves of its expression upwards.

What is the same for all elements of a group is computed once for the group: exp(a[g]) is exp(a)[g].
Rules that are not plain algebra take a product c d of a coefficient and a column apart:
log(c d) = log(c) + log(d), |c d| = |c| |d|, (c d)^p = c^p d^p; where a sign decides, both answers
are kept and the coefficient is asked at every evaluation. The data's values never decide which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.access import affine_of
from ad.graph import DATA, LITERAL, Graph, Node
from ad.op import TABLE, Op, Shape, reshape
from ad.ops.shape import view
from ad.statistics.algebra import RULES, Answer, Kind, Sign
from ad.statistics.values import (
    MOST_LEAVES,
    Coarse,
    Condition,
    Form,
    Group,
    InseparableError,
    Leaf,
    Part,
    Split,
    Test,
    Tree,
    coarse_apply,
    coarse_of,
    count_leaves,
    known_column,
    leaf_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

DEEPEST = 100  # operations looked through
_ASKS = ("where", "logical_and", "logical_or", "logical_xor", "logical_not")


def read(node: Node, shape: Shape, depth: int = 0) -> Tree:
    """`node`, broadcast to `shape`, as a tree.

    Raises
    ------
    InseparableError
        If it is none, or a very large one.
    """
    known = node.graph.known_forms
    key = (node.index, shape)
    if key not in known:
        try:
            known[key] = None if depth == DEEPEST else _read(node, shape, depth + 1)
        except InseparableError:
            known[key] = None
    result: Tree | None = known[key]
    if result is None:
        raise InseparableError
    return result


def _read(node: Node, shape: Shape, depth: int) -> Tree:
    if node.size == 1:
        return coarse_leaf(Coarse(reshape(node, ())))
    if node.op is DATA:
        return column_leaf(node.graph, np.broadcast_to(node.value, shape))
    if node.shape != shape:
        lead = len(shape) - len(node.shape)
        kept = tuple(axis >= lead and node.shape[axis - lead] != 1 for axis, _ in enumerate(shape))
        return _grouped(node, shape, kept)
    if node.op.name == "reshape":
        return read(node.inputs[0], node.inputs[0].shape, depth)  # the flat order stays
    if node.op.kind == "view":
        return _viewed(node, shape)
    if node.op.kind == "gather":
        return _gathered(node)
    if node.op.name == "matvec" and node.inputs[0].op is DATA:
        matrix = np.asarray(node.inputs[0].value, dtype=float)
        return Leaf(Form((Part(Coarse(node.inputs[1]), matrix),)))
    if node.op.kind == "elementwise":
        asks = node.op.name in _ASKS
        args = [
            _asked(argument, shape)
            if asks and argument.op is DATA and argument.dtype == "b" and argument.size != 1
            else read(argument, shape, depth)
            for argument in node.inputs
        ]
        tree = lift(node.op, args, node.params, node.graph)
        if count_leaves(tree) <= MOST_LEAVES:
            return tree
    raise InseparableError


def coarse_leaf(coarse: Coarse) -> Leaf | Condition:
    """A coarse value as a leaf of its kind."""
    return Condition(coarse) if coarse.is_condition else leaf_of(coarse)


def column_leaf(graph: Graph, values: Any) -> Leaf:
    """A data column as a leaf."""
    column = np.ascontiguousarray(values, dtype=float).reshape(-1)
    return Leaf(Form((Part(Coarse(graph.literal(1.0)), column),)))


def _asked(node: Node, shape: Shape) -> Split:
    """A condition on data as a branch."""
    return _data_split(node.graph, np.broadcast_to(node.value, shape), node.index)


def _data_split(graph: Graph, values: Any, key: Any = None) -> Split:
    column = np.ascontiguousarray(values, dtype=np.bool_).reshape(-1)
    test = Test(id(column) if key is None else ("data", key), column=column)
    true, false = (Condition(Coarse(graph.literal(answer))) for answer in (True, False))
    return Split(test, true, false)


# ---- coarse values --------------------------------------------------------------------------


def _grouped(node: Node, shape: Shape, kept: tuple[bool, ...]) -> Tree:
    """A value that varies only along the kept axes."""
    sizes = tuple(size if keep else 1 for size, keep in zip(shape, kept, strict=True))
    numbers = np.arange(node.size).reshape(sizes)
    positions = np.broadcast_to(numbers, shape).reshape(-1)
    return _in_group(node, Group(("axes", shape, kept), node.size, positions))


def _in_group(node: Node, group: Group) -> Tree:
    if 2 * group.size > group.positions.size:
        raise InseparableError
    return coarse_leaf(Coarse(reshape(node, (group.size,)), group))


def _viewed(node: Node, shape: Shape) -> Tree:
    """A view: of data, or with repeated axes."""
    source = node.inputs[0]
    if source.op is DATA:
        return column_leaf(node.graph, node.op.eval(source.value, **node.params))
    pattern = affine_of(node)
    axes = list(zip(shape, pattern.strides, strict=True))
    kept = tuple(step != 0 and size != 1 for size, step in axes)
    if all(kept):
        raise InseparableError
    sizes = tuple(size for (size, _), keep in zip(axes, kept, strict=True) if keep)
    steps = tuple(step for (_, step), keep in zip(axes, kept, strict=True) if keep)
    core = view(source, shape=sizes, offset=pattern.offset, strides=steps)
    return _grouped(core, shape, kept)


def _gathered(node: Node) -> Tree:
    source, table = node.inputs
    if table.op is not DATA:
        raise InseparableError
    positions = np.asarray(table.value).reshape(-1)
    return _in_group(source, Group(_key_of_table(table), source.size, positions))


def _key_of_table(table: Node) -> Any:
    """What tells a table from others; tables with the same places are one.

    A program that writes `a[county - 1] + b[county - 1] * x` makes its table twice.
    """
    known: list[Node] = table.graph.known_forms.setdefault("tables", [])
    for other in known:
        if other is table or np.array_equal(other.value, table.value):
            return "gather", other.index
    known.append(table)
    return "gather", table.index


# ---- operations on trees --------------------------------------------------------------------


def lift(op: Op, args: Sequence[Tree], params: Any, graph: Graph) -> Tree:
    """An element-wise operation on trees: on each combination of their leaves."""
    for argument in args:
        if isinstance(argument, Split):
            test = argument.test
            yes, no = (  # a rule may ask on a leaf what its branch has answered
                assume(
                    lift(op, [assume(tree, test, answer) for tree in args], params, graph),
                    test,
                    answer,
                )
                for answer in (True, False)
            )
            if count_leaves(yes) + count_leaves(no) > MOST_LEAVES:
                raise InseparableError
            return _split(test, yes, no)
    return _on_leaves(op, list(args), params, graph)  # type: ignore[arg-type] # no splits are left


def assume(tree: Tree, test: Test, answer: bool) -> Tree:
    """What a tree is where a test has this answer."""
    if not isinstance(tree, Split):
        return tree
    if tree.test.key == test.key:
        return assume(tree.yes if answer else tree.no, test, answer)
    return _split(tree.test, assume(tree.yes, test, answer), assume(tree.no, test, answer))


def _on_leaves(op: Op, leaves: list[Leaf | Condition], params: Any, graph: Graph) -> Tree:
    coarse = [coarse_of(leaf) for leaf in leaves]
    given = [value for value in coarse if value is not None]
    if len(given) == len(leaves):
        return coarse_leaf(coarse_apply(op, tuple(given), params))
    if op.name == "where":
        condition = coarse[0]
        if condition is None:
            raise InseparableError
        if condition.node.op is LITERAL:
            return leaves[1] if condition.node.value else leaves[2]
        test = Test(("coarse", condition.node.index), condition=condition)
        return _split(test, leaves[1], leaves[2])
    columns = [known_column(leaf) for leaf in leaves]
    if all(column is not None for column in columns):
        with np.errstate(all="ignore"):
            values = op.eval(*columns, **params)
        size = max(column.size for column in columns)
        values = np.broadcast_to(values, (size,))
        return _data_split(graph, values) if op.dtype == "b" else column_leaf(graph, values)
    rule = RULES.get(op.name)
    if rule is None:
        raise InseparableError
    numbers = [_number(leaf, graph) for leaf in leaves]
    with np.errstate(all="ignore"):
        answer = rule(graph, *numbers, **params)
    return _built(answer)


def _number(leaf: Leaf | Condition, graph: Graph) -> Leaf:
    """A leaf as a number: conditions become 0 or 1."""
    if isinstance(leaf, Leaf):
        return leaf
    one, zero = (Coarse(graph.literal(value)) for value in (1.0, 0.0))
    return leaf_of(coarse_apply(TABLE["where"], (leaf.value, one, zero), {}))


def _built(answer: Answer) -> Tree:
    """A rule's answer as a tree."""
    if isinstance(answer, Sign):
        column = answer.column
        below = Test(("below", id(column)), column < 0.0, source=column)
        flat = Test(("flat", id(column)), column == 0.0, source=column)
        return _split(below, answer.below, _split(flat, answer.flat, answer.above))
    if isinstance(answer, Kind):
        column = answer.column
        values = TABLE[answer.name].eval(column)
        test = Test((answer.name, id(column)), values, source=column)
        return _split(test, answer.yes, answer.no)
    return answer


def _split(test: Test, yes: Tree, no: Tree) -> Tree:
    """A branch, unless its answers are the same."""
    if isinstance(yes, Leaf | Condition) and isinstance(no, Leaf | Condition):
        left, right = coarse_of(yes), coarse_of(no)
        if left is not None and right is not None and left.node is right.node:
            return yes
    return yes if yes is no else Split(test, yes, no)


__all__ = ["read"]

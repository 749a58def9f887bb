"""Small bodies as straight-line code: every element of every array is a scalar in a register."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.batching import table_of
from ad.graph import DATA, LITERAL, Node, reachable
from ad.lower.costs import TRANSCENDENTAL
from ad.lower.emitter import LANES, Emitter, Operand
from ad.lower.lanes import LaneEmitter, rows_of
from ad.lower.reductions import REDUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


# Scalar operations; above, code that loops over the arrays is shorter and as fast.
MOST_OPERATIONS = 512

Elements = Any  # an array of operands, of the node's shape


def elements(shape: Sequence[int], make: Callable[[int], Operand]) -> Elements:
    """Array of operands, one made for each flat position."""
    result = np.empty(math.prod(shape), dtype=object)
    for position in range(result.size):
        result[position] = make(position)
    return result.reshape(tuple(shape))


def cost(outputs: Sequence[Node], inputs: Sequence[Node]) -> int | None:
    """Scalar operations of a body written out; None where it has some that cannot be."""
    total = 0
    leaves = {node.index for node in inputs}
    for node in reachable(outputs):
        if node.index in leaves or node.op in (LITERAL, DATA):
            continue
        if node.op.kind not in RULES and node.op.name not in RULES:
            return None
        work = max([node.size, *(argument.size for argument in node.inputs)])
        if node.op.name == "matmul":
            work = node.size * node.inputs[0].shape[1]
        total += 0 if node.op.kind in ("view", "gather") else work
    return total


def unroll(
    emitter: LaneEmitter, outputs: Sequence[Node], known: dict[int, Elements]
) -> list[Elements]:
    """Write a body; `known` has the operands of its inputs."""
    for node in reachable(outputs):
        if node.index in known:
            continue
        if node.op is LITERAL:
            known[node.index] = elements((), functools.partial(_literal, emitter, node))
        elif node.op is not DATA:  # tables are looked at, not read
            rule = RULES.get(node.op.name) or RULES[node.op.kind]
            known[node.index] = rule(emitter, node, known)
    return [known[node.index] for node in outputs]


def _literal(b: Emitter, node: Node, _: int) -> Operand:
    return b.condition(node.value) if node.dtype == "b" else b.constant(node.value)


def _elementwise(b: LaneEmitter, node: Node, known: dict[int, Elements]) -> Elements:
    arguments = [np.broadcast_to(known[a.index], node.shape).reshape(-1) for a in node.inputs]
    results: list[Operand] = []
    for where in _groups(node):
        lanes = [list(each[where]) for each in arguments]
        count = where.stop - where.start
        heavy = node.op.name in TRANSCENDENTAL  # a call takes as long for four as for one
        if count > 1 and (heavy or sum(map(b.effort, lanes)) < count):
            vectors = [b.gathered(each) for each in lanes]
            value = node.op.native(b.wide, *vectors, **node.params)
            results += b.spread(value, count)
        else:
            each_lane = zip(*lanes, strict=True)
            results += [node.op.native(b, *operands, **node.params) for operands in each_lane]
    return elements(node.shape, results.__getitem__)


def _groups(node: Node) -> list[slice]:
    """Elements that an operation takes together: of one row, or for a call as many as there are."""
    rows, all_of_them = rows_of(node.shape), range(0, node.size, LANES)
    if node.op.name in TRANSCENDENTAL and len(all_of_them) < len(rows):
        return [slice(start, min(start + LANES, node.size)) for start in all_of_them]
    return rows


def _picked(_: LaneEmitter, node: Node, known: dict[int, Elements]) -> Elements:
    """Views pick elements: which, the operation itself tells on positions."""
    source = node.inputs[0]
    positions = np.arange(source.size).reshape(source.shape)
    chosen = node.op.eval(positions, *node.inputs[1:], **node.params)
    return _taken(known[source.index], np.asarray(chosen))


def _gather(_: LaneEmitter, node: Node, known: dict[int, Elements]) -> Elements:
    source, table = node.inputs
    return _taken(known[source.index], table_of(table))


def _taken(values: Elements, positions: Any) -> Elements:
    flat, where = values.reshape(-1), positions.reshape(-1)
    return elements(positions.shape, lambda i: flat[where[i]])


def _reduce(b: LaneEmitter, node: Node, known: dict[int, Elements]) -> Elements:
    source = known[node.inputs[0].index]
    axes = node.params["axis"]
    kept = [axis for axis in range(source.ndim) if axis not in axes]
    rows = source.transpose(*kept, *axes).reshape(node.size, -1)
    start, combine = REDUCTIONS[node.op.name]

    def total(parts: list[Operand], own: Emitter) -> Operand:
        while len(parts) > 1:  # as a tree: short chains of dependent additions
            paired = [combine(own, x, y) for x, y in zip(parts[::2], parts[1::2], strict=False)]
            parts = paired + parts[len(paired) * 2 :]
        return own.number(parts[0]) if parts else own.constant(start)

    results: list[Operand] = []
    for where in rows_of(node.shape):
        columns = [list(column) for column in rows[where].T]
        count = where.stop - where.start
        if count > 1 and columns and not any(map(b.effort, columns)):
            vectors = [b.gathered(column) for column in columns]
            results += b.spread(total(vectors, b.wide), count)
        else:
            results += [total(list(row), b) for row in rows[where]]
    return elements(node.shape, results.__getitem__)


def _cumsum(b: LaneEmitter, node: Node, known: dict[int, Elements]) -> Elements:
    source = np.moveaxis(known[node.inputs[0].index], node.params["axis"], 0)
    result = np.empty(source.shape, dtype=object)
    for step in range(len(source)):
        for where in np.ndindex(source.shape[1:]):
            term = b.number(source[(step, *where)])
            before = result[(step - 1, *where)] if step else None
            result[(step, *where)] = term if before is None else b.op("fadd", before, term)
    return np.moveaxis(result, 0, node.params["axis"])


def _matmul(b: LaneEmitter, node: Node, known: dict[int, Elements]) -> Elements:
    left, right = (known[argument.index] for argument in node.inputs)
    right = right.reshape(len(right), -1)

    def entry(position: int) -> Operand:
        row, column = divmod(position, right.shape[1])
        total: Operand | None = None
        for x, y in zip(left[row], right[:, column], strict=True):
            term = b.op("fmul", x, y)
            total = term if total is None else b.op("fadd", total, term)
        return total or b.constant(0.0)

    return elements(node.shape, entry)


def _assemble(b: LaneEmitter, node: Node, known: dict[int, Elements]) -> Elements:
    result = elements((node.size,), lambda _: b.constant(0.0))
    positions = np.arange(node.size)
    for part, (offset, strides) in zip(node.inputs, node.params["places"], strict=True):
        steps = tuple(stride * positions.itemsize for stride in strides)
        where = np.lib.stride_tricks.as_strided(positions[offset:], part.shape, steps)
        values = known[part.index].reshape(-1)
        for position, value in zip(where.reshape(-1), values, strict=True):
            result[position] = b.number(value)
    return result.reshape(node.shape)


def _scatter(b: LaneEmitter, node: Node, known: dict[int, Elements]) -> Elements:
    values, table = known[node.inputs[0].index].reshape(-1), table_of(node.inputs[1])
    result: list[Operand | None] = [None] * node.size
    for value, position in zip(values, np.ravel(table), strict=True):
        before = result[position]
        result[position] = b.number(value) if before is None else b.op("fadd", before, value)
    return elements(node.shape, lambda i: result[i] or b.constant(0.0))


# By the name of an operation, or by its kind.
RULES: dict[str, Callable[[LaneEmitter, Node, dict[int, Elements]], Elements]] = {
    "elementwise": _elementwise,
    "view": _picked,
    "gather": _gather,
    "reduction": _reduce,
    "cumulative": _cumsum,
    "matvec": _matmul,
    "matmul": _matmul,
    "assemble": _assemble,
    "scatter": _scatter,
}

"""One operation on many instances at once.

`batch` applies an operation to `size` instances: arguments that differ between instances have a
leading axis, one entry an instance, and so has the result. The rules are written in operations, so
they work on nodes, traced values and arrays alike. They serve loops that are turned into vector
operations, and mapping a function over an axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad.graph import DATA, Node
from ad.op import TABLE, Op, Params, Shape, Value, expand, reshape
from ad.ops.linalg import matmul, matvec, transpose
from ad.ops.matrices import batched_matmul
from ad.ops.reduction import sum_op

Flags = Sequence[bool]
Rule = Callable[[Op, Sequence[Value], Flags, Params, int], Value]


def batch(
    op: Op, args: Sequence[Value], batched: Sequence[bool], params: Params, size: int
) -> Value:
    """`op` applied to `size` instances at once.

    Parameters
    ----------
    op : Op
    args : sequence
        Nodes, traced values or arrays.
    batched : sequence of bool
        Per argument, whether it has a leading axis of length `size`; otherwise all instances
        share it. At least one is.
    params : mapping
    size : int

    Returns
    -------
    value with a leading axis of length `size`, or None where the operation has no rule.
    """
    rule = BY_NAME.get(op.name) or BY_KIND.get(op.kind)
    return None if rule is None else rule(op, args, batched, params, size)


def instance_shape(value: Value, flag: bool) -> Shape:
    """Shape of one instance of an argument."""
    shape: Shape = value.shape if hasattr(value, "shape") else np.shape(value)
    return shape[1:] if flag else shape


def _elementwise(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    shapes = [instance_shape(x, flag) for x, flag in zip(args, batched, strict=True)]
    rank = max(map(len, shapes))
    wide = [
        reshape(x, (size, *(1,) * (rank - len(shape)), *shape)) if flag else x
        for x, flag, shape in zip(args, batched, shapes, strict=True)
    ]
    return op(*wide, **params)


def _reduction(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    axis = params["axis"]
    moved = axis + 1 if isinstance(axis, int) else tuple(one + 1 for one in axis)
    return op(args[0], **{**params, "axis": moved})


def _reshape(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    return reshape(args[0], (size, *params["shape"]))


def _broadcast(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    shape, own = params["shape"], args[0].shape[1:]
    ranked = reshape(args[0], (size, *(1,) * (len(shape) - len(own)), *own))
    return expand(ranked, (size, *shape))


def _view(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    step = math.prod(args[0].shape[1:])
    return op(
        args[0],
        shape=(size, *params["shape"]),
        offset=params["offset"],
        strides=(step, *params["strides"]),
    )


def _part(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    """A view of a factorisation, which takes the matrix along."""
    factors, *rest = _repeated(args, batched, size)
    step = math.prod(factors.shape[1:])
    place = {"offset": params["offset"], "strides": (step, *params["strides"])}
    return op(factors, *rest, shape=(size, *params["shape"]), **place)


def _repeated(args: Sequence[Value], batched: Flags, size: int) -> list[Value]:
    """All arguments with the leading axis."""
    return [
        x if flag else TABLE["broadcast_to"](x, shape=(size, *instance_shape(x, flag)))
        for x, flag in zip(args, batched, strict=True)
    ]


def table_of(value: Value) -> Any:
    """Positions of a gather or scatter, which are data whatever else is traced."""
    if isinstance(value, Node):
        return np.asarray(value.value) if value.op is DATA else None
    return np.asarray(value) if isinstance(value, np.ndarray | np.generic) else None


def _shifted(table: Value, flag: bool, step: int, size: int) -> Any:
    """Positions in the flattened batch."""
    known = table_of(table)
    if known is None:
        return None
    rank = known.ndim - (1 if flag else 0)
    starts = (np.arange(size) * step).reshape(size, *(1,) * rank)
    return starts + known


def _gather(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    x, table = args
    if not batched[0]:
        return op(x, table)
    positions = _shifted(table, batched[1], math.prod(x.shape[1:]), size)
    return None if positions is None else op(x, positions)


def _scatter(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    x, table = args
    shape = params["shape"]
    positions = _shifted(table, batched[1], math.prod(shape), size)
    if positions is None:
        return None
    values = x if batched[0] else expand(x, (size, *x.shape))
    return op(values, positions, shape=(size, *shape))


def _assemble(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    shape = params["shape"]
    step = math.prod(shape)
    parts = _repeated(args, batched, size)
    places = tuple((offset, (step, *strides)) for offset, strides in params["places"])
    return op(*parts, shape=(size, *shape), places=places)


def _matvec(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    matrix, vector = args
    if not batched[0]:
        return matmul(vector, transpose(matrix))
    _, rows, columns = matrix.shape
    if not batched[1]:
        return reshape(matvec(reshape(matrix, (size * rows, columns)), vector), (size, rows))
    return sum_op(matrix * reshape(vector, (size, 1, columns)), axis=(2,))


def _matmul(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    left, right = args
    if batched[0] and not batched[1]:
        _, rows, inner = left.shape
        product = matmul(reshape(left, (size * rows, inner)), right)
        return reshape(product, (size, rows, right.shape[1]))
    if not batched[0]:
        left = expand(left, (size, *left.shape))
    return batched_matmul(left, right)


def _matrices(op: Op, args: Sequence[Value], batched: Flags, params: Params, size: int) -> Value:
    """An operation on the last two axes, whose axes before are a batch, alike for all."""
    return op(*_repeated(args, batched, size), **params)


BY_KIND: dict[str, Rule] = {
    "elementwise": _elementwise,
    "reduction": _reduction,
    "cumulative": _reduction,
    "gather": _gather,
    "scatter": _scatter,
    "assemble": _assemble,
    "view": _part,
    "library": _matrices,
}
BY_NAME: dict[str, Rule] = {
    "reshape": _reshape,
    "broadcast_to": _broadcast,
    "view": _view,
    "matvec": _matvec,
    "matmul": _matmul,
}

__all__ = ["BY_KIND", "BY_NAME", "batch", "instance_shape", "table_of"]

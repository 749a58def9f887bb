"""Rewriting laws: one a line, tried whenever a node is about to be made.

A law takes the inputs of the operation (and its parameters by keyword) and returns a simpler node,
or None. Exact laws hold in floating point for every input, infinities and nan included (up to the
sign of a zero); they are always on. Approximate ones may change the last bits; they have a name and
can be switched off (`ad.compile(..., strict=True)` switches off all of them).
"""

import math
from typing import Any

from ad import equal_rows
from ad.assemblies import is_block, part_of, unshaped
from ad.graph import DATA, LITERAL, Law, Node
from ad.loops import fission
from ad.op import TABLE, Shape, expand
from ad.ops.linalg import matmul, matvec, transpose
from ad.ops.shape import Place, c_strides
from ad.statistics import by_columns, collapse, count_repeats


def _is(node: Node, value: float) -> bool:
    return node.op is LITERAL and node.value == value


def _as(node: Node, op: str) -> Node | None:
    """The argument of `node` where it is `op` of something."""
    return node.inputs[0] if node.op.name == op else None


def _scaled(x: Node, y: Node) -> Node | None:
    """C * (d * x) for literals c and d: one product."""
    if x.op is LITERAL and y.op.name == "multiply" and y.inputs[0].op is LITERAL:
        return x * y.inputs[0] * y.inputs[1]
    return None


def _number(x: Node) -> Node | None:
    """The literal of which all elements of `x` are copies."""
    while x.op.name in ("broadcast_to", "reshape"):
        x = x.inputs[0]
    return x if x.op is LITERAL else None


def _by_number(x: Node, y: Node) -> Node | None:
    """Times an array of copies of a number: times the number."""
    number = _number(x) if x.op is not LITERAL else None
    if number is None or number.dtype != "f":
        return None
    if y.op is LITERAL and y.dtype == "f":
        return expand(number * y, x.shape)  # type: ignore[no-any-return]
    return number * y if x.shape == y.shape else None


def _by_reciprocal(x: Node, y: Node) -> Any:
    """A quotient whose divisor is data, or the same for many elements: its reciprocal, once."""
    if y.dtype != "f" or x.op is LITERAL:
        return None
    known = y.op is DATA and y.graph.hoist
    return x * (1.0 / y) if known or 0 < y.size < x.size else None


def _like(result: Node, *shapes_from: Node) -> Node | None:
    """`result`, if it is a number of the shape that broadcasting would give.

    A law must not change shapes, nor make a number a condition.
    """
    if result.dtype != "f":
        return None
    return (
        result
        if all(len(n.shape) <= len(result.shape) and n.size <= result.size for n in shapes_from)
        else None
    )


def _power(x: Node, y: Node) -> Any:
    if y.op is not LITERAL:
        return None
    if y.value == 2.0:
        return TABLE["square"](x)  # x^2 = x x
    if y.value == 1.0:
        return x  # x^1 = x
    if y.value == 0.0:
        return None if x.shape else x.graph.literal(1.0)  # x^0 = 1, also for nan
    if y.value == -1.0:
        return 1.0 / x  # x^-1 = 1 / x
    return None


def _apart(x: Node, axis: tuple[int, ...]) -> bool:
    """Whether a reduction's axes are not neighbours, as kernels have them."""
    return len(axis) != len(x.shape) and axis[-1] - axis[0] != len(axis) - 1


def _split_sum(x: Node, axis: tuple[int, ...]) -> Any:
    if not axis or not _apart(x, axis):
        return None
    return TABLE["sum"](TABLE["sum"](x, axis=axis[-1:]), axis=axis[:-1])


def _moved(name: str) -> Law:
    # Not one extreme after the other: at a tie the shares of the derivative would be another's.
    def law(x: Node, axis: tuple[int, ...]) -> Any:
        if not axis or not _apart(x, axis):
            return None
        strides = c_strides(x.shape)
        kept = [position for position in range(len(x.shape)) if position not in axis]
        order = (*kept, *axis)
        shape = tuple(x.shape[position] for position in order)
        steps = tuple(strides[position] for position in order)
        moved = TABLE["view"](x, shape=shape, offset=0, strides=steps)
        return TABLE[name](moved, axis=tuple(range(len(kept), len(shape))))

    return law


def _same(x: Node, axis: tuple[int, ...]) -> Node | None:
    return x if not axis else None


def _product(x: Node, axis: tuple[int, ...]) -> Any:
    """sum_t u[t, i] v[t, j] = (U' V)[i, j]; sum_j u[i, j] v[j] = (U v)[i]."""
    if x.op.name != "multiply":
        return None
    for u, v in (x.inputs, x.inputs[::-1]):
        if axis == (0,) and len(x.shape) == 3 and _crossed(u.shape, v.shape, x.shape):
            steps, rows, columns = x.shape
            left = TABLE["reshape"](u, shape=(steps, rows))
            right = TABLE["reshape"](v, shape=(steps, columns))
            return matmul(transpose(left), right)
        # A matrix computed element by element is summed in the loop that computes it.
        lies = u.op.kind != "elementwise"
        is_matrix = lies and axis == (1,) and len(x.shape) == 2 and u.shape == x.shape
        if is_matrix and v.shape in (x.shape[1:], (1, *x.shape[1:])) and x.shape[0] > 1:
            return matvec(u, TABLE["reshape"](v, shape=x.shape[1:]))
    return None


def _crossed(u: tuple[int, ...], v: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    steps, rows, columns = shape
    return u == (steps, rows, 1) and v == (steps, 1, columns)


def _settled(x: Node, y: Node, neutral: bool) -> Node | None:
    """`y`, where the condition `x` is the neutral one; `x`, where it decides alone."""
    if x.op is not LITERAL or x.dtype != "b" or y.dtype != "b":
        return None
    if x.value == neutral:
        return y
    return None if y.shape else x


def _one_part(*parts: Node, shape: Shape, places: tuple[Place, ...]) -> Any:
    if len(parts) != 1 or parts[0].dtype != "f" or parts[0].size != math.prod(shape):
        return None
    offset, strides = places[0]
    in_order = offset == 0 and is_block(parts[0].shape, strides)
    return TABLE["reshape"](parts[0], shape=shape) if in_order else None


EXACT: dict[str, list[Law]] = {
    "logical_and": [
        lambda x, y: _settled(x, y, True) or _settled(y, x, True),  # true and x = x
    ],
    "logical_or": [
        lambda x, y: _settled(x, y, False) or _settled(y, x, False),  # false or x = x
    ],
    "add": [
        lambda x, y: _like(y, x) if _is(x, 0.0) else None,  # 0 + x = x
        lambda x, y: _like(x, y) if _is(y, 0.0) else None,  # x + 0 = x
        lambda x, y: x - y.inputs[0] if _as(y, "negative") else None,  # x + (-y) = x - y
        lambda x, y: y - x.inputs[0] if _as(x, "negative") else None,  # (-x) + y = y - x
        lambda x, y: 2.0 * x if x is y and x.dtype == "f" else None,  # x + x = 2 x
    ],
    "subtract": [
        lambda x, y: _like(x, y) if _is(y, 0.0) else None,  # x - 0 = x
        lambda x, y: -y if _is(x, 0.0) else None,  # 0 - x = -x
        lambda x, y: x + y.inputs[0] if _as(y, "negative") else None,  # x - (-y) = x + y
    ],
    "multiply": [
        lambda x, y: y * x if y.op is LITERAL and x.op is not LITERAL else None,  # x c = c x
        lambda x, y: _like(y, x) if _is(x, 1.0) else None,  # 1 x = x
        lambda x, y: -y if _is(x, -1.0) else None,  # -1 x = -x
        lambda x, y: _by_number(x, y) or _by_number(y, x),  # (c, c, ..., c) x = c x
        lambda x, y: (
            (-x) * y.inputs[0] if x.op is LITERAL and _as(y, "negative") else None
        ),  # c (-x) = (-c) x
    ],
    "divide": [
        lambda x, y: _like(x, y) if _is(y, 1.0) else None,  # x / 1 = x
    ],
    "negative": [
        lambda x: _as(x, "negative"),  # -(-x) = x
        lambda x: (
            x.inputs[1] - x.inputs[0] if x.op.name == "subtract" else None
        ),  # -(x - y) = y - x
        lambda x: (
            (-x.inputs[0]) * x.inputs[1]
            if x.op.name == "multiply" and x.inputs[0].op is LITERAL
            else None
        ),  # -(c x) = (-c) x
    ],
    "power": [_power],
    "reshape": [
        lambda x, shape: x if x.shape == shape else None,  # reshape(x, its shape) = x
        lambda x, shape: (
            TABLE["reshape"](x.inputs[0], shape=shape) if _as(x, "reshape") else None
        ),  # only the last shape counts
    ],
    "broadcast_to": [
        lambda x, shape: x if x.shape == shape else None,  # broadcast to its shape = x
    ],
    "view": [
        unshaped,  # a view of a reshape of x is one of x
        part_of,  # a slice of a concatenation is (a slice of) what was put there
    ],
    "assemble": [_one_part],  # one part that is all, in order: reshape
    "sum": [
        _same,  # over no axis: x
        _split_sum,  # over axes apart: over the last, then over the others
    ],
    # Over no axis: x; over axes apart: over the last axes of x with its axes moved.
    **{name: [_same, _moved(name)] for name in ("max", "min")},
}

APPROXIMATE: dict[str, dict[str, list[Law]]] = {
    # (c d) x for c (d x): the product of two literals is rounded once, not twice.
    "combine-literals": {"multiply": [_scaled]},
    # x / s = x (1 / s) for data s, and fewer s than x: rounded twice; 1 / s may overflow alone.
    "reciprocals": {"divide": [_by_reciprocal]},
    # Sums over data of linear forms and of their squares, found once at binding.
    "sufficient-statistics": {"sum": [collapse]},
    # Sum over k of X[i, k] beta[g[i], k], as one product and sum after the other.
    "group-wise-designs": {"sum": [by_columns]},
    # Sums over data whose rows repeat, over the distinct rows: sum(f(y)) = sum_u n_u f(u).
    "count-repeats": {"sum": [count_repeats]},
    # Sums of products over an axis are products of matrices; sums of products of matrices over
    # rows, and products of matrices of equal rows, are those of a matrix and a vector.
    "products": {"sum": [_product, equal_rows.sum_of_rows], "matmul": [equal_rows.product]},
    # What is not part of a scan's recurrence, for all steps at once: sums in another order.
    "loops": {"scan": [fission.split]},
}


def laws(strict: bool = False, without: tuple[str, ...] = ()) -> dict[str, list[Law]]:
    """Laws to hand to a `Graph`: exact ones, and approximate ones unless switched off."""
    chosen: dict[str, list[Any]] = {name: list(some) for name, some in EXACT.items()}
    for title, group in APPROXIMATE.items():
        if not strict and title not in without:
            for name, some in group.items():
                chosen.setdefault(name, []).extend(some)
    return chosen

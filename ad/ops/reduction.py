"""Reductions over axes, and cumulative sums. `axis` is a sorted tuple of non-negative axes."""

from typing import Any

import numpy as np

from ad.op import TABLE, Op, Params, Shape, Value, expand, reshape
from ad.ops.shape import c_strides, view

Axes = tuple[int, ...]


def _reduced(shape: Shape, axis: Axes) -> Shape:
    return tuple(size for position, size in enumerate(shape) if position not in axis)


def kept_dims(value: Value, shape: Shape, axis: Axes) -> Value:
    """`value`, reduced over `axis` from `shape`, with these axes back as 1."""
    return reshape(value, tuple(1 if i in axis else size for i, size in enumerate(shape)))


def _sum_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    shape = args[0].shape
    return expand(kept_dims(ct, shape, params["axis"]), shape)


sum_op: Op = Op(
    "sum",
    lambda x, axis: np.sum(x, axis=axis, dtype=float),
    _reduced,
    _sum_pullback,
    lambda tangents, out, args, params: sum_op(tangents[0], **params),
    kind="reduction",
    summary="sum over axes",
)


def _extreme_share(out: Value, x: Value, axis: Axes) -> Value:
    """Share of each element in the extreme: equal among those that attain it."""
    attains = TABLE["where"](TABLE["equal"](x, kept_dims(out, x.shape, axis)), 1.0, 0.0)
    count = kept_dims(sum_op(attains, axis=axis), x.shape, axis)
    return attains / count


def _extreme_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    x, axis = args[0], params["axis"]
    return expand(kept_dims(ct, x.shape, axis), x.shape) * _extreme_share(out, x, axis)


def _extreme_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    return sum_op(tangents[0] * _extreme_share(out, args[0], params["axis"]), **params)


def _extreme(name: str, function: Any, summary: str) -> Op:
    return Op(
        name,
        lambda x, axis: function(x, axis=axis),
        _reduced,
        _extreme_pullback,
        _extreme_pushforward,
        kind="reduction",
        summary=summary,
    )


max_op = _extreme("max", np.max, "largest over axes; derivative shared equally at ties")
min_op = _extreme("min", np.min, "smallest over axes; derivative shared equally at ties")


def _product_of_others(out: Value, x: Value, axis: Axes) -> Value:
    """Product of all elements but one, without dividing by zero where one of them is zero."""
    where = TABLE["where"]
    zero = TABLE["equal"](x, 0.0)
    filled = where(zero, 1.0, x)
    zeros = kept_dims(sum_op(where(zero, 1.0, 0.0), axis=axis), x.shape, axis)
    rest = kept_dims(prod_op(filled, axis=axis), x.shape, axis)
    alone = where(TABLE["equal"](zeros, 1.0), rest, 0.0)
    return where(zero, alone, kept_dims(out, x.shape, axis) / filled)


def _prod_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    x, axis = args[0], params["axis"]
    return expand(kept_dims(ct, x.shape, axis), x.shape) * _product_of_others(out, x, axis)


prod_op = Op(
    "prod",
    lambda x, axis: np.prod(x, axis=axis, dtype=float),
    _reduced,
    _prod_pullback,
    lambda tangents, out, args, params: sum_op(
        tangents[0] * _product_of_others(out, args[0], params["axis"]), **params
    ),
    kind="reduction",
    summary="product over axes",
)


def flip(x: Value, axis: int) -> Value:
    """`x` in reverse order along an axis."""
    strides = list(c_strides(x.shape))
    offset = max(x.shape[axis] - 1, 0) * strides[axis]
    strides[axis] = -strides[axis]
    return view(x, shape=x.shape, offset=offset, strides=tuple(strides))


def _cumsum_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    axis = params["axis"]
    return flip(cumsum(flip(ct, axis), axis=axis), axis)


cumsum: Op = Op(
    "cumsum",
    lambda x, axis: np.cumsum(x, axis=axis, dtype=float),
    lambda shape, axis: shape,
    _cumsum_pullback,
    lambda tangents, out, args, params: cumsum(tangents[0], **params),
    kind="cumulative",
    summary="cumulative sum along an axis",
)

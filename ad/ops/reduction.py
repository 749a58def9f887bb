"""Reductions over axes, and cumulative sums. `axis` is a sorted tuple of non-negative axes."""

import functools
from typing import Any

import numpy as np

from ad.op import TABLE, Op, Params, Shape, Value, expand, reshape
from ad.ops.shape import c_strides, view

Axes = tuple[int, ...]
_DOUBLES = np.dtype(np.float64)


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
    # What np.sum does, without its way there; so are others below.
    lambda x, axis: np.add.reduce(x, axis, _DOUBLES),
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
        lambda x, axis: function(x, axis),  # noqa: PLW0108 - by keyword as by place
        _reduced,
        _extreme_pullback,
        _extreme_pushforward,
        kind="reduction",
        summary=summary,
    )


max_op = _extreme("max", np.maximum.reduce, "largest over axes; derivative shared equally at ties")
min_op = _extreme("min", np.minimum.reduce, "smallest over axes; derivative shared equally at ties")

# Made by laws for machine code (`ad.finishing`), where it is the logarithm of a product.
log1p_sum: Op = Op(
    "log1p_sum",
    lambda x: np.sum(np.log1p(x), dtype=float),
    lambda shape: (),
    lambda index, ct, out, args, params: ct / (1.0 + args[0]),
    lambda tangents, out, args, params: sum_op(
        tangents[0] / (1.0 + args[0]), axis=tuple(range(len(args[0].shape)))
    ),
    kind="reduction",
    summary="sum of log(1 + x) over all axes",
)


def product(x: Value, axis: Axes) -> Value:
    """Product over axes, as a tree of products of halves.

    Its derivatives are those of multiplication: right at every order where elements are zero, which
    no formula that divides by an element is.
    """
    for one in reversed(axis):
        x = reshape(_product_along(x, one), _reduced(x.shape, (one,)))
    return x


def _product_along(x: Value, axis: int) -> Value:
    size = x.shape[axis]
    if size == 0:
        return np.ones(tuple(1 if i == axis else n for i, n in enumerate(x.shape)))
    left_over = []
    while size > 1:
        half = size // 2
        if size % 2:
            left_over.append(view(x, **section_of(x.shape, axis, size - 1, size)))
        first = view(x, **section_of(x.shape, axis, 0, half))
        x = first * view(x, **section_of(x.shape, axis, half, 2 * half))
        size = half
    for part in left_over:
        x = x * part
    return x


def section(x: Value, axis: int, start: int, stop: int) -> Value:
    """Elements `start` to `stop` along an axis."""
    return view(x, **section_of(x.shape, axis, start, stop))


@functools.lru_cache(maxsize=4096)
def section_of(whole: Shape, axis: int, start: int, stop: int) -> dict[str, Any]:
    """What `section` takes of an array of shape `whole`, as parameters of `view`."""
    strides = c_strides(whole)
    shape = (*whole[:axis], stop - start, *whole[axis + 1 :])
    return {"shape": shape, "offset": start * strides[axis], "strides": strides}


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
    lambda x, axis: np.add.accumulate(x, axis, _DOUBLES),
    lambda shape, axis: shape,
    _cumsum_pullback,
    lambda tangents, out, args, params: cumsum(tangents[0], **params),
    kind="cumulative",
    summary="cumulative sum along an axis",
)

"""Rearranging: every way of picking elements is a view, a gather, or one of their adjoints.

A *view* is affine in the index: element (i, j, ...) of the result is element
``offset + i * strides[0] + j * strides[1] + ...`` of the flattened argument (strides count
elements). Slices, transposes, flips, diagonals and broadcasts are views. Anything else with fixed
positions is a *gather* through a table of flat positions. Their adjoints are *assemble* (parts put
into zeros at disjoint places) and *scatter_add*.
"""

import functools
import math
from typing import Any

import numpy as np

from ad.op import TABLE, Op, Params, Shape, Value, reshape, sum_to

Place = tuple[int, tuple[int, ...]]


@functools.lru_cache(maxsize=4096)
def c_strides(shape: Shape) -> tuple[int, ...]:
    """Strides, in elements, of a contiguous array of this shape."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _strided(flat: Any, shape: Shape, offset: int, strides: tuple[int, ...]) -> Any:
    if not flat.size:
        return np.zeros(shape, flat.dtype)
    size = flat.itemsize
    steps = [stride * size for stride in strides]
    # As `as_strided`, but within bounds, and several times faster.
    return np.ndarray(shape, flat.dtype, flat, offset * size, steps)


def _linear(op_name: str) -> Any:
    """Pushforward of an operation linear in its first argument."""

    def pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
        return TABLE[op_name](tangents[0], *args[1:], **params)

    return pushforward


reshape_op = Op(
    "reshape",
    lambda x, shape: np.asarray(x).reshape(shape),
    lambda _, shape: shape,
    lambda index, ct, out, args, params: reshape(ct, args[0].shape),
    _linear("reshape"),
    kind="view",
    dtype="same",
    summary="the same elements in another shape",
)


def _broadcast(x: Any, shape: Shape) -> Any:
    """As `np.broadcast_to`, which takes several times as long."""
    x = np.asarray(x)
    lead = len(shape) - x.ndim
    steps = [0] * lead
    for size, step, wanted in zip(x.shape, x.strides, shape[lead:], strict=False):
        if size not in (wanted, 1):
            return np.broadcast_to(x, shape)  # which says what is wrong
        steps.append(step if size == wanted else 0)
    if lead < 0 or not x.size or not x.flags.c_contiguous:
        return np.broadcast_to(x, shape)
    part: Any = np.ndarray(shape, x.dtype, x, 0, steps)
    part.setflags(False)
    return part


broadcast_to = Op(
    "broadcast_to",
    _broadcast,
    lambda _, shape: shape,
    lambda index, ct, out, args, params: sum_to(ct, args[0].shape),
    _linear("broadcast_to"),
    kind="view",
    dtype="same",
    summary="repeated along new or unit axes",
)


def _view(x: Any, shape: Shape, offset: int, strides: tuple[int, ...]) -> Any:
    flat = x if type(x) is np.ndarray and x.flags.c_contiguous else np.ascontiguousarray(x)
    if not strides:
        return flat.reshape(-1)[offset]
    part: Any
    if len(strides) == 1 and flat.ndim == 1 and strides[0] > 0:
        part = flat[offset : offset + shape[0] * strides[0] : strides[0]]
    else:
        part = _strided(flat, shape, offset, strides)
    part.setflags(False)
    return part


def _view_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    shape, strides = params["shape"], params["strides"]
    repeated = tuple(
        axis
        for axis, (size, stride) in enumerate(zip(shape, strides, strict=True))
        if stride == 0 and size != 1
    )
    if repeated:
        kept = [axis for axis in range(len(shape)) if axis not in repeated]
        ct = sum_to(ct, tuple(1 if axis in repeated else size for axis, size in enumerate(shape)))
        ct = reshape(ct, tuple(shape[axis] for axis in kept))
        shape, strides = ct.shape, tuple(strides[axis] for axis in kept)
    if _overlaps(shape, strides):  # windows that slide by less than their width
        table = params["offset"] + sum(
            np.arange(size).reshape(-1, *(1,) * (len(shape) - axis - 1)) * stride
            for axis, (size, stride) in enumerate(zip(shape, strides, strict=True))
        )
        return scatter_add(ct, table, shape=args[0].shape)
    return assemble(ct, shape=args[0].shape, places=((params["offset"], strides),))


def _overlaps(shape: Shape, strides: tuple[int, ...]) -> bool:
    """Whether two indices may be at one position: an axis steps no further than others reach."""
    reach = 0
    for stride, size in sorted((abs(s), n) for s, n in zip(strides, shape, strict=True) if n > 1):
        if stride <= reach:
            return True
        reach += stride * (size - 1)
    return False


view = Op(
    "view",
    _view,
    lambda _, shape, offset, strides: shape,
    _view_pullback,
    _linear("view"),
    kind="view",
    dtype="same",
    summary="elements at affine positions: slices, transposes, flips, diagonals",
)


class InOrder(tuple[Place, ...]):
    """Places of vectors that fill a vector, one after the other."""

    __slots__ = ()


def _assemble(*parts: Any, shape: Shape, places: tuple[Place, ...]) -> Any:
    if type(places) is InOrder:
        return np.concatenate(parts, dtype=np.float64)
    flat = np.zeros(math.prod(shape))
    for part, (offset, strides) in zip(parts, places):  # noqa: B905 - the check takes its time
        if strides == (1,):
            flat[offset : offset + len(part)] = part
        elif not strides:  # a number, of which there may be thousands
            flat[offset] = part
        else:
            _strided(flat, np.shape(part), offset, strides)[...] = part
    return flat if len(shape) == 1 else flat.reshape(shape)


def _assemble_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    offset, strides = params["places"][index]
    return view(ct, shape=args[index].shape, offset=offset, strides=strides)


def _assemble_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    moving = [
        (t, place) for t, place in zip(tangents, params["places"], strict=True) if t is not None
    ]
    return assemble(
        *(tangent for tangent, _ in moving),
        shape=params["shape"],
        places=tuple(place for _, place in moving),
    )


assemble = Op(
    "assemble",
    _assemble,
    lambda *_, shape, places: shape,
    _assemble_pullback,
    _assemble_pushforward,
    kind="assemble",
    summary="parts put at disjoint places of an array of zeros: concatenate, stack, pad",
)
gather: Op = Op(
    "gather",
    lambda x, table: x[table] if getattr(x, "ndim", 0) == 1 else np.ravel(x)[table],
    lambda _, table: table,
    lambda index, ct, out, args, params: (
        scatter_add(ct, args[1], shape=args[0].shape) if index == 0 else None
    ),
    _linear("gather"),
    kind="gather",
    dtype="same",
    summary="elements at the flat positions of a table",
)


def _scatter_add(x: Any, table: Any, shape: Shape) -> Any:
    size = math.prod(shape)
    total = np.bincount(np.ravel(table), weights=np.ravel(x), minlength=size)
    return total.reshape(shape)


scatter_add: Op = Op(
    "scatter_add",
    _scatter_add,
    lambda *_, shape: shape,
    lambda index, ct, out, args, params: gather(ct, args[1]) if index == 0 else None,
    _linear("scatter_add"),
    kind="scatter",
    summary="elements added up at the flat positions of a table",
)

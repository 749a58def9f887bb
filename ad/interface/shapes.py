"""NumPy's shape functions on traced arrays: views, gathers and assemblies."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad.indexing import by_gather, by_view
from ad.op import Shape, Value, expand, reshape
from ad.ops.shape import assemble, c_strides
from ad.traced import Traced, is_traced


def _reshape(a: Traced, shape: Any = None, *_: Any, newshape: Any = None, **__: Any) -> Value:
    wanted = newshape if shape is None else shape
    # NumPy works out -1 and checks the size.
    return reshape(a, np.empty(a.shape, np.int8).reshape(wanted).shape)


def concatenate(arrays: Sequence[Any], axis: int | None = 0, **_: Any) -> Value:
    """Arrays joined along an existing axis."""
    parts = [part if is_traced(part) else np.asarray(part) for part in arrays]
    if axis is None:
        parts, axis = [np.ravel(part) for part in parts], 0
    # NumPy checks the shapes, on stand-ins that take no memory.
    whole = np.concatenate([np.broadcast_to(np.int8(0), p.shape) for p in parts], axis=axis).shape
    axis %= len(whole)
    strides = c_strides(whole)
    places, start = [], 0
    for part in parts:
        places.append((start * strides[axis], strides))
        start += part.shape[axis]
    filled = [(p, place) for p, place in zip(parts, places, strict=True) if p.size]
    return assemble(
        *(p for p, _ in filled), shape=whole, places=tuple(place for _, place in filled)
    )


def stack(arrays: Sequence[Any], axis: int = 0, **_: Any) -> Value:
    """Arrays of one shape joined along a new axis."""
    parts = [part if is_traced(part) else np.asarray(part) for part in arrays]
    shapes = {part.shape for part in parts}
    if len(shapes) != 1:
        raise ValueError(f"np.stack: arrays must have one shape, got {sorted(shapes)}.")
    shape = shapes.pop()
    axis %= len(shape) + 1
    wide: Shape = (*shape[:axis], 1, *shape[axis:])
    return concatenate(
        [reshape(part, wide) if is_traced(part) else part.reshape(wide) for part in parts], axis
    )


def _column_stack(arrays: Sequence[Any]) -> Value:
    columns = [np.reshape(part, (-1, 1)) if np.ndim(part) < 2 else part for part in arrays]
    return concatenate(columns, 1)


def _pad(
    array: Traced, pad_width: Any, mode: str = "constant", constant_values: Any = 0.0
) -> Value:
    if mode != "constant":
        return by_gather(lambda x: np.pad(x, pad_width, mode=mode))(array)  # type: ignore[call-overload]
    mask = np.pad(np.zeros(array.shape, np.bool_), pad_width, constant_values=True)
    starts = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2))[:, 0]
    strides = c_strides(mask.shape)
    offset = int(np.dot(starts, strides))
    inside = assemble(array, shape=mask.shape, places=((offset, strides),))
    return inside if constant_values == 0 else inside + constant_values * mask


def _triangle(keep: Callable[..., Any]) -> Callable[..., Value]:
    def rule(m: Traced, k: int = 0) -> Value:
        return np.where(keep(np.ones(m.shape, np.bool_), k), m, 0.0)

    return rule


def _atleast(ndim: int) -> Callable[..., Value]:
    stand_in = {1: np.atleast_1d, 2: np.atleast_2d, 3: np.atleast_3d}[ndim]
    return lambda a: reshape(a, stand_in(np.empty(a.shape, np.int8)).shape)


def _trace(a: Traced, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Value:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


def _diag(v: Traced, k: int = 0) -> Value:
    if v.ndim == 2:
        return np.diagonal(v, k)
    size = v.size + abs(k)
    start = k if k >= 0 else -k * size
    return assemble(v, shape=(size, size), places=((start, (size + 1,)),))


def _split(cut: Callable[..., Any], a: Traced, sections: Any, axis: int = 0) -> list[Value]:
    pieces = cut(np.arange(a.shape[axis]), sections)
    lead = (slice(None),) * (axis % a.ndim)
    return [
        a[(*lead, slice(int(piece[0]), int(piece[-1]) + 1) if piece.size else slice(0, 0))]
        for piece in pieces
    ]


def _array_equal(a: Any, b: Any) -> Value:
    return np.all(a == b) if np.shape(a) == np.shape(b) else False


def _diff(a: Any, n: int, axis: int) -> Value:
    for _ in range(n):
        lead = (slice(None),) * (axis % a.ndim)
        a = a[(*lead, slice(1, None))] - a[(*lead, slice(None, -1))]
    return a


SHAPE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "reshape": _reshape,
    "ravel": lambda a, order="C": reshape(a, (a.size,)),  # noqa: ARG005 - NumPy's signature
    "broadcast_to": lambda array, shape: expand(
        array, tuple(shape) if not isinstance(shape, int) else (shape,)
    ),
    "expand_dims": by_view(np.expand_dims),
    "concatenate": concatenate,
    "stack": stack,
    "hstack": lambda arrays: concatenate(
        [np.atleast_1d(a) for a in arrays], 0 if np.ndim(arrays[0]) <= 1 else 1
    ),
    "vstack": lambda arrays: concatenate([np.atleast_2d(a) for a in arrays], 0),
    "column_stack": _column_stack,
    "append": lambda arr, values, axis=None: concatenate([arr, np.atleast_1d(values)], axis),
    "pad": _pad,
    "tril": _triangle(np.tril),
    "triu": _triangle(np.triu),
    "atleast_1d": _atleast(1),
    "atleast_2d": _atleast(2),
    "atleast_3d": _atleast(3),
    "trace": _trace,
    "diag": _diag,
    "split": functools.partial(_split, np.split),
    "array_split": functools.partial(_split, np.array_split),
    "array_equal": _array_equal,
    "diff": lambda a, n=1, axis=-1: _diff(a, n, axis),
    "shape": lambda a: a.shape,
    "ndim": lambda a: a.ndim,
    "size": lambda a, axis=None: a.size if axis is None else a.shape[axis],
    "zeros_like": lambda a, *_, **__: np.zeros(a.shape),
    "ones_like": lambda a, *_, **__: np.ones(a.shape),
    "full_like": lambda a, fill_value, *_, **__: (
        expand(fill_value, a.shape) if is_traced(fill_value) else np.full(a.shape, fill_value)
    ),
    **{
        function.__name__: by_view(function)
        for function in (
            np.transpose,
            np.squeeze,
            np.swapaxes,
            np.moveaxis,
            np.rollaxis,
            np.flip,
            np.fliplr,
            np.flipud,
            np.rot90,
            np.diagonal,
        )
    },
    **{
        function.__name__: by_gather(function)
        for function in (
            np.roll,
            np.repeat,
            np.tile,
            np.take,
            np.take_along_axis,
            np.delete,
            np.resize,
        )
    },
}

__all__ = ["SHAPE_FUNCTIONS", "concatenate", "stack"]

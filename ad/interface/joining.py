"""NumPy's functions that join arrays, and that pad them."""

import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.direct import one_row
from ad.errors import NoRuleError
from ad.indexing import by_gather
from ad.interface.common import along_axis, normal_axis, numbers
from ad.interface.ordering import ORDERING
from ad.op import Shape, Value, reshape
from ad.ops.shape import InOrder, assemble, c_strides
from ad.traced import Traced, is_traced

_array = np.ndarray


def _parts(arrays: Sequence[Any]) -> tuple[list[Any], tuple[Shape, ...]]:
    """What is joined, as something with a shape, and the shapes."""
    parts = [part if is_traced(part) else np.asarray(part) for part in arrays]
    return parts, tuple([part.shape for part in parts])


def _if_real(row: Callable[..., Any]) -> Callable[..., Any]:
    """The short form of a function that joins arrays, for those that are not complex."""

    def short(arrays: Sequence[Any], axis: int | None = 0) -> Any:
        parts = arrays if type(arrays) is list else list(arrays)
        shapes = []
        for part in parts:  # mostly all of them are traced, or plain arrays
            if type(part) is not Traced and (type(part) is not _array or part.dtype.kind == "c"):
                break
            shapes.append(part.shape)
        else:
            return row(parts, tuple(shapes), axis)
        parts, known = _parts(parts)
        if any(type(part) is _array and part.dtype.kind == "c" for part in parts):
            return None
        return row(parts, known, axis)

    return short


def _concatenate_row(parts: Sequence[Any], shapes: tuple[Shape, ...], axis: int | None) -> Any:
    if axis is None:
        return None
    params, kept = _end_to_end(shapes, operator.index(axis))
    if params is None:
        return None
    return assemble, parts if kept is None else [parts[i] for i in kept], params


@functools.lru_cache(maxsize=256)
def _end_to_end(
    shapes: tuple[Shape, ...], axis: int
) -> tuple[dict[str, Any] | None, list[int] | None]:
    """How arrays of these shapes are joined along an axis, and which if not all have elements."""
    whole = _joined(shapes, axis)
    if 0 in whole:
        return None, None
    axis %= len(whole)
    strides = c_strides(whole)
    starts = itertools.accumulate((shape[axis] for shape in shapes), initial=0)
    places = [(start * strides[axis], strides) for start in starts]
    kept = [i for i, shape in enumerate(shapes) if 0 not in shape]
    those = (places[i] for i in kept)
    params = {"shape": whole, "places": InOrder(those) if len(whole) == 1 else tuple(those)}
    return params, None if len(kept) == len(shapes) else kept


@one_row(_if_real(_concatenate_row))
def concatenate(arrays: Sequence[Any], axis: int | None = 0, **_: Any) -> Value:
    """Arrays joined along an existing axis."""
    if axis is None:
        arrays, axis = [np.ravel(part) for part in arrays], 0
    row = _concatenate_row(*_parts(arrays), axis)
    if row is None:  # nothing to join
        return np.zeros(_joined([np.shape(part) for part in arrays], axis))
    op, parts, params = row
    return op(*parts, **params)


def _joined(shapes: Sequence[Shape], axis: int) -> Shape:
    """Shape of arrays joined along an axis."""
    first = shapes[0] if shapes else ()
    axis = axis + len(first) if axis < 0 else axis
    if 0 <= axis < len(first):
        before, after, total = first[:axis], first[axis + 1 :], 0
        for shape in shapes:
            if len(shape) != len(first) or shape[:axis] != before or shape[axis + 1 :] != after:
                break
            total += shape[axis]
        else:
            return (*before, total, *after)
    # NumPy says what is wrong, on stand-ins that take no memory.
    return np.concatenate([np.broadcast_to(np.int8(0), each) for each in shapes], axis=axis).shape


def _stack_row(parts: Sequence[Any], shapes: tuple[Shape, ...], axis: Any) -> Any:
    params = _side_by_side(shapes, operator.index(axis))
    return None if 0 in params["shape"] else (assemble, parts, params)


@functools.lru_cache(maxsize=256)
def _side_by_side(shapes: tuple[Shape, ...], axis: int) -> dict[str, Any]:
    """How arrays of one shape are joined along a new axis."""
    different = set(shapes)
    if len(different) != 1:
        raise ValueError(f"np.stack: arrays must have one shape, got {sorted(different)}.")
    shape = different.pop()
    axis = normal_axis(axis, len(shape) + 1)
    whole = (*shape[:axis], len(shapes), *shape[axis:])
    strides = c_strides(whole)
    rest = (*strides[:axis], *strides[axis + 1 :])
    places = tuple((i * strides[axis], rest) for i in range(len(shapes)))
    return {"shape": whole, "places": places}


@one_row(_if_real(_stack_row))
def stack(arrays: Sequence[Any], axis: int = 0, **_: Any) -> Value:
    """Arrays of one shape joined along a new axis."""
    parts, shapes = _parts(arrays)
    row = _stack_row(parts, shapes, axis)
    if row is None:  # nothing to join
        return np.zeros(_side_by_side(shapes, operator.index(axis))["shape"])
    op, parts, params = row
    return op(*parts, **params)


def _column_stack(tup: Sequence[Any]) -> Value:
    columns = [np.reshape(part, (-1, 1)) if np.ndim(part) < 2 else part for part in tup]
    return concatenate(columns, 1)


def _block(arrays: Any) -> Value:
    def depth(part: Any) -> int:
        return 1 + max(map(depth, part)) if isinstance(part, list) else 0

    deepest = depth(arrays)

    def joined(part: Any, level: int) -> Any:
        if not isinstance(part, list):
            array = part if is_traced(part) else np.asarray(part)
            wide = (1,) * max(rank - array.ndim, 0) + tuple(array.shape)
            return reshape(array, wide) if is_traced(array) else array.reshape(wide)
        if not part:
            raise ValueError("List at arrays cannot be empty")
        return concatenate([joined(one, level + 1) for one in part], axis=-(deepest - level))

    def leaves(part: Any) -> list[Any]:
        return [x for one in part for x in leaves(one)] if isinstance(part, list) else [part]

    rank = max([deepest, *(np.ndim(leaf) for leaf in leaves(arrays))])
    return joined(arrays, 0)


# ---- padding -------------------------------------------------------------------------------------

BY_POSITION = ("edge", "reflect", "symmetric", "wrap")
STATISTICS: dict[str, Callable[..., Value]] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "median": lambda x, axis, keepdims: ORDERING["median"](x, axis, keepdims=keepdims),
}


def _pad(
    array: Traced,
    pad_width: Any,
    mode: Any = "constant",
    *,
    constant_values: Any = 0.0,
    end_values: Any = 0.0,
    stat_length: Any = None,
    reflect_type: str = "even",
) -> Value:
    # NumPy checks the widths, on a stand-in.
    np.pad(np.empty((1,) * array.ndim, np.int8), pad_width)
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(i, pad_width.get(i - array.ndim, 0)) for i in range(array.ndim)]
        pad_width = [(w, w) if np.ndim(w) == 0 else w for w in pad_width]
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)).tolist()
    if mode in BY_POSITION and reflect_type == "even":
        return by_gather(lambda x: np.pad(x, widths, mode=mode))(array)
    if mode == "empty":
        mode, constant_values = "constant", 0.0
    if mode == "constant" and not is_traced(constant_values) and np.ndim(constant_values) == 0:
        return _in_constant(array, widths, constant_values)
    for axis, (before, after) in enumerate(widths):
        if before or after:
            array = _pad_axis(
                array,
                axis,
                (before, after),
                mode,
                constant_values=_pair(constant_values, axis, array.ndim),
                end_values=_pair(end_values, axis, array.ndim),
                stat_length=_pair(stat_length, axis, array.ndim),
            )
    return array


def _pair(value: Any, axis: int, ndim: int) -> tuple[Any, Any]:
    """What holds before and after an axis."""
    if value is None:
        return None, None
    if is_traced(value):
        wide = np.broadcast_to(value, (ndim, 2))
        return wide[axis, 0], wide[axis, 1]
    before, after = np.broadcast_to(np.asarray(value), (ndim, 2))[axis]
    return before, after


def _in_constant(array: Value, widths: Any, value: Any) -> Value:
    mask = np.pad(np.zeros(array.shape, np.bool_), widths, constant_values=True)
    strides = c_strides(mask.shape)
    offset = int(np.dot([before for before, _ in widths], strides)) if widths else 0
    inside = assemble(array, shape=mask.shape, places=((offset, strides),))
    return inside if value == 0 else inside + value * mask


def _pad_axis(
    x: Value,
    axis: int,
    width: tuple[int, int],
    mode: Any,
    *,
    constant_values: Any,
    end_values: Any,
    stat_length: Any,
) -> Value:
    """One axis, as NumPy does them one after another."""
    size, parts = x.shape[axis], [x]
    ones = [1] * x.ndim
    for side, count in enumerate(width):
        shape = tuple(count if i == axis else n for i, n in enumerate(x.shape))
        ones[axis] = count
        if mode == "constant":
            part = np.broadcast_to(numbers(constant_values[side])[0], shape)
        elif mode in STATISTICS:
            length = size if stat_length[side] is None else min(int(stat_length[side]), size)
            if length < 1:
                raise ValueError("stat_length of 0 yields no value for padding")
            near = slice(0, length) if side == 0 else slice(size - length, size)
            found = STATISTICS[mode](along_axis(x, axis, near), axis=axis, keepdims=True)
            part = np.broadcast_to(found, shape)
        elif mode == "linear_ramp":
            edge = along_axis(x, axis, slice(0, 1) if side == 0 else slice(size - 1, size))
            steps = np.arange(float(count)) / max(count, 1)
            weight = (steps if side == 0 else steps[::-1]).reshape(ones)
            part = end_values[side] + weight * (edge - end_values[side])
        elif mode in ("reflect", "symmetric"):
            return _pad_by_matrix(x, axis, width, mode)
        else:
            raise NoRuleError(
                f"np.pad: mode must be one of constant, edge, empty, linear_ramp, maximum, mean, "
                f"median, minimum, reflect, symmetric, wrap, got {mode!r} ({user_line()})."
            )
        parts.insert(0, part) if side == 0 else parts.append(part)
    return concatenate([part for part in parts if part.shape[axis]], axis)


def _pad_by_matrix(x: Value, axis: int, width: tuple[int, int], mode: Any) -> Value:
    """Odd reflections are sums of several elements: the matrix is NumPy's own padding of 1."""
    unit = np.eye(x.shape[axis])
    matrix = np.pad(unit, ((0, 0), width), mode=mode, reflect_type="odd")
    return np.moveaxis(np.tensordot(x, matrix, (axis, 0)), -1, axis)


JOINING: dict[str, Callable[..., Any]] = {
    "concatenate": concatenate,
    "stack": stack,
    "hstack": lambda tup, **_: concatenate(
        [np.atleast_1d(a) for a in tup], 0 if np.ndim(tup[0]) <= 1 else 1
    ),
    "vstack": lambda tup, **_: concatenate([np.atleast_2d(a) for a in tup], 0),
    "column_stack": _column_stack,
    "append": lambda arr, values, axis=None: concatenate(
        [arr, np.atleast_1d(values) if axis is None else values], axis
    ),
    "dstack": lambda tup: concatenate([np.atleast_3d(a) for a in tup], 2),
    "block": _block,
    "pad": _pad,
}

__all__ = ["JOINING", "concatenate", "stack"]

"""NumPy's shape functions on traced arrays: views, gathers and assemblies."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.direct import one_row
from ad.indexing import by_gather, by_view
from ad.interface.common import no_out, normal_axis
from ad.op import TABLE, Value, expand, reshape
from ad.ops.shape import assemble
from ad.traced import Traced, is_traced


def _reordered(a: Any, order: str) -> tuple[Any, str]:
    """`a` such that C order of it is the order that is asked for, and whether it was turned."""
    if order not in ("C", "F", "A", "K"):
        raise ValueError(f"order must be one of 'C', 'F', 'A', or 'K' (got {order!r})")
    return (np.transpose(a), "F") if order == "F" else (a, "C")


def _reshape_row(a: Traced, shape: Any) -> Any:
    # NumPy works out -1 and checks the size.
    shape = np.empty(a.shape, np.int8).reshape(shape).shape
    return None if shape == a.shape else (TABLE["reshape"], (a,), {"shape": shape})


def _ravel_row(a: Traced) -> Any:
    return None if a.ndim == 1 else (TABLE["reshape"], (a,), {"shape": (a.size,)})


def _broadcast_row(array: Traced, shape: Any) -> Any:
    if type(shape) is not tuple or shape == array.shape:
        return None
    return TABLE["broadcast_to"], (array,), {"shape": shape}


@one_row(_broadcast_row)
def _broadcast_to(array: Value, shape: Any, subok: bool = False) -> Value:
    return expand(array, tuple(shape) if not isinstance(shape, int) else (shape,))


@one_row(_reshape_row)
def _reshape(a: Traced, /, shape: Any = None, order: str = "C", **old: Any) -> Value:
    wanted = old.get("newshape") if shape is None else shape
    # NumPy works out -1 and checks the size.
    shape = np.empty(a.shape, np.int8).reshape(wanted).shape
    turned, kind = _reordered(a, order)
    if kind == "C":
        return reshape(a, shape)
    return np.transpose(reshape(turned, shape[::-1]))


@one_row(_ravel_row)
def _ravel(a: Traced, order: str = "C") -> Value:
    return reshape(_reordered(a, order)[0], (a.size,))


def _triangle(keep: Callable[..., Any]) -> Callable[..., Value]:
    def rule(m: Traced, k: int = 0) -> Value:
        return np.where(keep(np.ones(m.shape, np.bool_), k), m, 0.0)

    return rule


def _atleast(ndim: int) -> Callable[..., Value]:
    stand_in = {1: np.atleast_1d, 2: np.atleast_2d, 3: np.atleast_3d}[ndim]
    return lambda a: reshape(a, stand_in(np.empty(a.shape, np.int8)).shape)


def _trace(
    a: Traced,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: Any = None,
    out: Any = None,
) -> Value:
    no_out("trace", out)
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


def _diag(v: Traced, k: int = 0) -> Value:
    if v.ndim == 2:
        return np.diagonal(v, k)
    size = v.size + abs(k)
    start = k if k >= 0 else -k * size
    return assemble(v, shape=(size, size), places=((start, (size + 1,)),))


def _split(
    cut: Callable[..., Any], ary: Traced, indices_or_sections: Any, axis: int = 0
) -> list[Value]:
    axis = normal_axis(axis, ary.ndim)
    pieces = cut(np.arange(ary.shape[axis]), indices_or_sections)
    lead = (slice(None),) * axis
    return [
        ary[(*lead, slice(int(piece[0]), int(piece[-1]) + 1) if piece.size else slice(0, 0))]
        for piece in pieces
    ]


def _split_along(name: str, axis: int, least: int) -> Callable[..., Any]:
    def rule(ary: Traced, indices_or_sections: Any) -> list[Value]:
        if ary.ndim < least:
            raise ValueError(f"{name} only works on arrays of {least} or more dimensions")
        chosen = 0 if name == "hsplit" and ary.ndim == 1 else axis
        return _split(np.split, ary, indices_or_sections, chosen)

    return rule


def _unstack(x: Traced, /, *, axis: int = 0) -> tuple[Value, ...]:
    if not x.ndim:
        raise ValueError("Input array must be at least 1-d.")
    return tuple(by_view(np.moveaxis)(x, axis, 0))


def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Value, ...]:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(arg, shape) for arg in args)


def _atleast_all(ndim: int) -> Callable[..., Any]:
    one = _atleast(ndim)
    stand_in = {1: np.atleast_1d, 2: np.atleast_2d, 3: np.atleast_3d}[ndim]

    def rule(*arys: Any) -> Any:
        results = tuple(one(a) if is_traced(a) else stand_in(a) for a in arys)
        return results[0] if len(results) == 1 else results

    return rule


def _diagflat(v: Traced, k: int = 0) -> Value:
    return _diag(reshape(v, (v.size,)), k)


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    flat = [np.ravel(x) for x in xi]
    order = list(range(len(flat)))
    if indexing == "xy" and len(flat) > 1:
        order[:2] = [1, 0]
    shapes = [
        tuple(x.size if axis == order[i] else 1 for axis in range(len(flat)))
        for i, x in enumerate(flat)
    ]
    grids = tuple(np.reshape(x, shape) for x, shape in zip(flat, shapes, strict=True))
    return grids if sparse else _broadcast_arrays(*grids)


def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Value:  # noqa: N803
    if np.ndim(x) != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    powers = np.arange(float(x.size if N is None else N))
    return np.reshape(x, (-1, 1)) ** (powers if increasing else powers[::-1])


def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Value:
    """Numbers stay float64, the one precision there is; whole ones are rounded towards 0."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return np.not_equal(x, 0.0)
    if kind == "f":
        return x * 1.0 if x.dtype == np.bool_ else x
    if kind in "iu":
        return np.trunc(x * 1.0)
    if kind == "c":
        return x + 0j
    raise TypeError(f"np.astype: dtype must be a type of numbers, got {np.dtype(dtype)}.")


def _empty(a: Any) -> Any:
    return np.empty(a.shape, np.int8)


def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Value:
    if np.shape(a1) != np.shape(a2):
        return False
    same = np.equal(a1, a2)
    return np.all(same | (np.isnan(a1) & np.isnan(a2)) if equal_nan else same)


def _array_equiv(a1: Any, a2: Any) -> Value:
    try:
        np.broadcast_shapes(np.shape(a1), np.shape(a2))
    except ValueError:
        return False
    return np.all(np.equal(a1, a2))


SHAPE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "reshape": _reshape,
    "ravel": _ravel,
    "broadcast_to": _broadcast_to,
    "expand_dims": by_view(np.expand_dims),
    "tril": _triangle(np.tril),
    "triu": _triangle(np.triu),
    "atleast_1d": _atleast_all(1),
    "atleast_2d": _atleast_all(2),
    "atleast_3d": _atleast_all(3),
    "trace": _trace,
    "diag": _diag,
    "split": functools.partial(_split, np.split),
    "array_split": functools.partial(_split, np.array_split),
    "hsplit": _split_along("hsplit", 1, 1),
    "vsplit": _split_along("vsplit", 0, 2),
    "dsplit": _split_along("dsplit", 2, 3),
    "unstack": _unstack,
    "diagflat": _diagflat,
    "meshgrid": _meshgrid,
    "broadcast_arrays": _broadcast_arrays,
    "matrix_transpose": lambda x, /: np.swapaxes(x, -1, -2),
    "vander": _vander,
    "copy": lambda a, order="K", subok=False: a,
    "astype": _astype,
    "array_equal": _array_equal,
    "array_equiv": _array_equiv,
    "may_share_memory": lambda a, b, /, max_work=None: False,
    "shares_memory": lambda a, b, /, max_work=None: False,
    "array_str": lambda a, *_, **__: repr(a),
    "array_repr": lambda arr, *_, **__: repr(arr),
    "array2string": lambda a, *_, **__: repr(a),
    "result_type": lambda *given: np.result_type(*(x.dtype if is_traced(x) else x for x in given)),
    "common_type": lambda *arrays: np.dtype(float).type,
    "can_cast": lambda from_, to, casting="safe": np.can_cast(from_.dtype, to, casting),
    "min_scalar_type": lambda a, /: a.dtype,
    "shape": lambda a: a.shape,
    "ndim": lambda a: a.ndim,
    "size": lambda a, axis=None: a.size if axis is None else a.shape[axis],
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
            np.resize,
        )
    },
}

__all__ = ["SHAPE_FUNCTIONS"]

"""NumPy's products of vectors and matrices on traced arrays."""

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.direct import one_row
from ad.interface.common import arrays, last, no_out, numbers, unlast
from ad.linalg import contractions
from ad.linalg.einsum import einsum
from ad.op import Value, reshape


@one_row(contractions.row_of_product)
def _dot(a: Any, b: Any, out: Any = None) -> Value:
    no_out("dot", out)
    a, b = arrays(a, b)
    if not a.ndim or not b.ndim:
        return a * b
    return contractions.matmul(a, b) if b.ndim <= 2 else contractions.tensordot(a, b, (-1, -2))


def _inner(a: Any, b: Any, /) -> Value:
    a, b = arrays(a, b)
    return contractions.tensordot(a, b, (-1, -1)) if a.ndim and b.ndim else a * b


def _outer(a: Any, b: Any, out: Any = None) -> Value:
    no_out("outer", out)
    return reshape(np.ravel(a), (np.size(a), 1)) * np.ravel(b)


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Value:
    """Cross product of vectors of three (or, in the plane, two) elements."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = numbers(a, b)
    a, b = last(a, axisa), last(b, axisb)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError("Both input arrays must be (arrays of) 3-dimensional vectors")
    x, y = ([v[..., i] for i in range(v.shape[-1])] for v in (a, b))
    third = x[0] * y[1] - x[1] * y[0]
    if len(x) == 2 and len(y) == 2:
        return third
    x, y = (v if len(v) == 3 else [*v, np.zeros(v[0].shape)] for v in (x, y))
    parts = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], third]
    return unlast(np.stack(parts, axis=-1), axisc)


@functools.lru_cache(maxsize=256)
def _axes_of_product(subscripts: str) -> tuple[int, int] | None:
    """Axes of both operands, where subscripts are those of a matrix times a vector or a matrix."""
    found = re.fullmatch("([A-Za-z]{2}),([A-Za-z]{1,2})->([A-Za-z]{1,2})", subscripts)
    if found is None:
        return None
    left, right, result = found.groups()
    letters = left + right[1:]
    plain = left[1] == right[0] and result == left[0] + right[1:]
    return (2, len(right)) if plain and len(set(letters)) == len(letters) else None


def _einsum_row(subscripts: Any, a: Any = None, b: Any = None) -> Any:
    axes = _axes_of_product(subscripts) if type(subscripts) is str else None
    if axes is None or axes != (getattr(a, "ndim", 0), getattr(b, "ndim", 0)):
        return None
    return contractions.row_of_product(a, b)


def _einsum_path(*operands: Any, **kwargs: Any) -> Any:
    known: list[Any] = [
        operand if isinstance(operand, str) else np.empty(np.shape(operand), np.int8)
        for operand in operands
    ]
    return np.einsum_path(*known, **kwargs)


PRODUCTS: dict[str, Callable[..., Any]] = {
    "dot": _dot,
    "vdot": lambda a, b, /: _dot(*(np.ravel(x) for x in (a, b))),
    "inner": _inner,
    "outer": _outer,
    "cross": cross,
    "einsum": one_row(_einsum_row)(einsum),
    "einsum_path": _einsum_path,
    "tensordot": contractions.tensordot,
    "kron": contractions.kron,
}

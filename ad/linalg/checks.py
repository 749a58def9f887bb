"""Arguments of linear algebra: arrays of real numbers whose last two axes are matrices."""

from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError, TraceError
from ad.op import Shape, Value, expand


def real(who: str, x: Any) -> Value:
    """`x` as something with a shape: a node, a traced value or an array of float64."""
    if hasattr(type(x), "level_of"):
        return x
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise TraceError(
            f"{who}: arrays must hold real numbers, got {array.dtype} ({user_line()}). "
            "np.linalg's function of the name takes complex values, if there is one; or keep the "
            "real and the imaginary part apart."
        )
    return array if array.dtype == np.float64 else array.astype(np.float64)


def matrix(who: str, a: Any) -> Value:
    """`a` with at least two axes."""
    a = real(who, a)
    if len(a.shape) < 2:
        raise ShapeError(
            f"{who}: a must have at least two axes, got shape {a.shape} ({user_line()})."
        )
    return a


def square(who: str, a: Any) -> Value:
    """`a` with square matrices."""
    a = matrix(who, a)
    if a.shape[-1] != a.shape[-2]:
        raise ShapeError(
            f"{who}: a must be square in its last two axes, got shape {a.shape} ({user_line()})."
        )
    return a


def one_matrix(who: str, shape: Shape) -> None:
    """Refuse what is not one matrix."""
    if len(shape) != 2:
        raise ShapeError(
            f"{who}: a must be one matrix, got shape {shape} ({user_line()}). Use ad.vmap."
        )


def one_square(who: str, a: Any) -> Value:
    """`a` as one square matrix."""
    a = square(who, a)
    one_matrix(who, a.shape)
    return a


def together(who: str, a: Value, b: Value) -> tuple[Value, Value]:
    """Two batches of matrices, broadcast to the same axes before the last two."""
    try:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        raise ShapeError(
            f"{who}: axes before the last two must broadcast, got shapes {a.shape} and {b.shape} "
            f"({user_line()})."
        ) from None
    return spread(a, (*batch, *a.shape[-2:])), spread(b, (*batch, *b.shape[-2:]))


def spread(x: Value, shape: Shape) -> Value:
    """`x` broadcast to a shape."""
    return x if x.shape == shape else expand(x, shape)

"""Norms of vectors and matrices, and the pseudoinverse."""

import math
from typing import Any

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.linalg.checks import matrix, real
from ad.linalg.contractions import transpose
from ad.linalg.spectra import qr, svd
from ad.linalg.systems import solve_triangular
from ad.op import TABLE, Value
from ad.ops.matrices import swap
from ad.ops.reduction import kept_dims, max_op, min_op, sum_op
from ad.special import normal_axes


def _root(total: Value) -> Value:
    """Square root of a sum of squares, with derivative 0 at 0."""
    where, zero = TABLE["where"], TABLE["equal"](total, 0.0)
    return where(zero, 0.0, TABLE["sqrt"](where(zero, 1.0, total)))


def _vector_norm(x: Value, order: Any, axes: tuple[int, ...]) -> Value:
    size = TABLE["absolute"](x)
    if order in (None, 2):
        return _root(sum_op(TABLE["square"](x), axis=axes))
    if order in (math.inf, -math.inf):
        return (max_op if order > 0 else min_op)(size, axis=axes)
    if order == 0:
        return sum_op(TABLE["where"](TABLE["equal"](x, 0.0), 0.0, 1.0), axis=axes)
    if order == 1:
        return sum_op(size, axis=axes)
    if not isinstance(order, int | float):
        raise ValueError(  # noqa: TRY004 - NumPy raises ValueError here
            f"linalg.norm: ord of a vector must be a number, got {order!r} ({user_line()})."
        )
    return TABLE["power"](sum_op(TABLE["power"](size, float(order)), axis=axes), 1.0 / order)


def _matrix_norm(x: Value, order: Any, axes: tuple[int, int]) -> Value:
    row, column = axes
    if order in (1, -1, math.inf, -math.inf):
        summed, other = (row, column) if abs(order) == 1 else (column, row)
        sums = sum_op(TABLE["absolute"](x), axis=(summed,))
        return (max_op if order > 0 else min_op)(sums, axis=(other - (other > summed),))
    if order not in (2, -2, "nuc"):
        raise ValueError(
            "linalg.norm: ord of a matrix must be None, 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, "
            f"got {order!r} ({user_line()})."
        )
    others = [axis for axis in range(len(x.shape)) if axis not in axes]
    values = svd(transpose(x, [*others, row, column]), compute_uv=False)
    last = (len(values.shape) - 1,)
    reduce = sum_op if order == "nuc" else max_op if order > 0 else min_op
    return reduce(values, axis=last)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002 - NumPy's name
    """Norm of a vector or of matrices.

    Parameters
    ----------
    x : array
    ord : number, "fro" or "nuc", optional
        Which norm, as for `np.linalg.norm`; the square root of the sum of squares if not given.
    axis : int or pair of ints, optional
        Axis of the vectors, or axes of the matrices; all axes if not given.
    keepdims : bool
        Whether these axes stay, with size 1.

    Returns
    -------
    array
        Its derivative is 0 where the norm of order 2 is 0.

    Raises
    ------
    ShapeError
        If `axis` names more than two axes.
    ValueError
        For an `ord` that does not exist.

    Examples
    --------
    >>> import ad
    >>> float(ad.linalg.norm([3.0, 4.0])), float(ad.linalg.norm([[1.0, -2.0]], ord=1))
    (5.0, 2.0)
    """
    x = real("linalg.norm", x)
    given = axis if isinstance(axis, tuple) or axis is None else (axis,)
    axes = normal_axes(given, len(x.shape))
    if (ord is not None and len(axes) not in (1, 2)) or (given is not None and len(axes) > 2):
        raise ShapeError(
            f"linalg.norm: axis must name one axis or two, got {axis} for shape {x.shape} "
            f"({user_line()})."
        )
    if len(axes) == 2 and ord not in (None, "fro"):
        pair = (given[0] % len(x.shape), given[1] % len(x.shape)) if given else (axes[0], axes[1])
        result = _matrix_norm(x, ord, pair)
    else:
        result = _vector_norm(x, None if len(axes) == 2 else ord, axes)
    return kept_dims(result, x.shape, axes) if keepdims else result


def pinv(a: Any) -> Any:
    """Moore-Penrose inverse of a matrix of full rank, shape (..., n, m) for (..., m, n).

    By its QR factorisation. Without full rank the inverse is not continuous, and the result here is
    nan or meaningless.

    Examples
    --------
    >>> import numpy as np, ad
    >>> np.allclose(ad.linalg.pinv([[3.0], [4.0]]), [[0.12, 0.16]])
    True
    """
    a = matrix("linalg.pinv", a)
    if a.shape[-2] < a.shape[-1]:
        return swap(pinv(swap(a)))
    q, r = qr(a, mode="economic")
    return solve_triangular(r, swap(q))


__all__ = ["norm", "pinv"]

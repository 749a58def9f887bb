"""NumPy's functions of complex values.

What is linear is applied to both parts, what is bilinear to their products; the rest is below.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.complexes.elementwise import absolute, both, multiply
from ad.complexes.linalg import MATRICES
from ad.complexes.value import Complex, is_complex, parts
from ad.op import TABLE, Value
from ad.special import normal_axes


def _part(value: Any, imaginary: bool) -> Any:
    """One part of an array, or of each array in lists of them."""
    if isinstance(value, list | tuple):
        return [_part(one, imaginary) for one in value]
    return both(value)[int(imaginary)]


def _paired(re: Any, im: Any) -> Any:
    if isinstance(re, list | tuple):
        return type(re)(_paired(x, y) for x, y in zip(re, im, strict=True))
    return Complex(re, im)


def linear(function: Any, count: int | None = 1) -> Callable[..., Any]:
    """Rule of a function linear in its first `count` arguments together; None means all."""

    def rule(*args: Any, **kwargs: Any) -> Any:
        size = len(args) if count is None else count
        head, rest = args[:size], args[size:]
        re, im = (
            function(*(_part(x, side) for x in head), *rest, **kwargs) for side in (False, True)
        )
        return _paired(re, im)

    return rule


def bilinear(function: Any, conjugated: int | None = None) -> Callable[..., Any]:
    """Rule of a function linear in each of its first two arguments; one may be conjugated."""

    def rule(z: Any, w: Any, *args: Any, **kwargs: Any) -> Any:
        (a, b), (c, d) = parts(z), parts(w)
        if conjugated == 0 and b is not None:
            b = -b
        if conjugated == 1 and d is not None:
            d = -d

        def apply(x: Any, y: Any) -> Any:
            return function(x, y, *args, **kwargs)

        if d is None:
            return Complex(apply(a, c), apply(b, c))
        if b is None:
            return Complex(apply(a, c), apply(a, d))
        return Complex(apply(a, c) - apply(b, d), apply(a, d) + apply(b, c))

    return rule


def _einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """Sum over all choices of parts, with a factor i for each imaginary one."""
    choices = []
    for operand in operands:
        re, im = parts(operand)
        choices.append([(0, re)] if im is None else [(0, re), (1, im)])
    sums: list[Any] = [0.0, 0.0]
    for chosen in itertools.product(*choices):
        power = sum(degree for degree, _ in chosen)
        term = np.einsum(subscripts, *(value for _, value in chosen), **kwargs)
        sums[power % 2] = sums[power % 2] + (term if power % 4 < 2 else -term)
    return Complex(*sums)


def _where(condition: Any, z: Any, w: Any) -> Any:
    (a, b), (c, d) = both(z), both(w)
    return Complex(np.where(condition, a, c), np.where(condition, b, d))


def _prod(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    axes = normal_axes(axis, a.ndim)
    moved = np.moveaxis(a, axes, range(len(axes)))
    rest = moved.shape[len(axes) :]
    flat = moved.reshape((int(np.prod(moved.shape[: len(axes)])), *rest))
    result: Any = Complex(np.ones(rest), np.zeros(rest))
    for i in range(len(flat)):
        result = multiply(result, flat[i])
    kept = tuple(1 if i in axes else n for i, n in enumerate(a.shape))
    return np.reshape(result, kept) if keepdims else result


def _var(a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Value:
    axes = normal_axes(axis, a.ndim)
    count = float(np.prod([a.shape[i] for i in axes])) - ddof
    re, im = both(a - np.mean(a, axis=axis, keepdims=True))
    return np.sum(re * re + im * im, axis=axis, keepdims=keepdims) / count


def _std(*args: Any, **kwargs: Any) -> Value:
    total = _var(*args, **kwargs)
    zero = np.equal(total, 0.0)
    return TABLE["where"](zero, 0.0, np.sqrt(TABLE["where"](zero, 1.0, total)))


def _isclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    near = np.less_equal(absolute(a - b), atol + rtol * np.abs(b)) | np.equal(a, b)
    return near | (np.isnan(a) & np.isnan(b)) if equal_nan else near


def _angle(z: Any, deg: bool = False) -> Value:
    re, im = both(z)
    turned = np.arctan2(im, re)
    return np.rad2deg(turned) if deg else turned


def _polyval(p: Any, x: Any) -> Any:
    total: Any = 0.0
    for k in range(np.size(p)):
        total = total * x + p[k]
    return total


def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    if np.shape(a1) != np.shape(a2):
        return False
    same = np.equal(a1, a2)
    return np.all(same | (np.isnan(a1) & np.isnan(a2)) if equal_nan else same)


def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    sides = [
        np.interp(
            x,
            xp,
            _part(fp, side),
            None if left is None else _part(left, side),
            None if right is None else _part(right, side),
            period,
        )
        for side in (False, True)
    ]
    return Complex(*sides)


ONE_ARRAY = (
    *("sum", "mean", "cumsum", "cumulative_sum", "trace", "diff", "gradient", "trapezoid"),
    *("reshape", "ravel", "transpose", "squeeze", "expand_dims", "swapaxes", "moveaxis"),
    *("rollaxis", "flip", "fliplr", "flipud", "rot90", "diagonal", "diag", "diagflat"),
    *("roll", "repeat", "tile", "take", "take_along_axis", "delete", "resize", "pad", "average"),
    *("tril", "triu", "split", "array_split", "hsplit", "vsplit", "dsplit", "unstack"),
    *("broadcast_to", "matrix_transpose", "copy", "nan_to_num", "concatenate", "stack"),
    *("hstack", "vstack", "dstack", "column_stack", "block", "ediff1d"),
)
COMPLEX_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: linear(getattr(np, name)) for name in ONE_ARRAY},
    **{
        name: linear(getattr(np, name), None)
        for name in ("atleast_1d", "atleast_2d", "atleast_3d", "meshgrid", "broadcast_arrays")
    },
    "append": linear(np.append, 2),
    "linspace": linear(np.linspace, 2),
    "where": _where,
    **{
        name: bilinear(getattr(np, name))
        for name in ("dot", "inner", "outer", "tensordot", "kron", "convolve", "cross")
    },
    "vdot": bilinear(np.vdot, conjugated=0),
    "correlate": bilinear(np.correlate, conjugated=1),
    "einsum": _einsum,
    "interp": _interp,
    "prod": _prod,
    "var": _var,
    "std": _std,
    "real": lambda val: both(val)[0],
    "imag": lambda val: both(val)[1],
    "angle": _angle,
    "isclose": _isclose,
    "allclose": lambda *args, **kwargs: np.all(_isclose(*args, **kwargs)),
    "array_equal": _array_equal,
    "polyval": _polyval,
    "isreal": lambda x: np.equal(both(x)[1], 0.0),
    "iscomplex": lambda x: np.not_equal(both(x)[1], 0.0),
    "isrealobj": lambda x: False,
    "iscomplexobj": lambda x: True,
    "shape": lambda a: a.shape,
    "ndim": lambda a: a.ndim,
    "size": lambda a, axis=None: a.size if axis is None else a.shape[axis],
    "zeros_like": lambda a, *_, **__: np.zeros(a.shape, complex),
    "ones_like": lambda a, *_, **__: np.ones(a.shape, complex),
}
COMPLEX_LINALG: dict[str, Callable[..., Any]] = {
    **MATRICES,
    "vector_norm": lambda x, /, **kwargs: np.linalg.vector_norm(absolute(x), **kwargs),
    **{
        name: linear(getattr(np.linalg, name)) for name in ("trace", "diagonal", "matrix_transpose")
    },
    **{
        name: bilinear(getattr(np.linalg, name))
        for name in ("matmul", "outer", "tensordot", "cross")
    },
    "vecdot": bilinear(np.linalg.vecdot, conjugated=0),
}

__all__ = ["COMPLEX_FUNCTIONS", "COMPLEX_LINALG", "bilinear", "is_complex", "linear"]

"""Solves with banded matrices, kept as SciPy keeps them: row u + i - j, column j is a[i, j].

A matrix of n rows with l diagonals below and u above is an array (l + u + 1, n); what lies outside
the matrix is not read. A singular matrix gives nan.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ad.op import TABLE, Op, Params, Shape, Value
from ad.ops.factorizations import each, lapack
from ad.ops.reduction import section, sum_op
from ad.ops.shape import assemble, c_strides

Array = npt.NDArray[Any]


def _solve(ab: Array, b: Array, lower: int, upper: int, transposed: bool) -> Array:
    size = ab.shape[1]
    whole = np.zeros((2 * lower + upper + 1, size))
    for k in range(-upper, lower + 1):  # only what lies inside the matrix
        inside = slice(max(0, -k), size - max(0, k))
        whole[lower + upper + k, inside] = ab[upper + k, inside]
    factors, pivots, info = lapack().dgbtrf(whole, lower, upper)
    if info != 0 or not np.isfinite(whole).all():
        return np.full_like(b, np.nan)
    solution, _ = lapack().dgbtrs(factors, lower, upper, b, pivots, trans=int(transposed))
    return np.ascontiguousarray(solution)


def _diagonals(lower: int, upper: int, size: int) -> list[tuple[int, int, int]]:
    """Per diagonal inside the matrix: k = i - j, and the first and last column it has, plus one."""
    spans = ((k, max(0, -k), size - max(0, k)) for k in range(-upper, lower + 1))
    return [(k, start, stop) for k, start, stop in spans if start < stop]


def band_of_outer(x: Value, y: Value, lower: int, upper: int) -> Value:
    """The band of the matrix sum_r x[i, r] y[j, r]."""
    size, last = x.shape[-2], len(x.shape) - 1
    shape = (*x.shape[:-2], lower + upper + 1, size)
    strides = c_strides(shape)
    parts, places = [], []
    for k, start, stop in _diagonals(lower, upper, size):
        left = section(x, last - 1, start + k, stop + k)
        parts.append(sum_op(left * section(y, last - 1, start, stop), axis=(last,)))
        places.append(((upper + k) * size + start, (*strides[:-2], 1)))
    return assemble(*parts, shape=shape, places=tuple(places))


def band_times(ab: Value, x: Value, lower: int, upper: int, transposed: bool) -> Value:
    """The banded matrix, or its transpose, times x."""
    size, last = x.shape[-2], len(x.shape) - 1
    strides = c_strides(x.shape)
    total: Value = None
    for k, start, stop in _diagonals(lower, upper, size):
        row = section(section(ab, last - 1, upper + k, upper + k + 1), last, start, stop)
        column = TABLE["reshape"](row, shape=(*row.shape[:-2], stop - start, 1))
        source, target = (start + k, start) if transposed else (start, start + k)
        part = column * section(x, last - 1, source, source + stop - start)
        place = (target * strides[-2], strides)
        moved = assemble(part, shape=x.shape, places=(place,))
        total = moved if total is None else total + moved
    return total


def _pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    back = banded_solve(args[0], ct, **{**params, "transposed": not params["transposed"]})
    if index == 1:
        return back
    pair = (out, back) if params["transposed"] else (back, out)
    return -band_of_outer(*pair, params["lower"], params["upper"])


def _pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    change, right = tangents
    if change is not None:
        moved = band_times(change, out, **params)
        right = -moved if right is None else right - moved
    return banded_solve(args[0], right, **params)


def _shape(ab: Shape, b: Shape, lower: int, upper: int, transposed: bool) -> Shape:
    return b


banded_solve: Op = Op(
    "banded_solve",
    lambda ab, b, lower, upper, transposed: each(
        lambda x, y: _solve(x, y, lower, upper, transposed), np.shape(b), ab, b
    ),
    _shape,
    _pullback,
    _pushforward,
    kind="library",
    summary="x of a x = b (or a' x = b) for a banded a",
)

"""Orders that depend on values: positions of a sort, and elements at positions that are computed.

All work along the last axis; the axes before it are a batch. Positions are numbers, as every traced
value is; they have no derivative. Where a position is outside the axis, reading gives `missing` and
adding adds nothing, so that code without exceptions stays within its arrays.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ad.op import Op, Params, Shape, Value

Array = npt.NDArray[Any]

argsort: Op = Op(
    "argsort",
    lambda x: np.argsort(x, axis=-1, kind="stable").astype(float),
    lambda x: x,
    kind="library",
    summary="positions that sort the last axis, ties in order, nan last",
)


def _rows(x: Any) -> Array:
    array = np.asarray(x, dtype=float)
    return array.reshape(-1, array.shape[-1])


def _searchsorted(a: Any, v: Any, side: str) -> Array:
    found = [
        np.searchsorted(row, values, side=side)  # type: ignore[call-overload]
        for row, values in zip(_rows(a), _rows(v), strict=True)
    ]
    return np.array(found, dtype=float).reshape(np.shape(v))


searchsorted: Op = Op(
    "searchsorted",
    _searchsorted,
    lambda a, v, side: v,
    kind="library",
    summary="where v belongs in sorted a, along the last axis",
)


def _positions(positions: Any, size: int) -> tuple[Array, Array]:
    """Whole positions, and which of them are inside."""
    given = np.asarray(positions, dtype=float)
    inside = (given >= 0) & (given < size)
    return np.where(inside, given, 0.0).astype(np.int64), inside


def _along(x: Any, positions: Any, missing: float) -> Array:
    x = np.asarray(x, dtype=float)
    if not x.shape[-1]:
        return np.full(np.shape(positions), missing)
    where, inside = _positions(positions, x.shape[-1])
    return np.where(inside, np.take_along_axis(x, where, axis=-1), missing)


def _placed(x: Any, positions: Any, size: int) -> Array:
    where, inside = _positions(positions, size)
    total = np.zeros((*np.shape(x)[:-1], size))
    rows = total.reshape(-1, size)
    for row, one, at, counted in zip(rows, _rows(x), _rows(where), _rows(inside), strict=True):
        chosen = counted > 0
        np.add.at(row, at[chosen].astype(np.int64), one[chosen])
    return total


def _along_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    return None if index else placed(ct, args[1], size=args[0].shape[-1])


def _placed_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    return None if index else along(ct, args[1], missing=0.0)


def _along_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    return None if tangents[0] is None else along(tangents[0], args[1], missing=0.0)


def _placed_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    return None if tangents[0] is None else placed(tangents[0], args[1], **params)


def _placed_shape(x: Shape, positions: Shape, size: int) -> Shape:
    return (*x[:-1], size)


along: Op = Op(
    "along",
    _along,
    lambda x, positions, missing: positions,
    _along_pullback,
    _along_pushforward,
    kind="library",
    summary="elements of the last axis at computed positions",
)
placed: Op = Op(
    "placed",
    _placed,
    _placed_shape,
    _placed_pullback,
    _placed_pushforward,
    kind="library",
    summary="elements added up at computed positions of the last axis",
)

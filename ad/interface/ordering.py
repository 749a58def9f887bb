"""Sorting, searching and quantiles on traced arrays.

Where elements are equal, a sort keeps their order, and the derivative follows each element to where
it goes: sorting by values that are traced is right in compiled code too (`ad.ops.ordering`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import NoRuleError, ShapeError
from ad.interface.common import flat_last, last, no_out, numbers, unlast
from ad.op import TABLE, Value, expand, reshape
from ad.traced import is_traced, value_of


def _order_last(x: Value, descending: Any = None) -> Value:
    """Where each element of the sorted last axis stands in `x`: nan last, ties in their order."""
    return TABLE["argsort"](-x if descending else x)


def sorted_last(x: Value, descending: Any = None) -> Value:
    """`x` in order along its last axis, nan last."""
    return TABLE["along"](x, _order_last(x, descending), missing=np.nan)


def _sorting(rule: Callable[..., Value]) -> Callable[..., Value]:
    """NumPy's arguments about `rule`, which orders a last axis (`descending`: from NumPy 2.5)."""

    def sort(
        a: Value,
        axis: Any = -1,
        kind: Any = None,
        order: Any = None,
        *,
        stable: Any = None,
        descending: Any = None,
    ) -> Value:
        if order is not None:
            raise ValueError("Cannot specify order when the array has no fields.")
        (a,) = numbers(a)
        if axis is None:
            return rule(reshape(a, (a.size,)), descending)
        return unlast(rule(last(a, axis), descending), axis)

    return sort


_sort, _argsort = _sorting(sorted_last), _sorting(_order_last)


def _partitioned(rule: Callable[..., Value]) -> Callable[..., Value]:
    """A partition is a sort: every order of it is right at any position."""

    def partition(
        a: Value, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
    ) -> Value:
        size = a.size if axis is None else a.shape[axis]
        if np.size(kth) and not (np.min(kth) >= -size and np.max(kth) < size):
            raise ValueError(f"kth(={kth}) out of bounds ({size})")
        return rule(a, axis, None, order)

    return partition


def _lexsort(keys: Any, axis: int = -1) -> Value:
    """By the last key, then by the one before it: stable sorts from the first key on."""
    rows = [numbers(key)[0] for key in keys]
    if not rows:
        raise TypeError("need sequence of keys with len > 0 in lexsort")
    rows = [last(row, axis) for row in rows]
    order = TABLE["argsort"](rows[0])
    for row in rows[1:]:
        again = TABLE["argsort"](TABLE["along"](row, order, missing=np.nan))
        order = TABLE["along"](order, again, missing=np.nan)
    return unlast(order, axis)


def positions_in(a: Any, v: Any, side: str = "left", who: str = "searchsorted") -> Value:
    """Where the elements of `v` belong in the sorted vector `a`."""
    if side not in ("left", "right"):
        raise ValueError(f"side must be 'left' or 'right' (got {side!r})")
    a, v = numbers(a, v)
    if a.ndim != 1:
        raise ShapeError(
            f"np.{who}: the sorted array must have one axis, got shape {a.shape} ({user_line()})."
        )
    if not v.size:
        return np.zeros(v.shape)
    return reshape(TABLE["searchsorted"](a, reshape(v, (v.size,)), side=side), v.shape)


def _searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Value:
    return positions_in(a if sorter is None else np.take(a, sorter), v, side)


def _digitize(x: Any, bins: Any, right: bool = False) -> Value:
    side = "left" if right else "right"
    (bins,) = numbers(bins)
    if bins.ndim != 1:
        raise ValueError("object of too small depth for desired array")
    known = np.diff(np.asarray(value_of(bins)))
    if not ((known >= 0).all() or (known <= 0).all()):
        raise ValueError("bins must be monotonically increasing or decreasing")
    if bins.size > 1 and bins[0] > bins[-1]:  # a branch, if they are traced
        return bins.size - positions_in(bins[::-1], x, side, "digitize")
    return positions_in(bins, x, side, "digitize")


def picked_along(x: Value, positions: Any) -> Value:
    """Elements of the last axis at positions that may be traced, one position or an array.

    A negative position counts from the end; one outside the axis gives nan.
    """
    x, positions = numbers(x, positions)
    size = x.shape[-1]
    if not size:
        raise IndexError("cannot do a non-empty take from an empty axis.")
    positions = TABLE["where"](np.less(positions, 0.0), positions + size, positions)
    shape = (*x.shape[:-1], *positions.shape)
    flat = reshape(positions, (*(1,) * (x.ndim - 1), positions.size))
    wide = expand(flat, (*x.shape[:-1], positions.size))
    return reshape(TABLE["along"](x, wide, missing=np.nan), shape)


# ---- quantiles -----------------------------------------------------------------------------------

# Hyndman and Fan (1996): the continuous ones by (alpha, beta), the position of quantile q among n
# sorted elements being n q + alpha + q (1 - alpha - beta) - 1.
CONTINUOUS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": (3.0 / 8.0, 3.0 / 8.0),
}


def _half(x: Value) -> Value:
    """A weight of a half where a position lies between two elements."""
    between = np.not_equal(np.floor(x), x)
    return np.floor(x) + TABLE["where"](between, 0.5, 0.0)


def _averaged(q: Value, n: Value) -> Value:
    place = n * q - 1.0
    return TABLE["where"](np.equal(np.floor(place), place), place + 0.5, np.ceil(place))


def _closest(q: Value, n: Value) -> Value:
    # The element nearest to n q - 1/2 counted from 1; of two equally near, the even one.
    place = n * q - 1.5
    below = np.floor(place)
    odd = np.equal(np.remainder(below, 2.0), 1.0) & np.equal(below, place)
    return TABLE["where"](odd, below, below + 1.0)


DISCRETE: dict[str, Callable[[Value, Value], Value]] = {
    "lower": lambda q, n: np.floor((n - 1.0) * q),
    "higher": lambda q, n: np.ceil((n - 1.0) * q),
    "nearest": lambda q, n: np.rint((n - 1.0) * q),
    "midpoint": lambda q, n: _half((n - 1.0) * q),
    "inverted_cdf": lambda q, n: np.ceil(n * q) - 1.0,
    "averaged_inverted_cdf": _averaged,
    "closest_observation": _closest,
}


def _place(method: str, q: Value, n: Value) -> Value:
    """Position of a quantile among sorted elements, between 0 and n - 1."""
    if method in CONTINUOUS:
        alpha, beta = CONTINUOUS[method]
        place = n * q + (alpha + q * (1.0 - alpha - beta)) - 1.0
    elif method in DISCRETE:
        place = DISCRETE[method](q, n)
    else:
        known = ", ".join(sorted([*CONTINUOUS, *DISCRETE]))
        raise ValueError(f"{method!r} is not a valid method. Use one of: {known}")
    # Not np.clip: at the ends the derivative is the inner side's.
    where, most = TABLE["where"], np.maximum(n - 1.0, 0.0)
    return where(np.less(place, 0.0), 0.0, where(np.greater(place, most), most, place))


def _between(ordered: Value, place: Value, n: Value) -> Value:
    """Sorted rows at positions between elements, by linear interpolation.

    `place` and `n` are numbers or have one entry a row. At the last element the interpolation is
    the last interval's.
    """
    below = np.minimum(np.floor(place), np.maximum(n - 2.0, 0.0))
    weight = place - below
    low = _at(ordered, below)
    high = _at(ordered, np.minimum(below + 1.0, np.maximum(n - 1.0, 0.0)))
    # Infinite elements with weight 0 stay out.
    where = TABLE["where"]
    gap = where(np.equal(low, high), 0.0, high - low)
    alone = np.equal(weight, 0.0) & np.isinf(gap)
    return where(alone, low, low + where(alone, 0.0, gap) * weight)


def _at(ordered: Value, place: Any) -> Value:
    if np.ndim(place) == 0 and not is_traced(place):
        return ordered[..., int(place)]
    wide = expand(reshape(place, (*place.shape, 1)), (*ordered.shape[:-1], 1))
    return reshape(TABLE["along"](ordered, wide, missing=np.nan), ordered.shape[:-1])


def _quantile(scale: float, skip_nan: bool, name: str) -> Callable[..., Value]:
    def rule(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        *,
        weights: Any = None,
    ) -> Value:
        no_out(name, out)
        if weights is not None:
            raise NoRuleError(f"np.{name}: weights must be None, got an array ({user_line()}).")
        a, q = numbers(a, q)
        known = np.asarray(value_of(q)) / scale
        if not ((known >= 0.0) & (known <= 1.0)).all():
            top = "100" if scale != 1.0 else "1"
            raise ValueError(f"Values of q must be in the range [0, {top}]")
        x, kept = flat_last(a, axis)
        ordered = sorted_last(x)
        size = float(ordered.shape[-1])
        if not size:
            raise IndexError("cannot take a quantile of an empty axis")
        missing = np.isnan(ordered[..., -1])
        n: Any = size
        if skip_nan:
            n = np.sum(TABLE["where"](np.isnan(x), 0.0, 1.0), axis=-1)
            missing = np.isnan(ordered[..., 0])
        parts = []
        for one in [q] if not q.ndim else list(reshape(q, (q.size,))):
            place = _place(method, one / scale, n)
            if is_traced(place) or np.ndim(place):
                place = expand(*_wide(place, ordered.shape[:-1]))
            found = TABLE["where"](missing, np.nan, _between(ordered, place, n))
            parts.append(reshape(found, kept) if keepdims else found)
        if not q.ndim:
            return parts[0]
        whole = np.stack(parts)
        return reshape(whole, (*q.shape, *whole.shape[1:]))

    return rule


def _wide(value: Value, shape: tuple[int, ...]) -> tuple[Value, tuple[int, ...]]:
    return (value if hasattr(value, "shape") else np.float64(value)), shape


def _median(skip_nan: bool, name: str) -> Callable[..., Value]:
    quantile = _quantile(1.0, skip_nan, name)

    def rule(
        a: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        keepdims: bool = False,
    ) -> Value:
        return quantile(a, 0.5, axis, out, keepdims=keepdims)

    return rule


ORDERING: dict[str, Callable[..., Any]] = {
    "sort": _sort,
    "argsort": _argsort,
    "partition": _partitioned(_sort),
    "argpartition": _partitioned(_argsort),
    "lexsort": _lexsort,
    "searchsorted": _searchsorted,
    "digitize": _digitize,
    "median": _median(False, "median"),
    "nanmedian": _median(True, "nanmedian"),
    "quantile": _quantile(1.0, False, "quantile"),
    "nanquantile": _quantile(1.0, True, "nanquantile"),
    "percentile": _quantile(100.0, False, "percentile"),
    "nanpercentile": _quantile(100.0, True, "nanpercentile"),
}

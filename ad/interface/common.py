"""What rules of several families need."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import NoRuleError, TraceError
from ad.op import Shape, Value, reshape
from ad.special import normal_axes
from ad.traced import is_traced


def arrays(*values: Any) -> list[Any]:
    """Values as something with a shape."""
    return [value if is_traced(value) else np.asarray(value) for value in values]


def numbers(*values: Any) -> list[Any]:
    """Values as something with a shape that holds float64; conditions become 0 and 1."""
    return [
        (value * 1.0 if value.dtype == np.bool_ else value)
        if is_traced(value)
        else np.asarray(value, dtype=float)
        for value in values
    ]


def no_out(name: str, out: Any) -> None:
    """Refuse an array to write to."""
    if out is not None:
        raise TraceError(
            f"np.{name}: out must be None, got an array ({user_line()}). Use the result."
        )


def normal_axis(axis: int, ndim: int) -> int:
    """An axis as a number that is not negative."""
    return normal_axes(int(axis), ndim)[0]


def last(x: Value, axis: int) -> Value:
    """`x` with an axis moved to the end."""
    axis = normal_axis(axis, x.ndim)
    return x if axis == x.ndim - 1 else np.moveaxis(x, axis, -1)


def unlast(x: Value, axis: int) -> Value:
    """`x` with its last axis moved to a place."""
    axis = normal_axis(axis, x.ndim)
    return x if axis == x.ndim - 1 else np.moveaxis(x, -1, axis)


def flat_last(x: Value, axis: Any) -> tuple[Value, Shape]:
    """`x` with given axes as one axis at the end, and its shape with these axes of size 1."""
    axes = normal_axes(axis, x.ndim)
    kept = tuple(1 if i in axes else size for i, size in enumerate(x.shape))
    moved = np.transpose(x, [*(i for i in range(x.ndim) if i not in axes), *axes])
    lead = moved.shape[: x.ndim - len(axes)]
    return reshape(moved, (*lead, int(np.prod([x.shape[i] for i in axes])))), kept


def along_axis(x: Value, axis: int, part: slice) -> Value:
    """A slice of one axis."""
    axis = normal_axis(axis, x.ndim)
    return x[(*(slice(None),) * axis, part)]


def refused(name: str, why: str) -> Callable[..., Any]:
    """A rule for what can have none, which says why and what to do."""

    def rule(*_: Any, **__: Any) -> Any:
        raise NoRuleError(f"np.{name}: {why} ({user_line()}).")

    return rule

"""Reductions with ``where=`` and ``initial=``, by those without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.callsite import user_line
from ad.op import TABLE
from ad.traced import is_traced

if TYPE_CHECKING:
    from collections.abc import Callable

# What an element that does not count is, and how an initial value comes in.
NEUTRAL: dict[str, tuple[Any, Callable[..., Any]]] = {
    "sum": (0.0, np.add),
    "prod": (1.0, np.multiply),
    "max": (None, np.maximum),
    "amax": (None, np.maximum),
    "min": (None, np.minimum),
    "amin": (None, np.minimum),
    "any": (False, np.logical_or),
    "all": (True, np.logical_and),
}
COUNTED = ("mean", "var", "std")


def reduced(name: str, rule: Callable[..., Any], a: Any, kwargs: dict[str, Any]) -> Any:
    """A reduction of the elements where a condition holds."""
    where, initial = kwargs.pop("where", True), kwargs.pop("initial", None)
    if where is True:
        value = rule(a, **kwargs)
        return value if initial is None else NEUTRAL[name][1](value, initial)
    where = np.broadcast_to(where, a.shape)
    if name in COUNTED:
        return _counted(name, a, where, **kwargs)
    neutral, combine = NEUTRAL[name]
    if neutral is None:
        if initial is None:
            raise ValueError(
                f"np.{name}: where= must come with initial=, which an empty selection gives "
                f"({user_line()})."
            )
        neutral = initial
    if name in ("any", "all"):
        where = where if is_traced(where) else np.asarray(where)
        left = np.logical_and(a, where) if name == "any" else np.logical_or(a, ~where)
        return rule(left, **kwargs)
    value = rule(TABLE["where"](where, a, neutral), **kwargs)
    return value if initial is None else combine(value, initial)


def _counted(
    name: str,
    a: Any,
    where: Any,
    axis: Any = None,
    *,
    ddof: int = 0,
    keepdims: bool = False,
    **_: Any,
) -> Any:
    count = np.sum(TABLE["where"](where, 1.0, 0.0), axis=axis, keepdims=True)
    total = np.sum(TABLE["where"](where, a, 0.0), axis=axis, keepdims=True)
    result = total / count
    if name != "mean":
        squares = np.square(a - result)
        result = np.sum(TABLE["where"](where, squares, 0.0), axis=axis, keepdims=True)
        result = result / (count - ddof)
        result = np.sqrt(result) if name == "std" else result
    if keepdims:
        return result
    axes = tuple(range(a.ndim)) if axis is None else axis
    return np.squeeze(result, axis=axes)


__all__ = ["COUNTED", "NEUTRAL", "reduced"]

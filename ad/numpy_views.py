"""Which of NumPy's functions give views, and whose elements a result shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ad import callsite
from ad.canvas import picked
from ad.errors import NoRuleError
from ad.indexing import by_view
from ad.traced import Traced
from ad.views import View, Written, memory_of, view_of

if TYPE_CHECKING:
    from collections.abc import Callable

# Functions whose result NumPy makes a view of their argument where it can.
VIEWS = frozenset(
    (
        *("reshape", "ravel", "transpose", "permute_dims", "matrix_transpose", "squeeze"),
        *("swapaxes", "moveaxis", "rollaxis", "expand_dims", "broadcast_to", "diagonal", "diag"),
        *("flip", "fliplr", "flipud", "rot90", "atleast_1d", "atleast_2d", "atleast_3d", "real"),
        *("split", "array_split", "hsplit", "vsplit", "dsplit", "unstack"),
    )
)
# Functions that give what they were given, or views of it that they make by those above.
AS_THEY_ARE = frozenset(("asarray", "asanyarray", "ascontiguousarray", "broadcast_arrays"))


def _sliding_window_view(x: Any, window_shape: Any, axis: Any = None, **flags: Any) -> Any:
    """Windows of an array, which share its elements, and each other's."""

    def take(array: Any) -> Any:
        return sliding_window_view(array, window_shape, axis, **flags)

    root = x.root if isinstance(x, View) else x
    if type(root) is Written:
        return View(x, take, take(memory_of(x)).shape)
    found = by_view(take)(x)
    if isinstance(x, View) and not x.sure:
        return found.frozen()
    return View(x, take, found.shape, found.frozen() if found is x else found)


# Those of `np.lib.stride_tricks`.
STRIDE_FUNCTIONS: dict[str, Callable[..., Any]] = {"sliding_window_view": _sliding_window_view}


def viewed(function: Any, rule: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The result of one of `VIEWS`: it shares its elements with the argument, as NumPy's does."""
    if len(args) > 1 and isinstance(args[1], Traced):  # several arrays: each by itself
        return tuple(function(arg, **kwargs) for arg in args)
    if args:
        x = args[0]

        def take(array: Any) -> Any:
            return function(array, *args[1:], **kwargs)

    else:
        name = next(name for name, arg in kwargs.items() if isinstance(arg, Traced))
        x = kwargs[name]

        def take(array: Any) -> Any:
            return function(**{**kwargs, name: array})

    if not isinstance(x, Traced):
        return rule(*args, **kwargs)
    pieces = take(memory_of(x))
    if not isinstance(pieces, list | tuple):
        if function in (np.reshape, np.ravel):
            given = args[1:] if function is np.ravel else args[2:]
            order = kwargs.get("order", given[0] if given else "C")
            return _reshaped(x, take, lambda: rule(*args, **kwargs), order)
        return view_of(x, take, lambda: rule(*args, **kwargs))
    values: list[Any] = []

    def value(which: int) -> Any:
        if not values:
            values.extend(rule(*args, **kwargs))
        return values[which]

    return type(pieces)(
        view_of(x, lambda array, i=i: take(array)[i], lambda i=i: value(i))  # type: ignore[misc]
        for i in range(len(pieces))
    )


def _reshaped(x: Traced, take: Callable[[Any], Any], value: Callable[[], Any], order: str) -> Any:
    """A reshaped array, in whatever order its elements are read."""
    memory = memory_of(x)
    if order in ("A", "K") and not memory.flags.c_contiguous:
        raise NoRuleError(
            f"np.reshape, np.ravel: order must be 'C' or 'F' for an array that may lie in memory "
            f"in another order, got {order!r} ({callsite.user_line()})."
        )
    if order == "F" and x.ndim > 1:
        positions = take(np.arange(x.size).reshape(x.shape))
        return view_of(x, take, lambda: picked(x.frozen(), positions), reshaped=True)
    return view_of(x, take, value, reshaped=True)


def owned(result: Any) -> Any:
    """A result as an array of its own: writing to it writes to no argument."""
    if isinstance(result, Traced):
        return result.frozen()
    if type(result) in (list, tuple):
        return type(result)(owned(each) for each in result)
    return result

"""The methods and attributes of a traced array: NumPy's, by the functions of the same name."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from ad import callsite
from ad.errors import NoRuleError
from ad.inplace import assign, replace
from ad.numpy_rules import FUNCTIONS, call_function
from ad.traced import Traced
from ad.views import is_view_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _reshape(x: Traced, *shape: Any, **kwargs: Any) -> Any:
    given = (x, shape[0] if len(shape) == 1 else shape)
    return call_function(x, np.reshape, (), given, kwargs, sys._getframe(1))  # noqa: SLF001 - the caller


def _transpose(x: Traced, *axes: Any) -> Any:
    order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
    return call_function(x, np.transpose, (), (x, order), {}, sys._getframe(1))  # noqa: SLF001 - the caller


def _turned(x: Traced) -> Any:
    return call_function(x, np.transpose, (), (x,), {}, sys._getframe(1))  # noqa: SLF001 - the caller


def _flatten(x: Traced, order: str = "C") -> Any:
    flat: Any = np.ravel(x, order)  # type: ignore[call-overload]
    return flat.frozen()


def _astype(x: Any, dtype: Any, *_: Any, **__: Any) -> Any:
    kind = np.dtype(dtype).kind
    if kind in (x.dtype.kind, "f"):
        return np.where(x, 1.0, 0.0) if x.dtype.kind == "b" else x.frozen()
    if kind == "b":
        return np.not_equal(x, 0)
    raise NoRuleError(
        f"ad: a traced array must stay an array of float or bool, got astype({dtype!r}) "
        f"({callsite.user_line()}). np.floor, np.rint and np.trunc round and stay float."
    )


def _fill(x: Traced, value: Any) -> None:
    assign(x, ..., value)


def _sort(x: Traced, axis: int = -1, **kwargs: Any) -> None:
    replace(x, np.sort(x, axis=axis, **kwargs), "x.sort")


def _partition(x: Traced, kth: Any, axis: int = -1, **kwargs: Any) -> None:
    replace(x, np.partition(x, kth, axis=axis, **kwargs), "x.partition")


def _item(x: Traced, *index: Any) -> Any:
    """One element, which stays traced."""
    if not index and x.size != 1:
        raise ValueError(
            f"x.item(): the array must have one element, got shape {x.shape} "
            f"({callsite.user_line()}). Use x.item(i) or x[i]."
        )
    if len(index) == 1 and not isinstance(index[0], tuple):
        index = tuple(int(i) for i in np.unravel_index(index[0] % x.size, x.shape))
    return x[
        index[0] if len(index) == 1 and isinstance(index[0], tuple) else index or (0,) * x.ndim
    ]


def _conj(x: Traced) -> Any:
    return np.conjugate(x) if x.dtype.kind == "c" else x.frozen()


# Methods that change the array, each with the function that gives the result.
IN_PLACE: dict[str, Callable[..., Any]] = {"sort": _sort, "partition": _partition}


def _function_as_method(function: Any) -> Callable[..., Any]:
    """A function of NumPy's as a method, which need not be found by way of NumPy."""

    def method(self: Traced, *args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)  # noqa: SLF001 - the caller
        return call_function(self, function, (), (self, *args), kwargs, frame)

    return method


METHODS: dict[str, Callable[..., Any]] = {
    # A function with a rule is a method by the same name, where NumPy has it.
    **{
        name: _function_as_method(getattr(np, name))
        for name in dir(np.ndarray)
        if name in FUNCTIONS and hasattr(np, name)
    },
    "reshape": _reshape,
    "transpose": _transpose,
    "flatten": _flatten,
    "astype": _astype,
    "copy": lambda x, *_, **__: x.frozen(),
    "conj": _conj,
    "conjugate": _conj,
    "fill": _fill,
    "item": _item,
    **{name: rule for name, rule in IN_PLACE.items() if name in FUNCTIONS},
}


def _flat(x: Traced) -> Any:
    """All elements in a row, to read and to write."""
    flat: Any = np.reshape(x, -1)
    if not is_view_of(flat, x):
        raise NoRuleError(
            f"ad: the array of x.flat must be contiguous, got a transposed or strided view "
            f"({callsite.user_line()}). Use x.ravel() to read."
        )
    return flat


ATTRIBUTES: dict[str, Callable[[Traced], Any]] = {
    "T": _turned,
    "real": np.real,
    "imag": lambda x: np.imag(x) if x.dtype.kind == "c" else np.zeros(x.shape),
    "mT": lambda x: np.swapaxes(x, -1, -2),
    "flat": _flat,
    "itemsize": lambda x: x.dtype.itemsize,
    "nbytes": lambda x: x.size * x.dtype.itemsize,
}


def _no_method(name: str) -> NoRuleError:
    known = [*METHODS, *ATTRIBUTES]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = (
        f"The nearest that has one: {', '.join(f'ndarray.{each}' for each in near)}."
        if near
        else "See docs/operations.md."
    )
    return NoRuleError(
        f"ad: a method of traced arrays must have a rule, got ndarray.{name} "
        f"({callsite.user_line()}). {hint}"
    )


def _refused(name: str) -> property:
    def refuse(_: Traced) -> Any:
        raise _no_method(name)

    return property(refuse, doc="Has no rule.")


for _name, _rule in METHODS.items():
    if not hasattr(Traced, _name):
        setattr(Traced, _name, _rule)
for _name, _rule in ATTRIBUTES.items():
    setattr(Traced, _name, property(_rule, doc=f"As `np.ndarray.{_name}`."))
# What else an array has, one by one: a `__getattr__` would make all attributes slow to read.
for _name in dir(np.ndarray):
    if not (_name.startswith("_") or hasattr(Traced, _name)):
        setattr(Traced, _name, _refused(_name))

__all__ = ["ATTRIBUTES", "METHODS"]

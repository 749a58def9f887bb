"""Which functions of NumPy and SciPy are one operation by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.op import TABLE, Op
from ad.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def direct_op(name: str) -> Op | None:
    """The operation that NumPy's or SciPy's function `name` is, if it is one by itself."""
    from ad.interface import UFUNCS  # noqa: PLC0415 - written over operators

    rule = UFUNCS.get(name, TABLE.get(name))
    return rule if isinstance(rule, Op) and rule.kind == "elementwise" else None


class _Direct(dict[Any, "Op | None"]):
    """Operations of the ufuncs that are one by themselves, found once each."""

    def __missing__(self, ufunc: Any) -> Op | None:
        op = self[ufunc] = direct_op(ufunc.__name__)
        return op


DIRECT = _Direct()
_DOUBLES = np.dtype(np.float64)

# What NumPy's arithmetic does with two conditions; it refuses to subtract them.
ON_CONDITIONS = {
    "add": "logical_or",
    "maximum": "logical_or",
    "multiply": "logical_and",
    "minimum": "logical_and",
    "subtract": "",
}


def all_conditions(args: Sequence[Any]) -> bool:
    """Whether all operands are truths."""
    for arg in args:
        known = arg.known if type(arg) is Traced else arg
        kind = type(known)
        if kind is np.float64 or kind is float:
            return False
        if kind is not bool:
            dtype = getattr(known, "dtype", None)
            if dtype is _DOUBLES or dtype is None or dtype.kind != "b":
                return False
    return True


@dataclass(frozen=True, slots=True)
class Short:
    """A short form, how many arguments it takes, and the keywords it may be called with."""

    parts: Callable[..., Any]
    most: int
    keywords: frozenset[str]


def _nothing(*_: Any) -> None:
    """For a function without a short form."""


NEVER = Short(_nothing, -1, frozenset())


def one_row(short: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a rule a short form, for the arguments that it mostly has.

    Parameters
    ----------
    short : callable
        ``(*args) -> (operation, operands, parameters)``: the one row that the call is, or None
        where it is not one, or where an operand is a plain complex array or number. A single
        operand may be the row before it, as ``(operation, operands)``. It is tried
        for calls with as many positional arguments as it takes, or fewer, and with no keywords
        that it does not have; so its row is the caller's own.
    """
    names = short.__code__.co_varnames[: short.__code__.co_argcount]

    def attach(rule: Callable[..., Any]) -> Callable[..., Any]:
        rule.short = Short(short, len(names), frozenset(names[1:]))  # type: ignore[attr-defined]
        return rule

    return attach

"""How NumPy's protocols lead to the rules of `ad.interface`, and results to arrays with aliasing.

A ufunc or function that has no rule gives an error that names the nearest thing that has one.
"""

import difflib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from ad import callsite, complexes, interface, numpy_writing, special
from ad.complexes import Complex
from ad.direct import DIRECT, NEVER, ON_CONDITIONS, Short, all_conditions
from ad.errors import NoRuleError, TraceError
from ad.interface import FFT_FUNCTIONS, LINALG_FUNCTIONS, UFUNCS
from ad.interface.common import arrays
from ad.numpy_views import AS_THEY_ARE, STRIDE_FUNCTIONS, VIEWS, owned, viewed
from ad.numpy_writing import MAKING, WRITING
from ad.op import TABLE, Value
from ad.plain_views import view_by_plan
from ad.traced import Traced, recorded

FAMILIES: dict[str, dict[str, Callable[..., Any]]] = {
    **interface.FAMILIES,
    "making arrays": MAKING,
    "writing": WRITING,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {**interface.FUNCTIONS, **MAKING, **WRITING}


def _is_condition(value: Any) -> bool:
    return isinstance(value, bool) or getattr(value, "dtype", None) == np.bool_


def call_named(name: str, args: tuple[Any, ...]) -> Value:
    """The element-wise function NumPy or SciPy calls `name`."""
    if complexes.concerns(args):
        return complexes.call_named(name, args)
    if name in ON_CONDITIONS and all(_is_condition(arg) for arg in args):
        if name == "subtract":
            raise TypeError(
                f"np.subtract: operands must be numbers, got two conditions "
                f"({callsite.user_line()}). Use np.logical_xor."
            )
        name = ON_CONDITIONS[name]
    rule = UFUNCS.get(name)
    if rule is None:
        rule = TABLE.get(name)
        if rule is None or rule.kind != "elementwise":
            raise _no_rule(name, [*UFUNCS, *TABLE], "np" if hasattr(np, name) else "scipy.special")
    return rule(*args)


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Value:
    """A ufunc, or one of its methods, by the rule of its name."""
    who = f"np.{ufunc.__name__}" if method == "__call__" else f"np.{ufunc.__name__}.{method}"
    out, where = kwargs.pop("out", None), kwargs.pop("where", True)
    for ignored in ("casting", "order", "subok", "dtype"):
        kwargs.pop(ignored, None)
    if method == "at":
        return numpy_writing.at(who, ufunc, *inputs)
    if out is not None:
        numpy_writing.target(who, out)
    elif method == "__call__" and where is not True:
        raise TraceError(
            f"{who}: where= must come with out=, which has the elements that are not computed "
            f"({callsite.user_line()}). Or use np.where."
        )
    if method == "__call__":
        if kwargs:
            raise NoRuleError(
                f"{who}: there must be no {', '.join(sorted(kwargs))} with traced values "
                f"({callsite.user_line()}). Move the axes with np.moveaxis, or use np.linalg's "
                "function of the name."
            )
        value = call_named(ufunc.__name__, inputs)
    else:
        if where is not True:
            kwargs["where"] = where
        value, where = _ufunc_method(ufunc, method, inputs, kwargs), True
    if out is not None:
        return numpy_writing.write(who, out, value, where)
    return owned(value)


REDUCTIONS: dict[str, str] = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}


def _ufunc_method(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    name = ufunc.__name__
    if method == "reduce":
        kwargs.setdefault("axis", 0)
        if name in REDUCTIONS:
            return getattr(np, REDUCTIONS[name])(*inputs, **kwargs)
        if name == "logaddexp":
            return special.logsumexp(*inputs, **kwargs)
    elif method == "accumulate":
        if ufunc is np.add:
            return np.cumsum(inputs[0], **{"axis": 0, **kwargs})
        if name in numpy_writing.ASSOCIATIVE:
            return numpy_writing.accumulate(ufunc, *inputs, **kwargs)
    elif method == "reduceat" and (name in REDUCTIONS or name == "logaddexp"):
        return numpy_writing.reduceat(ufunc, *inputs, **kwargs)
    elif method == "outer":
        left, right = arrays(*inputs)
        return ufunc(left.reshape(left.shape + (1,) * right.ndim), right, **kwargs)
    known = [f"{each}.{method}" for each in (*REDUCTIONS, "logaddexp")]
    raise _no_rule(f"{name}.{method}", [*known, "add.reduce", "add.accumulate", "multiply.outer"])


class _Rows(dict[Any, Any]):
    """The short forms of ufuncs that are not one operation in all cases, found once each."""

    def __missing__(self, ufunc: Any) -> Any:
        parts = self[ufunc] = short_of(ufunc.__name__)
        return parts


_ROWS = _Rows()


def short_of(name: str) -> Callable[..., Any]:
    """The short form of the ufunc's rule; one that always gives None where there is none."""
    return getattr(UFUNCS.get(name), "short", NEVER).parts


def _array_ufunc(self: Traced, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """What `Traced.__array_ufunc__` does."""
    if method == "__call__" and not kwargs:
        op = DIRECT[ufunc]
        if op is None:
            row = _ROWS[ufunc](*inputs)
            if row is not None:
                return recorded(row[0], row[1], row[2], sys._getframe(1))  # noqa: SLF001 - the caller
        elif op.name not in ON_CONDITIONS or not all_conditions(inputs):
            return self.call(op, inputs, sys._getframe(1))  # noqa: SLF001 - the caller
    return call_ufunc(ufunc, method, inputs, kwargs)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is done for a function of NumPy's."""

    name: str
    rule: Callable[..., Any] | None  # None: there is no rule
    kind: str  # of the result: a "view", an array of its "own", or as it "is"
    short: Short


_TABLES: tuple[tuple[Any, dict[str, Callable[..., Any]]], ...] = (
    (np, FUNCTIONS),
    (np.linalg, LINALG_FUNCTIONS),
    (np.fft, FFT_FUNCTIONS),
)


class _Rules(dict[Any, _Known]):
    """The rules of functions, found once each."""

    def __missing__(self, function: Any) -> _Known:
        known = self[function] = self._find(function)
        return known

    @staticmethod
    def _find(function: Any) -> _Known:
        name = function.__name__
        if vars(np.lib.stride_tricks).get(name) is function and name in STRIDE_FUNCTIONS:
            return _Known(name, STRIDE_FUNCTIONS[name], "stride", NEVER)
        for module, table in _TABLES:
            if name in table and vars(module).get(name) is function:
                kind = "view" if name in VIEWS else "is" if name in AS_THEY_ARE else "own"
                return _Known(name, table[name], kind, getattr(table[name], "short", NEVER))
        return _Known(name, None, "", NEVER)


_RULES = _Rules()


def _array_function(self: Traced, function: Any, types: Any, args: Any, kwargs: Any) -> Value:
    """What `Traced.__array_function__` does."""
    frame = sys._getframe(1)  # noqa: SLF001 - the caller
    return call_function(self, function, types, args, kwargs, frame)


def call_function(  # noqa: PLR0917 - as NumPy's protocol
    self: Traced, function: Any, types: Any, args: Any, kwargs: Any, frame: FrameType
) -> Value:
    """A function of NumPy's, of which `self` is an argument, that `frame` calls."""
    known = _RULES[function]
    if known.kind == "view":
        view = view_by_plan(function, known.rule, args, kwargs, frame)
        if view is not None:
            return view
    else:
        short = known.short
        if len(args) <= short.most and Complex not in types:
            if not kwargs:
                row = short.parts(*args)
            else:
                row = short.parts(*args, **kwargs) if kwargs.keys() <= short.keywords else None
            if row is not None:
                return recorded(row[0], row[1], row[2], frame)
    return _by_rule(self, function, types, args, kwargs)


def _by_rule(self: Traced, function: Any, types: Any, args: Any, kwargs: Any) -> Value:
    """A function of NumPy's that is not one row of its caller's."""
    known = _RULES[function]
    name, rule, kind = known.name, known.rule, known.kind
    if kind == "stride":
        return rule(*args, **kwargs)  # type: ignore[misc] # it has one
    if (
        Complex in types
        or complexes.concerns(args)
        or (kwargs and complexes.concerns(kwargs.values()))
    ):
        return complexes.call_function(function, args, kwargs)
    if rule is None:
        module = function.__module__.replace("numpy", "np")
        names = [f"np.{each}" for each in FUNCTIONS]
        names += [f"np.linalg.{each}" for each in LINALG_FUNCTIONS]
        raise _no_rule(f"{module}.{name}", names)
    out = kwargs.get("out") if kwargs else None
    if out is not None:
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
        numpy_writing.target(f"np.{name}", out)
    tape = self.tape
    rows = len(tape.rows)
    try:
        if kind == "view" and out is None:
            return viewed(function, rule, args, kwargs)
        found = rule(*args, **kwargs)
    except TypeError as error:
        if getattr(rule, "__name__", "") not in str(error) or "argument" not in str(error):
            raise
        raise NoRuleError(
            f"np.{name}: arguments must be among those with a rule, got "
            f"{sorted(kwargs)} ({callsite.user_line()}). {error}"
        ) from None
    if out is not None:
        return numpy_writing.write(f"np.{name}", out, found)
    if kind == "is" or (type(found) is Traced and found.tape is tape and found.ref >= rows):
        return found  # what was recorded just now is nobody else's
    return owned(found)


Traced.__array_ufunc__ = _array_ufunc  # type: ignore[attr-defined] # as the next
Traced.__array_function__ = _array_function  # type: ignore[attr-defined] # rules are written over it


def _no_rule(name: str, known: Iterable[str], module: str = "np") -> NoRuleError:
    """The error for a function without a rule, with the names that are nearest to it."""

    def whole(name: str, module: str) -> str:
        return name if name.startswith(("np.", "ndarray.", "scipy.")) else f"{module}.{name}"

    known = list(known)
    if all("." not in each for each in (name, *known)):  # ufuncs: of one library, not by chance
        known = [each for each in known if hasattr(np, each) == (module == "np")]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    listed = ", ".join(whole(each, module) for each in near)
    hint = f"The nearest that has one: {listed}." if near else "See docs/operations.md."
    return NoRuleError(
        f"ad: a function of traced values must have a rule, got {whole(name, module)} "
        f"({callsite.user_line()}). {hint}"
    )

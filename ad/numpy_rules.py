"""How NumPy's protocols lead to the rules of `ad.interface`, and results to arrays with aliasing.

A ufunc or function that has no rule gives an error that names the nearest thing that has one.
"""

import difflib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ad import callsite, complexes, interface, numpy_writing, special
from ad.direct import ON_CONDITIONS
from ad.errors import NoRuleError, TraceError
from ad.interface import FFT_FUNCTIONS, LINALG_FUNCTIONS, UFUNCS
from ad.interface.common import arrays
from ad.numpy_views import AS_THEY_ARE, STRIDE_FUNCTIONS, VIEWS, owned, viewed
from ad.numpy_writing import MAKING, WRITING
from ad.op import TABLE, Value

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
            raise _no_rule(name, [*UFUNCS, *TABLE])
    return rule(*args)


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Value:
    """What `Traced.__array_ufunc__` does."""
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


def call_function(function: Any, args: Any, kwargs: Any) -> Value:
    """What `Traced.__array_function__` does."""
    name = function.__name__
    if vars(np.lib.stride_tricks).get(name) is function and name in STRIDE_FUNCTIONS:
        return STRIDE_FUNCTIONS[name](*args, **kwargs)
    if complexes.concerns(args) or complexes.concerns(kwargs.values()):
        return complexes.call_function(function, args, kwargs)
    rule = FUNCTIONS.get(name) if vars(np).get(name) is function else None
    if rule is None and vars(np.linalg).get(name) is function:
        rule = LINALG_FUNCTIONS.get(name)
    if rule is None and vars(np.fft).get(name) is function:
        rule = FFT_FUNCTIONS.get(name)
    if rule is None:
        module = function.__module__.replace("numpy", "np")
        known = [f"np.{known}" for known in FUNCTIONS]
        raise _no_rule(f"{module}.{name}", [*known, *(f"np.linalg.{k}" for k in LINALG_FUNCTIONS)])
    out = kwargs.get("out")
    if out is not None:
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
        numpy_writing.target(f"np.{name}", out)
    try:
        if name in VIEWS and out is None:
            return viewed(function, rule, args, kwargs)
        found = rule(*args, **kwargs)
        if out is not None:
            return numpy_writing.write(f"np.{name}", out, found)
        return found if name in AS_THEY_ARE else owned(found)
    except TypeError as error:
        if getattr(rule, "__name__", "") not in str(error) or "argument" not in str(error):
            raise
        raise NoRuleError(
            f"np.{name}: arguments must be among those with a rule, got "
            f"{sorted(kwargs)} ({callsite.user_line()}). {error}"
        ) from None


def _no_rule(name: str, known: Iterable[str]) -> NoRuleError:
    name = name if name.startswith(("np.", "ndarray.")) else f"np.{name}"
    known = [entry if entry.startswith(("np.", "ndarray.")) else f"np.{entry}" for entry in known]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"The nearest that has one: {', '.join(near)}." if near else "See docs/operations.md."
    return NoRuleError(
        f"ad: a function of traced values must have a rule, got {name} "
        f"({callsite.user_line()}). {hint}"
    )

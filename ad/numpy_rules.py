"""How NumPy's protocols lead to the rules of `ad.interface`.

A ufunc or function that has none gives an error that names the nearest thing that has one.
"""

import difflib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ad import callsite, complexes, special
from ad.errors import NoRuleError, TraceError
from ad.interface import FFT_FUNCTIONS, FUNCTIONS, LINALG_FUNCTIONS, ON_CONDITIONS, UFUNCS
from ad.interface.common import arrays
from ad.op import TABLE, Value, reshape
from ad.traced import Traced


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
    if kwargs.pop("out", None) is not None or kwargs.pop("where", True) is not True:
        raise TraceError(
            f"np.{ufunc.__name__}: out=, where= and in-place operators must not be used with "
            f"traced values ({callsite.user_line()}). Write a = a + x for a += x, and np.where for "
            "where=."
        )
    if method == "__call__":
        unknown = sorted(kwargs.keys() - {"dtype", "casting", "order", "subok"})
        if unknown:
            raise NoRuleError(
                f"np.{ufunc.__name__}: there must be no {', '.join(unknown)} with traced values "
                f"({callsite.user_line()}). Move the axes with np.moveaxis, or use np.linalg's "
                "function of the name."
            )
        return call_named(ufunc.__name__, inputs)
    if method == "reduce":
        reductions: dict[str, Callable[..., Value]] = {
            "add": np.sum,
            "multiply": np.prod,
            "maximum": np.max,
            "minimum": np.min,
            "logaddexp": special.logsumexp,
        }
        reduction = reductions.get(ufunc.__name__)
        if reduction is not None:
            kwargs.setdefault("axis", 0)
            kwargs.pop("dtype", None)
            return reduction(*inputs, **kwargs)
    if method == "accumulate" and ufunc is np.add:
        return np.cumsum(inputs[0], **{"axis": 0, **kwargs})
    if method == "outer":
        left, right = arrays(*inputs)
        return call_named(ufunc.__name__, (left.reshape(left.shape + (1,) * right.ndim), right))
    raise _no_rule(f"{ufunc.__name__}.{method}", ["add.reduce", "maximum.reduce", "add.accumulate"])


def call_function(function: Any, args: Any, kwargs: Any) -> Value:
    """What `Traced.__array_function__` does."""
    name = function.__name__
    if complexes.concerns(args) or complexes.concerns(kwargs.values()):
        return complexes.call_function(function, args, kwargs)
    rule = FUNCTIONS.get(name) if vars(np).get(name) is function else None
    if rule is None and vars(np.linalg).get(name) is function:
        rule = LINALG_FUNCTIONS.get(name)
    if rule is None and vars(np.fft).get(name) is function:
        rule = FFT_FUNCTIONS.get(name)
    if function is np.copyto:
        raise TraceError(
            "np.copyto, np.full_like, np.fill: a plain array must be filled with numbers, got a "
            f"value being traced ({callsite.user_line()}). Use np.broadcast_to(x, shape), or "
            "ad.array to build an array of traced values."
        )
    if rule is None:
        module = function.__module__.replace("numpy", "np")
        known = [f"np.{known}" for known in FUNCTIONS]
        raise _no_rule(f"{module}.{name}", [*known, *(f"np.linalg.{k}" for k in LINALG_FUNCTIONS)])
    try:
        return rule(*args, **kwargs)
    except TypeError as error:
        if getattr(rule, "__name__", "") not in str(error) or "argument" not in str(error):
            raise
        raise NoRuleError(
            f"np.{name}: arguments must be among those with a rule, got "
            f"{sorted(kwargs)} ({callsite.user_line()}). {error}"
        ) from None


METHODS = frozenset(
    (
        *("sum", "prod", "max", "min", "mean", "var", "std", "any", "all", "cumsum", "dot"),
        *("reshape", "ravel", "transpose", "squeeze", "swapaxes", "diagonal", "trace"),
        *("repeat", "take", "clip"),
    )
)


def method(x: Traced, name: str) -> Any:
    """The array method `name` of a traced value."""
    if name == "reshape":
        return lambda *shape, **_: FUNCTIONS["reshape"](x, shape[0] if len(shape) == 1 else shape)
    if name == "transpose":
        return lambda *axes: FUNCTIONS["transpose"](
            x, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        )
    if name in METHODS:
        return lambda *args, **kwargs: FUNCTIONS[name](x, *args, **kwargs)
    if name in ("flatten", "copy", "astype", "conj", "conjugate"):
        return (lambda *_, **__: reshape(x, (x.size,))) if name == "flatten" else lambda *_, **__: x
    if name.startswith("_") or not hasattr(np.ndarray, name):
        raise AttributeError(f"a traced array has no attribute {name!r}")
    raise _no_rule(f"ndarray.{name}", [f"ndarray.{known}" for known in METHODS])


def _no_rule(name: str, known: Iterable[str]) -> NoRuleError:
    name = name if name.startswith(("np.", "ndarray.")) else f"np.{name}"
    known = [entry if entry.startswith(("np.", "ndarray.")) else f"np.{entry}" for entry in known]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"The nearest that has one: {', '.join(near)}." if near else "See docs/operations.md."
    return NoRuleError(
        f"ad: a function of traced values must have a rule, got {name} "
        f"({callsite.user_line()}). {hint}"
    )

"""Which rule a call on complex values has."""

from __future__ import annotations

import difflib
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.callsite import user_line
from ad.complexes.value import Complex, is_complex
from ad.errors import NoRuleError
from ad.traced import Traced
from ad.views import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SIMPLE = frozenset((Traced, View, float, int, bool, np.float64, str, type(None)))


def concerns(args: Iterable[Any]) -> bool:
    """Whether one of the arguments, or of the arrays in lists of them, is complex."""
    for arg in args:
        kind = type(arg)
        if kind in _SIMPLE or (kind is np.ndarray and arg.dtype.kind in "fiub"):
            continue
        if kind is list or kind is tuple:
            if len(arg) < 1000 and concerns(arg):
                return True
        elif is_complex(arg):
            return True
    return False


@functools.cache
def ufuncs_of_complex() -> dict[str, Callable[..., Any]]:
    """Rules of ufuncs, by name."""
    from ad.complexes.elementwise import UFUNCS  # noqa: PLC0415 - written over this
    from ad.complexes.functions import bilinear  # noqa: PLC0415 - as above

    return {
        **UFUNCS,
        "matmul": bilinear(np.matmul),
        "matvec": bilinear(np.matvec),
        "vecdot": bilinear(np.vecdot, conjugated=0),
        "vecmat": bilinear(np.vecmat, conjugated=0),
    }


@functools.cache
def functions_of_complex() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Rules of functions by name: of np, of np.linalg and of np.fft."""
    from ad.complexes.functions import (  # noqa: PLC0415 - as above
        COMPLEX_FUNCTIONS,
        COMPLEX_LINALG,
    )
    from ad.interface.fft import FFT_FUNCTIONS  # noqa: PLC0415 - as above

    return COMPLEX_FUNCTIONS, COMPLEX_LINALG, FFT_FUNCTIONS


def call_named(name: str, args: tuple[Any, ...]) -> Any:
    """The element-wise function NumPy calls `name`."""
    rule = ufuncs_of_complex().get(name)
    if rule is None:
        raise _no_rule(f"np.{name}", [f"np.{known}" for known in ufuncs_of_complex()])
    return rule(*args)


def call_function(function: Any, args: Any, kwargs: Any) -> Any:
    """A function of NumPy's."""
    name = function.__name__
    modules = (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft))
    for table, (_, module) in zip(functions_of_complex(), modules, strict=True):
        if vars(module).get(name) is function and name in table:
            return table[name](*args, **kwargs)
    known = [
        f"{prefix}.{entry}"
        for table, (prefix, _) in zip(functions_of_complex(), modules, strict=True)
        for entry in table
    ]
    raise _no_rule(f"{function.__module__.replace('numpy', 'np')}.{name}", known)


def _no_rule(name: str, known: list[str]) -> NoRuleError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"The nearest that has one: {', '.join(near)}. " if near else ""
    return NoRuleError(
        f"ad: a function of complex values must have a rule, got {name} ({user_line()}). {hint}"
        "Or take real and imaginary parts: z.real, z.imag."
    )


__all__ = [
    "Complex",
    "call_function",
    "call_named",
    "concerns",
    "functions_of_complex",
    "ufuncs_of_complex",
]

"""NumPy's reductions that leave out nan, on traced arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.interface.cumulative import CUMULATIVE
from ad.interface.reductions import REDUCTIONS
from ad.op import TABLE, Value


def _nanarg(name: str) -> Callable[..., Value]:
    rule, worst = REDUCTIONS[name[3:]], -np.inf if name == "nanargmax" else np.inf

    def without(a: Value, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Value:
        return rule(TABLE["where"](np.isnan(a), worst, a), axis, out, keepdims=keepdims)

    return without


def _instead(rule: Callable[..., Value], number: float) -> Callable[..., Value]:
    """A reduction with a number in place of nan."""

    def without(a: Value, *args: Any, **kwargs: Any) -> Value:
        return rule(TABLE["where"](np.isnan(a), number, a), *args, **kwargs)

    return without


def _nan_extreme(name: str) -> Callable[..., Value]:
    rule, worst = (REDUCTIONS["max"], -np.inf) if name == "nanmax" else (REDUCTIONS["min"], np.inf)

    def without(
        a: Value,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Value:
        missing = np.isnan(a)
        start = {} if where is True and initial is None else {"initial": initial, "where": where}
        found = rule(TABLE["where"](missing, worst, a), axis, out, keepdims, **start)
        if initial is not None:
            return found
        return TABLE["where"](REDUCTIONS["all"](missing, axis, keepdims=keepdims), np.nan, found)

    return without


def _present(rule: Callable[..., Value]) -> Callable[..., Value]:
    """A reduction over those elements that are not nan."""

    def without(a: Value, *args: Any, where: Any = True, **kwargs: Any) -> Value:
        present = ~np.isnan(a)
        kept = TABLE["where"](present, a, 0.0)
        return rule(kept, *args, where=present if where is True else present & where, **kwargs)

    return without


NAN_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "nanargmax": _nanarg("nanargmax"),
    "nanargmin": _nanarg("nanargmin"),
    "nanmax": _nan_extreme("nanmax"),
    "nanmin": _nan_extreme("nanmin"),
    **{
        f"nan{name}": _instead({**REDUCTIONS, **CUMULATIVE}[name], number)
        for name, number in (("sum", 0.0), ("prod", 1.0), ("cumsum", 0.0), ("cumprod", 1.0))
    },
    **{f"nan{name}": _present(REDUCTIONS[name]) for name in ("mean", "var", "std")},
}

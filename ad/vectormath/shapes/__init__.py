"""Functions with integer parameters, such as derivatives in a shape parameter of some order.

Each is one formula, read twice: over NumPy arrays by the interpreter (`evaluate`) and over vectors
of four, as LLVM IR text compiled once a CPU and kept in the user's cache, by native code. A symbol
such as `betainc_shape_1_0` names the formula and its parameters.
"""

import functools
import importlib
import re
from typing import Any, NamedTuple

import numpy as np

from ad import jit

__all__ = ["FORMULAS", "arguments", "evaluate", "is_symbol", "library", "text"]


class Formula(NamedTuple):
    """Where a formula is and what it takes: so many integers, so many arrays."""

    module: str
    integers: int
    arguments: int

    def find(self, name: str) -> Any:
        """The function itself; formulas are imported when first used."""
        return getattr(importlib.import_module(f"{__name__}.{self.module}"), name)


FORMULAS: dict[str, Formula] = {
    "gammainc_shape": Formula("incomplete", 1, 2),
    "gammainc_slope": Formula("incomplete", 0, 2),
    "betainc_shape": Formula("incomplete", 2, 3),
    "betainc_slope": Formula("incomplete", 0, 3),
    "betaln": Formula("beta", 0, 2),
    "polygamma_gap": Formula("beta", 1, 2),
    "kl_div": Formula("entropy", 0, 2),
    "kve_moment": Formula("bessel", 2, 2),
    "kve_mean": Formula("bessel", 2, 2),
    "log_kve": Formula("bessel", 0, 2),
    "ive_order": Formula("bessel", 1, 2),
    "ive_ratio": Formula("bessel", 1, 2),
    "log_ive": Formula("bessel", 0, 2),
    "jv_order": Formula("cylinder", 1, 2),
    "yv_order": Formula("cylinder", 1, 2),
    "hyp1f1_shape": Formula("hypergeometric", 2, 3),
    "hyp2f1_shape": Formula("hypergeometric", 3, 4),
    "zeta_order": Formula("zeta", 1, 2),
    "lambertw_branch": Formula("zeta", 1, 1),
    "sine_integral": Formula("sine_integral", 0, 1),
    "cosine_integral": Formula("sine_integral", 0, 1),
    "sinc_order": Formula("sine_integral", 1, 1),
    "mills_moment": Formula("mills", 1, 1),
}
_SYMBOL = re.compile(r"([a-z0-9_]*?[a-z])((?:_\d+)*)")


def _split(symbol: str) -> tuple[str, tuple[int, ...]]:
    match = _SYMBOL.fullmatch(symbol)
    if match is None:
        return symbol, ()
    return match[1], tuple(int(part) for part in match[2].split("_")[1:])


def is_symbol(symbol: str) -> bool:
    """Whether `symbol` is a formula of this package with its parameters.

    Examples
    --------
    >>> from ad.vectormath import shapes
    >>> shapes.is_symbol("gammainc_shape_2"), shapes.is_symbol("gammainc_shape")
    (True, False)
    """
    name, integers = _split(symbol)
    return name in FORMULAS and len(integers) == FORMULAS[name].integers


def arguments(symbol: str) -> int:
    """Number of arrays that a symbol's function takes."""
    return FORMULAS[_split(symbol)[0]].arguments


def evaluate(name: str, integers: tuple[int, ...], *args: Any) -> Any:
    """The formula on arrays."""
    from ad.vectormath.shapes.body import Arrays  # noqa: PLC0415 - not needed with native code

    function = FORMULAS[name].find(name)
    with np.errstate(all="ignore"):
        values = np.broadcast_arrays(*(np.asarray(arg, dtype=float) for arg in args))
        return np.asarray(function(Arrays(), integers, *values))[()]


def text(symbol: str, fma: bool) -> str:
    """IR text of a module with the function ``<4 x double> w_SYMBOL(<4 x double>...)``."""
    from ad.vectormath.constants import DOUBLE, LANES, LOAD_TABLE, Constants  # noqa: PLC0415 - cold
    from ad.vectormath.shapes.body import Body  # noqa: PLC0415 - cold

    name, integers = _split(symbol)
    constants = Constants()
    body = Body(constants, fma)
    names = [f"%x{k}" for k in range(FORMULAS[name].arguments)]
    result = FORMULAS[name].find(name)(body, integers, *map(body.argument, names))
    intrinsics = {f"{one}.v{LANES}f64": 1 for one in body.intrinsics} | {f"fma.v{LANES}f64": 3}
    declared = [
        f"declare {DOUBLE} @llvm.{one}({', '.join([DOUBLE] * count)})"
        for one, count in sorted(intrinsics.items())
    ]
    declared += [f"declare {DOUBLE} @w_{called}({DOUBLE})" for called in sorted(body.called)]
    signature = ", ".join(f"{DOUBLE} {argument}" for argument in names)
    head = [f"define {DOUBLE} @w_{symbol}({signature}) {{", "entry:", LOAD_TABLE]
    end = [f"ret {DOUBLE} {result.name}", "}", constants.definition()]
    return "\n".join([*declared, *head, *body.lines, *end])


@functools.cache
def library(symbol: str) -> jit.Library:
    """Machine code of a symbol's function, linked into this process.

    Raises
    ------
    ValueError
        Where there is no such symbol.
    """
    from ad import vectormath  # noqa: PLC0415 - it imports this package

    if not is_symbol(symbol):
        raise ValueError(
            f"ad.vectormath.shapes.library: symbol must name a formula and its integers, got "
            f"{symbol!r}. The formulas are {', '.join(sorted(FORMULAS))}."
        )
    fma = vectormath.has_fma()
    code = jit.of_package(f"shapes {symbol}", lambda: jit.emit(text(symbol, fma), level=2))
    return jit.link(code, [f"w_{symbol}"], libraries=[vectormath.library()])

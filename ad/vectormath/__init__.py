"""Vector mathematics: elementary and special functions on four doubles at a time.

Written as LLVM IR text, compiled once a CPU, kept in the user's cache of machine code and linked
into the process. For each name there is a function of one vector and a function of an array::

    define <4 x double> @w_exp(<4 x double>)
    define void @w_tile_exp(ptr out, ptr in, i64 n)      ; n a multiple of 4; out may be in

`pow` takes two vectors or two input arrays. Accuracy, speed and method are in docs/vectormath.md.
"""

import functools
from collections.abc import Iterable

from ad import jit
from ad.vectormath import shapes

__all__ = ["NAMES", "declarations", "has_vector", "libraries", "library"]

# Functions of two arguments; all others have one.
_BINARY = frozenset(("pow",))
NAMES: frozenset[str] = _BINARY | {
    "cos",
    "digamma",
    "erf",
    "erfc",
    "exp",
    "expit",
    "expm1",
    "lgamma",
    "log",
    "log1p",
    "log1p_exp",
    "log_expit",
    "log_ndtr",
    "ndtr",
    "sin",
    "tanh",
}


@functools.cache
def library() -> jit.Library:
    """Machine code of all functions, linked into this process.

    Compiled on the first use on a machine (a fraction of a second), then read from the cache.

    Returns
    -------
    Library
        Exports `w_NAME` and `w_tile_NAME` for every name in `NAMES`.

    Examples
    --------
    >>> from ad import vectormath
    >>> vectormath.library().address("w_tile_exp") != 0
    True
    """
    code = jit.of_package("vectormath", _compiled)
    exports = [f"{prefix}{name}" for name in sorted(NAMES) for prefix in ("w_", "w_tile_")]
    return jit.link(code, exports)


def _compiled() -> bytes:
    from ad.vectormath.module import module  # noqa: PLC0415 - not needed with a warm cache

    # The text is already the vector code it should become: passes would only cost time.
    return jit.emit(module(sorted(NAMES), fma=has_fma()), level=2)


def has_vector(name: str) -> bool:
    """Whether there is a function of vectors ``w_NAME``: here or in `ad.vectormath.shapes`."""
    return name in NAMES or shapes.is_symbol(name)


def libraries(symbols: Iterable[str]) -> list[jit.Library]:
    """Libraries that define those of `symbols` that are ``w_NAME``, of vectors or of arrays."""
    names = {symbol.removeprefix("w_").removeprefix("tile_") for symbol in symbols}
    found = [library()] if names & NAMES else []
    return found + [shapes.library(name) for name in sorted(names) if shapes.is_symbol(name)]


def declarations(names: Iterable[str]) -> str:
    """IR lines that declare the functions of `names`, for a module that calls them.

    Parameters
    ----------
    names : iterable of str
        From `NAMES`, or symbols of `ad.vectormath.shapes`.

    Returns
    -------
    str
        One line for `w_NAME` and, for those of `NAMES`, one for `w_tile_NAME`.

    Raises
    ------
    ValueError
        For a name that is not in `NAMES`.

    Examples
    --------
    >>> from ad import vectormath
    >>> print(vectormath.declarations(["exp"]))
    declare <4 x double> @w_exp(<4 x double>)
    declare void @w_tile_exp(ptr, ptr, i64)
    """
    lines = []
    for name in names:
        if shapes.is_symbol(name):
            vectors = ", ".join(["<4 x double>"] * shapes.arguments(name))
            lines.append(f"declare <4 x double> @w_{name}({vectors})")
            continue
        if name not in NAMES:
            raise ValueError(
                f"ad.vectormath.declarations: names must be in ad.vectormath.NAMES, got {name!r}. "
                f"The names are {', '.join(sorted(NAMES))}."
            )
        count = 2 if name in _BINARY else 1
        vectors = ", ".join(["<4 x double>"] * count)
        arrays = ", ".join(["ptr"] * (count + 1))
        lines.append(f"declare <4 x double> @w_{name}({vectors})")
        lines.append(f"declare void @w_tile_{name}({arrays}, i64)")
    return "\n".join(lines)


def has_fma() -> bool:
    """Whether this host fuses multiply and add (64-bit Arm always does)."""
    return jit.host().has("fma") or jit.host().triple.startswith(("aarch64", "arm64"))

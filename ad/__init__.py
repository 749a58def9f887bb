"""Automatic differentiation over plain NumPy, compiled to native code.

A function of arrays is traced through NumPy's own protocols, differentiated as a graph and, where
speed counts, compiled to machine code. This module is the door of the layer: what other layers and
users need is here; the modules behind it are private to `ad`.
"""

from ad import errors, jit, linalg, ops, special
from ad.building import array
from ad.callsite import user_line
from ad.densities import CompiledDensity, density
from ad.explaining.report import explain
from ad.function import Compiled, compile  # noqa: A004 - the name everybody looks for
from ad.loops.checkpoint import checkpoint
from ad.loops.control import cond, while_loop
from ad.loops.stepping import scan
from ad.traced import Traced, is_traced, value_of
from ad.transforms import grad, hvp, jvp, value_and_grad, vjp

__all__ = [
    "Compiled",
    "CompiledDensity",
    "Traced",
    "array",
    "checkpoint",
    "compile",
    "cond",
    "density",
    "errors",
    "explain",
    "grad",
    "hvp",
    "is_traced",
    "jit",
    "jvp",
    "linalg",
    "ops",
    "scan",
    "special",
    "user_line",
    "value_and_grad",
    "value_of",
    "vjp",
    "while_loop",
]

"""Automatic differentiation over plain NumPy, compiled to native code.

A function of arrays is traced through NumPy's own protocols, differentiated as a graph and, where
speed counts, compiled to machine code. This module is the door of the layer: what other layers and
users need is here; the modules behind it are private to `ad`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ad import errors, jit, linalg, ops, special
from ad import numpy_methods as _methods  # noqa: F401 - gives traced values their methods
from ad import operators as _operators  # noqa: F401 - and their operators
from ad.building import array
from ad.callsite import user_line
from ad.densities import CompiledDensity, density
from ad.function import Compiled, compile  # noqa: A004 - the name everybody looks for
from ad.jacobians import hessian, jacobian
from ad.loops.checkpoint import checkpoint
from ad.loops.control import cond, while_loop
from ad.loops.stepping import scan
from ad.tagging import tag, tag_of, tagging
from ad.traced import Traced, is_traced, value_of
from ad.transforms import grad, hvp, jvp, value_and_grad, vjp
from ad.vmapping import vmap

if TYPE_CHECKING:
    from ad.blackbox import external
    from ad.checking import check_grads
    from ad.custom_rules import custom
    from ad.expansion import taylor
    from ad.explaining.report import explain
    from ad.implicit import argmin, fixed_point, root
    from ad.nans import NotFinite, find_nan
    from ad.sparse_derivatives import SparseDerivative, sparse_hessian, sparse_jacobian

# What a sampler does not need is imported when it is first asked for.
_LATER = {
    "check_grads": "checking",
    "explain": "explaining.report",
    "custom": "custom_rules",
    "taylor": "expansion",
    "external": "blackbox",
    "argmin": "implicit",
    "fixed_point": "implicit",
    "root": "implicit",
    "NotFinite": "nans",
    "find_nan": "nans",
    "SparseDerivative": "sparse_derivatives",
    "sparse_hessian": "sparse_derivatives",
    "sparse_jacobian": "sparse_derivatives",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'ad' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"ad.{_LATER[name]}"), name)
    globals()[name] = value
    return value


__all__ = [
    "Compiled",
    "CompiledDensity",
    "NotFinite",
    "SparseDerivative",
    "Traced",
    "argmin",
    "array",
    "check_grads",
    "checkpoint",
    "compile",
    "cond",
    "custom",
    "density",
    "errors",
    "explain",
    "external",
    "find_nan",
    "fixed_point",
    "grad",
    "hessian",
    "hvp",
    "is_traced",
    "jacobian",
    "jit",
    "jvp",
    "linalg",
    "ops",
    "root",
    "scan",
    "sparse_hessian",
    "sparse_jacobian",
    "special",
    "tag",
    "tag_of",
    "tagging",
    "taylor",
    "user_line",
    "value_and_grad",
    "value_of",
    "vjp",
    "vmap",
    "while_loop",
]

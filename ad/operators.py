"""Python's operators on traced values, in place too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.direct import ON_CONDITIONS, all_conditions, direct_op
from ad.inplace import has_traced, replace
from ad.numpy_rules import call_named, short_of
from ad.op import TABLE
from ad.traced import Traced, recorded
from ad.views import View, Written

if TYPE_CHECKING:
    from ad.op import Op


_USUAL = frozenset((float, int, np.float64, np.int64, Traced, View, Written, np.ndarray))


def _binary(name: str, swapped: bool) -> Any:
    direct: Op | None = None
    parts: Any = None  # the short form of a function that is not one operation in all cases

    def operator(self: Traced, other: Any) -> Any:
        nonlocal direct, parts
        args = (other, self) if swapped else (self, other)
        if type(other) not in _USUAL or parts is None:
            if isinstance(other, str | bytes | None | dict | set) and not hasattr(other, "tocsr"):
                return NotImplemented  # (SciPy's sparse matrices by keys are dictionaries)
            if isinstance(other, list | tuple) and has_traced(other):
                from ad.building import nested  # noqa: PLC0415 - written over operators

                other = nested(other)  # as NumPy makes an array of a list
                args = (other, self) if swapped else (self, other)
            direct = direct_op(name)
            parts = short_of(name)
        if direct is None:
            row = parts(*args)
            if row is not None:
                return recorded(row[0], row[1], row[2], sys._getframe(1))  # noqa: SLF001 - the caller
        if direct is None or (name in ON_CONDITIONS and all_conditions(args)):
            return call_named(name, args)
        return self.call(direct, args, sys._getframe(1))  # noqa: SLF001 - the caller

    return operator


def _unary(name: str) -> Any:
    def operator(self: Traced) -> Any:
        return self.call(TABLE[name], (self,), sys._getframe(1))  # noqa: SLF001 - the caller

    return operator


def _in_place(name: str) -> Any:
    dunder = f"__{name}__"

    def operator(self: Traced, other: Any) -> Any:
        value = getattr(self, dunder)(other)
        return value if value is NotImplemented else replace(self, value, f"x {name}= y")

    return operator


for _dunder, _name in {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "power",
    "matmul": "matmul",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
}.items():
    setattr(Traced, f"__{_dunder}__", _binary(_name, swapped=False))
    setattr(Traced, f"__r{_dunder}__", _binary(_name, swapped=True))
    setattr(Traced, f"__i{_dunder}__", _in_place(_dunder))
for _dunder, _name in {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}.items():
    setattr(Traced, f"__{_dunder}__", _binary(_name, swapped=False))
for _dunder, _name in {"neg": "negative", "abs": "absolute", "invert": "logical_not"}.items():
    setattr(Traced, f"__{_dunder}__", _unary(_name))
for _dunder, _function in {
    "pos": lambda self: self.frozen(),  # as views have it; NumPy's is a copy
    "divmod": lambda self, other: np.divmod(self, other),  # noqa: PLW0108 - a ufunc is no method
    "rdivmod": lambda self, other: np.divmod(other, self),
}.items():
    setattr(Traced, f"__{_dunder}__", _function)

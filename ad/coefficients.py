"""A power series whose coefficients are computed when they are asked for (see `ad.series`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ad.op import TABLE, Op, Params, Shape, Value, expand

if TYPE_CHECKING:
    from ad.series import Pool

# Coefficient k >= 1, or None where it is zero.
Coefficient = Callable[[int], Value]


class Series:
    """A power series; a value that rules are written over, as nodes and traced values are.

    Parameters
    ----------
    pool : Pool
        Where equal expressions meet.
    first : value
        Coefficient 0.
    rule : callable
        ``(k) -> coefficient k``, for k = 1, 2, ... in order; it may ask for earlier ones.
    """

    __slots__ = ("_known", "_rule", "pool", "shape")
    __array_ufunc__ = None  # arrays leave their operators to ours
    __hash__ = object.__hash__

    def __init__(self, pool: Pool, first: Value, rule: Coefficient) -> None:
        self.pool, self._known, self._rule = pool, [first], rule
        self.shape: Shape = np.shape(first)

    def __getitem__(self, k: int) -> Value:
        known = self._known
        while len(known) <= k:
            found = self._rule(len(known))
            known.append(None if found is None else expand(shaped(found), self.shape))
        return known[k]

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape))

    @staticmethod
    def level_of(_: Series) -> int:
        """Series outrank traced values: a rule applied to a series makes series."""
        return 1 << 29

    def apply(self, op: Op, args: Sequence[Value], params: Params) -> Value:
        """`op` of series."""
        return self.pool.apply(op, args, params)

    def __add__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["add"], (self, other), {})

    def __radd__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["add"], (other, self), {})

    def __sub__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["subtract"], (self, other), {})

    def __rsub__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["subtract"], (other, self), {})

    def __mul__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["multiply"], (self, other), {})

    def __rmul__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["multiply"], (other, self), {})

    def __truediv__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["divide"], (self, other), {})

    def __rtruediv__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["divide"], (other, self), {})

    def __lt__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["less"], (self, other), {})

    def __gt__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["greater"], (self, other), {})

    def __neg__(self) -> Value:
        return self.pool.apply(TABLE["negative"], (self,), {})


def coefficient(value: Value, k: int) -> Value:
    """Coefficient k of a series, or of a constant; None where it is zero."""
    if isinstance(value, Series):
        return value[k]
    return value if k == 0 else None


def shaped(value: Value) -> Value:
    """A value that can be asked for its shape."""
    return value if hasattr(value, "shape") else np.float64(value)

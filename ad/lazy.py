"""Values at the point of tracing that are worked out only when somebody asks.

A loop traced once would be run, step by step, just to know its value at the point of tracing, which
only a branch or a message ever looks at. So a loop's value, and what is computed from it, is kept
as a recipe. Shapes, types and mistakes in them are found at once, on stand-ins of zeros.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.op import Op, Params, Shape


class Lazy:
    """The value of an operation, not computed yet."""

    __slots__ = ("dtype", "known", "recipe", "shape", "stand_in")

    def __init__(self, op: Op, args: Sequence[Any], params: Params) -> None:
        stand_ins = [arg.stand_in if type(arg) is Lazy else arg for arg in args]
        if op.kind == "loop":
            self.stand_in: Any = np.zeros(op.shape(*map(np.shape, stand_ins), **params))
        else:
            self.stand_in = op.eval(*stand_ins, **params)
        self.shape: Shape = np.shape(self.stand_in)
        self.dtype = np.asarray(self.stand_in).dtype
        self.recipe: Any = (op, tuple(args), params)
        self.known: Any = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def force(self) -> Any:
        """The value; what it is computed from is computed first, without recursion."""
        waiting = [self]
        while waiting:
            top = waiting[-1]
            if top.recipe is None:
                waiting.pop()
                continue
            op, args, params = top.recipe
            missing = [arg for arg in args if type(arg) is Lazy and arg.recipe is not None]
            if missing:
                waiting += missing
                continue
            values = [arg.known if type(arg) is Lazy else arg for arg in args]
            with np.errstate(all="ignore"):
                top.known = op.eval(*values, **params)
            top.recipe = None
        return self.known

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.force(), dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        return repr(self.force())


def forced(value: Any) -> Any:
    """A plain value."""
    return value.force() if type(value) is Lazy else value


def stand_in(value: Any) -> Any:
    """Something of the shape and type of a value, at no cost."""
    return value.stand_in if type(value) is Lazy else value

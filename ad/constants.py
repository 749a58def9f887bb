"""Plain values as operations record them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad import callsite
from ad.errors import TraceError

if TYPE_CHECKING:
    from ad.op import Op


def number_of(value: Any) -> Any:
    """A value at the point of tracing; an array without axes as NumPy's number."""
    return value[()] if type(value) is np.ndarray and value.ndim == 0 else value


def may_be_complex(value: Any) -> bool:
    """Whether a value must be looked at more closely before it is taken for real."""
    dtype = getattr(value, "dtype", None)
    return type(value) not in (float, int, bool) if dtype is None else dtype.kind not in "fiub"


def constant(value: Any, op: Op | None = None) -> Any:
    """A plain value as an operation records it: numbers stay what they are, the rest is an array.

    So one number used many times (of NumPy's types) can be told from many numbers that are equal.
    """
    if type(value) in (float, int, bool) or isinstance(value, np.float64 | np.int64 | np.bool_):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        who = op.name if op else "ad"
        if hasattr(value, "tocsr"):
            raise TraceError(
                f"{who}: operands must be arrays, got a sparse matrix ({callsite.user_line()}). "
                "Its product with traced values is S @ x."
            )
        raise TraceError(
            f"{who}: operands must be real numbers, got an array of {array.dtype} "
            f"({callsite.user_line()}). Build arrays of traced values with np.stack or ad.array."
        )
    return array

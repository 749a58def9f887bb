"""NumPy's cumulative sums and products on traced arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.direct import one_row
from ad.interface.common import no_out, normal_axis, numbers
from ad.op import Op, Value, reshape
from ad.ops.reduction import cumsum, section
from ad.ops.shape import assemble, c_strides


def cumprod(x: Value, axis: int) -> Value:
    """Cumulative product along an axis, by doubling the length of what is multiplied.

    Its derivatives are those of multiplication, right at every order where elements are zero.
    """
    size, step = x.shape[axis], 1
    while step < size:
        strides = c_strides(x.shape)
        head = section(x, axis, 0, step)
        tail = section(x, axis, step, size) * section(x, axis, 0, size - step)
        places = ((0, strides), (step * strides[axis], strides))
        x = assemble(head, tail, shape=x.shape, places=places)
        step *= 2
    return x


def _cumulative(name: str, op: Callable[..., Value]) -> Callable[..., Value]:
    def short(a: Any, axis: Any = None) -> Any:
        if a.dtype != np.float64 or (axis is None and a.ndim != 1):
            return None
        return op, (a,), {"axis": normal_axis(axis or 0, a.ndim)}

    def rule(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Value:
        no_out(name, out)
        (a,) = numbers(a)
        if axis is None:
            return op(reshape(a, (a.size,)), axis=0)
        return op(a, axis=normal_axis(axis, a.ndim))

    return one_row(short)(rule) if isinstance(op, Op) else rule


def _cumulative_of(name: str, op: Callable[..., Value], start: float) -> Callable[..., Value]:
    def rule(
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Value:
        no_out(name, out)
        (x,) = numbers(x)
        if axis is None:
            if x.ndim > 1:
                raise ValueError(
                    "For arrays which have more than one dimension ``axis`` argument is required."
                )
            axis = 0
        axis = normal_axis(axis, x.ndim)
        result = op(x, axis=axis)
        if not include_initial:
            return result
        first = np.full(tuple(1 if i == axis else n for i, n in enumerate(x.shape)), start)
        return np.concatenate([first, result], axis=axis)

    return rule


_cumsum, _cumprod = _cumulative("cumsum", cumsum), _cumulative("cumprod", cumprod)

CUMULATIVE: dict[str, Callable[..., Any]] = {
    "cumsum": _cumsum,
    "cumprod": _cumprod,
    "cumulative_sum": _cumulative_of("cumulative_sum", cumsum, 0.0),
    "cumulative_prod": _cumulative_of("cumulative_prod", cumprod, 1.0),
}

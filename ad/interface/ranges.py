"""NumPy's constructors whose ends may be traced, or that take after a traced array."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.interface.common import numbers
from ad.op import Value


def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    start, stop = numbers(start, stop)
    intervals = num - 1 if endpoint else num
    step = (stop - start) / intervals if intervals > 0 else np.nan
    shape = np.broadcast_shapes(start.shape, stop.shape)
    # As the weights of both ends, so that the last is the end itself.
    weights = np.arange(float(num)).reshape(-1, *(1,) * len(shape)) / max(intervals, 1)
    points = np.moveaxis(start * (1.0 - weights) + stop * weights, 0, axis)
    return (points, step) if retstep else points


def _logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Value:
    return np.power(base, _linspace(start, stop, num, endpoint, axis=axis))


def _geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Value:
    start, stop = numbers(start, stop)
    sign = np.sign(start)
    logs = _linspace(np.log(sign * start), np.log(sign * stop), num, endpoint, axis=axis)
    signs = np.expand_dims(sign, axis) if np.ndim(sign) else sign
    return signs * np.exp(logs)


RANGES: dict[str, Callable[..., Any]] = {
    "linspace": _linspace,
    "logspace": _logspace,
    "geomspace": _geomspace,
}

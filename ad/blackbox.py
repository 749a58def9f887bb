"""`ad.external`: a function that cannot be traced, as a function that can be differentiated."""

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.callsite import user_line
from ad.containers import flatten
from ad.custom_rules import ruled
from ad.errors import ShapeError, TraceError
from ad.linear import as_point, require_callable
from ad.op import TABLE
from ad.traced import is_traced, value_of

Array = npt.NDArray[np.float64]

# Third root of the rounding unit: balances truncation and rounding of a central difference.
STEP = float(np.finfo(np.float64).eps) ** (1 / 3)


class Remembered:
    """A function of plain arrays that knows its last few values: traces ask several times."""

    def __init__(self, function: Callable[..., Any], who: str) -> None:
        self._function, self._who = function, who
        self.name: str = getattr(function, "__name__", "function")
        self._values: dict[Any, Array] = {}

    def __call__(self, *args: Any) -> Array:
        """Value at plain arrays, as float64."""
        arrays = [np.array(arg, dtype=float) for arg in args]
        key = tuple((array.shape, array.tobytes()) for array in arrays)
        if key not in self._values:
            if len(self._values) >= 8:
                self._values.pop(next(iter(self._values)))
            found = np.asarray(self._function(*arrays))
            if found.dtype.kind not in "fiub":
                raise TraceError(
                    f"{self._who}: the function must return an array of real numbers, got "
                    f"{found.dtype} ({user_line()})."
                )
            self._values[key] = found.astype(float)
        return self._values[key]


def opaque(function: Callable[..., Any], who: str) -> Callable[..., Any]:
    """A function of plain arrays as one that may be traced, without derivatives."""
    remembered = Remembered(function, who)

    def call(*args: Any) -> Any:
        if not any(map(is_traced, args)):
            return remembered(*args)
        shape = remembered(*(value_of(arg) for arg in args)).shape
        return TABLE["external"](*args, function=remembered, shape=shape)

    return call


def external(
    function: Callable[..., Any], gradient: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """A function that cannot be traced, with derivatives.

    Parameters
    ----------
    function : callable
        Of plain arrays, to an array; called in Python with float64 arrays. It must be a function
        of its arguments alone.
    gradient : callable, optional
        With the same arguments: derivatives of the value by each, of shape (value's shape +
        argument's shape); a tuple of them for several arguments. Without it, and for
        derivatives of `gradient` itself, central differences are taken, with a warning the
        first time.

    Returns
    -------
    callable
        Of arrays or traced values.

    Raises
    ------
    ShapeError
        When differentiated, if `gradient` returns other shapes than it must.

    Warns
    -----
    RuntimeWarning
        Once, when finite differences are first taken: relative error about 1e-10 for a smooth
        function of order 1, and two calls per element of the arguments.

    Notes
    -----
    It runs in Python, so it cannot be part of compiled code.

    Examples
    --------
    >>> import math, numpy as np, ad
    >>> f = ad.external(lambda x: math.exp(float(x)), gradient=lambda x: math.exp(float(x)))
    >>> ad.grad(lambda x: f(2.0 * x))(0.0).tolist()
    2.0
    """
    require_callable("ad.external", function)
    known = opaque(function, "ad.external")
    warned: list[bool] = []

    @functools.wraps(function)
    def called(*args: Any) -> Any:
        for position, arg in enumerate(args):
            if len(flatten(arg)[0]) != 1 or isinstance(arg, tuple | list | dict):
                raise TraceError(
                    f"ad.external: argument {position} must be an array, got "
                    f"{type(arg).__name__} ({user_line()}). Pass the arrays one by one."
                )
        return differentiable(
            *(as_point(a, f"argument {i}", "ad.external") for i, a in enumerate(args))
        )

    def slopes(args: tuple[Any, ...]) -> Any:
        """Derivatives by each argument, which may be differentiated again."""
        if gradient is None:
            if not warned:
                warned.append(True)
                name = getattr(function, "__name__", "function")
                warnings.warn(
                    f"ad.external: {name} has no gradient, so finite differences are taken "
                    f"({user_line()}). Give gradient=.",
                    RuntimeWarning,
                    stacklevel=2,
                )
            return [_quiet(function, index)(*args) for index in range(len(args))]
        return [_part(gradient, index, len(args))(*args) for index in range(len(args))]

    def pullback(ct: Any, value: Any, *args: Any) -> tuple[Any, ...]:
        rank = np.ndim(value)
        parts = []
        for position, (slope, arg) in enumerate(zip(slopes(args), args, strict=True)):
            wanted = (*np.shape(value), *np.shape(arg))
            if np.shape(slope) != wanted:
                raise ShapeError(
                    f"ad.external: the gradient by argument {position} must have shape {wanted}, "
                    f"got {np.shape(slope)} ({user_line()})."
                )
            wide = np.reshape(ct, (*np.shape(value), *(1,) * np.ndim(arg)))
            parts.append(np.sum(wide * slope, axis=tuple(range(rank))))
        return tuple(parts)

    differentiable = ruled(known, pullback, deferred=True)
    return called


def _quiet(function: Callable[..., Any], index: int) -> Callable[..., Any]:
    """Central differences of a function by one argument, as an external function."""
    return _smooth(lambda *args: differences(function, args, index))


def _part(gradient: Callable[..., Any], index: int, count: int) -> Callable[..., Any]:
    """One argument's derivative out of the user's gradient, as an external function."""

    def part(*args: Any) -> Any:
        found = gradient(*args)
        return found if count == 1 and not isinstance(found, tuple) else found[index]

    return _smooth(part)


def _smooth(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of plain arrays with derivatives by differences."""

    def pullback(ct: Any, value: Any, *args: Any) -> tuple[Any, ...]:
        rank = np.ndim(value)
        return tuple(
            np.sum(
                np.reshape(ct, (*np.shape(value), *(1,) * np.ndim(arg)))
                * _quiet(function, index)(*args),
                axis=tuple(range(rank)),
            )
            for index, arg in enumerate(args)
        )

    return ruled(opaque(function, "ad.external"), pullback, deferred=True)


def differences(function: Callable[..., Any], args: Any, index: int) -> Array:
    """Central differences of a function by all elements of one argument; error O(step^2)."""
    given = [np.array(arg, dtype=float) for arg in args]
    point = given[index]
    columns = []
    for place in np.ndindex(point.shape):
        size = STEP * max(1.0, abs(float(point[place])))
        sides = []
        for sign in (1.0, -1.0):
            moved = point.copy()
            moved[place] += sign * size
            sides.append((float(moved[place]), [*given[:index], moved, *given[index + 1 :]]))
        (above, up), (below, down) = sides
        rise = np.asarray(function(*up), dtype=float) - np.asarray(function(*down), dtype=float)
        columns.append(rise / (above - below))
    if not columns:
        return np.zeros((*np.shape(function(*given)), *point.shape))
    flat = np.stack(columns, axis=-1)
    return flat.reshape((*flat.shape[:-1], *point.shape))


__all__ = ["differences", "external", "opaque"]

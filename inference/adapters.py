"""Densities from what people have: Python functions and C pointers."""

import ctypes
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ad
from inference import arguments
from inference import density as densities
from inference.errors import InferenceTypeError, InferenceValueError

Array = NDArray[np.float64]

ABORT = -1
_FUNCTION: Any = ctypes.CFUNCTYPE(None).__mro__[1]  # what all ctypes functions are
LEAST_WORKSPACE = 64


@dataclass(frozen=True)
class _Native:
    """Addresses, and what keeps the memory behind them."""

    address: int
    data: int
    workspace_bytes: int
    keep: Any = None


class CDensity:
    """A log density given as a C function.

    Parameters
    ----------
    address : int or ctypes function
        Of `int32 f(const double *x, double *lp, double *grad, void *const *data, void *workspace)`:
        0 fine; 1 outside the support; 3 an error. It is called from several threads at once with
        different workspaces. Reads nothing beyond `dimension` numbers of `x`, and writes as many
        to `grad`.
    dimension : int
        Length of the vectors.
    data : int, optional
        Handed to it as it is.
    workspace_bytes : int, optional
        Size of the workspace each chain gets, aligned to 64 bytes.
    keep : object, optional
        Kept alive as long as the density, for instance the library the address is from.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For an address that is no address, and a dimension below 1.

    Examples
    --------
    A function compiled by Numba:

    >>> import inference, numba
    >>> from numba import types
    >>> doubles = types.CPointer(types.float64)
    >>> @numba.cfunc(types.int32(doubles, doubles, doubles, types.voidptr, types.voidptr))
    ... def normal(x, lp, gradient, data, workspace):
    ...     lp[0] = -0.5 * x[0] * x[0]
    ...     gradient[0] = -x[0]
    ...     return 0
    >>> density = inference.CDensity(normal.address, 1, keep=normal)
    >>> density.logdensity([2.0])
    -2.0
    """

    def __init__(
        self,
        address: Any,
        dimension: int,
        *,
        data: int = 0,
        workspace_bytes: int = LEAST_WORKSPACE,
        keep: object = None,
    ) -> None:
        who = "inference.CDensity"
        self.dimension = arguments.integer(who, "dimension", dimension, 1)
        if isinstance(address, _FUNCTION):
            keep = (keep, address)
            address = ctypes.cast(address, ctypes.c_void_p).value or 0
        self.native = _Native(
            arguments.integer(who, "address", address, 1),
            arguments.integer(who, "data", data, 0),
            max(LEAST_WORKSPACE, arguments.integer(who, "workspace_bytes", workspace_bytes, 0)),
            keep,
        )

    def __reduce__(self) -> Any:
        """Refuse to be pickled: an address means nothing in another process."""
        raise InferenceTypeError(
            f"inference.{type(self).__name__}: a density must be made anew in another process, got "
            "an address to be pickled. Pass a density that knows its function, such as ad.density."
        )

    def logdensity_and_gradient(self, x: Any) -> tuple[float, Array]:
        """Log density in nats and gradient, shape (dimension,); (-inf, NaN) outside the support."""
        point = _point(x, self.dimension)
        workspace = densities.aligned(self.native.workspace_bytes)
        status, lp, gradient = densities.evaluate(self.native, point, workspace)
        if status < 0:
            densities.raise_error(self)
        if status == densities.OUTSIDE:
            return -np.inf, np.full(self.dimension, np.nan)
        return (lp, gradient) if status == densities.OK else (np.nan, gradient)

    def logdensity(self, x: Any) -> float:
        """Log density in nats; -inf outside the support."""
        return self.logdensity_and_gradient(x)[0]


class PythonDensity(CDensity):
    """A log density given as a Python function, with its gradient.

    Every evaluation takes the interpreter lock and some microseconds, so chains do not run at the
    same time; a function of NumPy's alone is faster by far through `ad.density`.

    Parameters
    ----------
    function : callable
        `function(x)` gives the log density in nats and its gradient, shape (dimension,). It is
        given a copy. A log density of -inf is outside the support; NaN is a divergence. An
        exception ends the run and reaches the caller, with its traceback.
    dimension : int
        Length of the vectors.

    Examples
    --------
    >>> import inference
    >>> density = inference.PythonDensity(lambda x: (-0.5 * x @ x, -x), 3)
    >>> fit = inference.nuts(density, draws=100, warmup=100, seed=1)
    >>> fit["x"].shape
    (4, 100, 3)
    """

    def __init__(self, function: Callable[[Array], tuple[float, Any]], dimension: int) -> None:
        if not callable(function):
            raise InferenceTypeError(
                f"inference.PythonDensity: function must be callable, got {function!r}."
            )
        self.function = function
        self._errors: list[BaseException] = []
        self._lock = threading.Lock()
        pointer = ctypes.c_void_p
        prototype = ctypes.CFUNCTYPE(ctypes.c_int32, pointer, pointer, pointer, pointer, pointer)
        super().__init__(prototype(self._call), dimension)

    def __reduce__(self) -> Any:
        """Made anew from its function."""
        return type(self), (self.function, self.dimension)

    @property
    def error(self) -> BaseException | None:
        """First exception of the function that was not asked for yet."""
        with self._lock:
            return self._errors.pop() if self._errors else None

    def _call(self, x: int, lp: int, gradient: int, _data: int, _workspace: int) -> int:
        try:
            return self._evaluate(x, lp, gradient)
        except BaseException as error:  # noqa: BLE001  # raised again in the calling thread
            with self._lock:
                self._errors[:] = [error]
            return ABORT

    def _evaluate(self, x: int, lp: int, gradient: int) -> int:
        n = self.dimension
        point = np.ctypeslib.as_array((ctypes.c_double * n).from_address(x)).copy()
        result = self.function(point)
        try:
            value, slope = result
            value, slope = float(value), np.asarray(slope, dtype=np.float64)
        except (TypeError, ValueError):
            raise InferenceTypeError(
                "inference.PythonDensity: function must return (log density, gradient), got "
                f"{type(result).__name__}. Without a gradient, use ad.density, or a kernel for "
                "inference.sample."
            ) from None
        if slope.shape != (n,):
            raise InferenceValueError(
                f"inference.PythonDensity: the gradient must have shape ({n},), got {slope.shape}."
            )
        ctypes.c_double.from_address(lp).value = value
        np.ctypeslib.as_array((ctypes.c_double * n).from_address(gradient))[:] = slope
        return densities.OUTSIDE if value == -np.inf else densities.OK


def as_density(candidate: object, initial: Any = None) -> object:
    """Density of an `ad.compile`d function, as long as `initial`; anything else as it is."""
    if not isinstance(candidate, ad.Compiled):
        return candidate
    if initial is None or isinstance(initial, Mapping):
        raise InferenceTypeError(
            "inference: a compiled function must come with its dimension, got none. Pass "
            "f.density(dimension), or a starting point as initial=."
        )
    return candidate.density(int(np.atleast_1d(np.asarray(initial)).shape[-1]))


def _point(x: Any, dimension: int) -> Array:
    point = np.asarray(x, dtype=np.float64)
    if point.shape != (dimension,):
        raise InferenceValueError(
            f"inference: x must have shape ({dimension},), got {point.shape}."
        )
    return point

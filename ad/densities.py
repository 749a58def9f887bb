"""`ad.density`: a log density and its gradient as one native function."""

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ad import callsite, jit
from ad.binding import Bound
from ad.compiled import MISSED, Paths, fresh_workspace
from ad.dispatcher import Dispatched, prepared_call
from ad.errors import ShapeError, TraceError
from ad.linear import require_callable

Vector = npt.NDArray[np.float64]
ALL = slice(None)


class _Caller:
    """One thread's way to a native function: buffers whose addresses are worked out once.

    Asking an array for its address costs more than evaluating a small density.
    """

    def __init__(self, native: Bound | Dispatched, dimension: int) -> None:
        self.native = native
        self.x, self.value, self.gradient = np.empty(dimension), np.empty(1), np.empty(dimension)
        self.workspace = fresh_workspace(native)
        self._shape, self._set = self.x.shape, self.x.__setitem__
        self._call = prepared_call(native, self.x, self.value, self.gradient, self.workspace)

    def evaluate(self, x: Any) -> int:
        """Status at `x`; value and gradient are left in the buffers."""
        if type(x) is not np.ndarray or x.shape != self._shape:
            x = self._checked(x)
        self._set(ALL, x)
        return self._call()

    def _checked(self, x: Any) -> Vector:
        try:
            point = np.asarray(x, dtype=np.float64)
        except (TypeError, ValueError):
            raise TraceError(
                f"logdensity: x must be an array of numbers, got {x!r} ({callsite.user_line()})."
            ) from None
        if point.shape != self.x.shape:
            raise ShapeError(
                f"logdensity: x must have shape {self.x.shape}, got {point.shape} "
                f"({callsite.user_line()})."
            )
        return point


class CompiledDensity:
    """A log density and its gradient in native code.

    Attributes
    ----------
    dimension : int
    native : Bound or Dispatched
        ``address`` of the function, ``data`` (its pointer table) and ``workspace_bytes``.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        point: Vector,
        strict: bool = False,
        without: Sequence[str] = (),
    ) -> None:
        self._made_of = (function, point.copy(), strict, tuple(without))
        self._paths = Paths(
            function, point, with_gradient=True, strict=strict, without=tuple(without)
        )
        self.dimension = point.size
        self._local = threading.local()

    def __reduce__(self) -> Any:
        """Compiled anew in the process it is sent to."""
        return type(self), self._made_of

    @property
    def compiled_paths(self) -> Paths:
        """The code behind it, for `ad.explain`."""
        return self._paths

    @property
    def native(self) -> Bound | Dispatched:
        """The native function as it is now; it changes when a path is added."""
        return self._paths.native

    @property
    def fingerprint(self) -> str:
        """Digest of the code of the first path: equal for equal structure, whatever the data."""
        return self._paths.paths[0].bound.key

    @functools.cached_property
    def data_digest(self) -> str:
        """Digest of all that the code of the first path reads: data, and constants of the model."""
        return jit.digest(*(array.tobytes() for array in self._paths.paths[0].bound.arrays))

    def missed(self, x: Vector, workspace: npt.NDArray[np.uint8]) -> None:
        """Add the path taken at `x`, after status 2; `native` is another one afterwards."""
        self._paths.missed(x, workspace)

    def logdensity_and_gradient(self, x: Any) -> tuple[float, Vector]:
        """Log density in nats and its gradient, shape (dimension,).

        Raises
        ------
        ShapeError
            If `x` has another shape than (dimension,).
        """
        caller: _Caller | None = getattr(self._local, "caller", None)
        native = self._paths.native
        if caller is None or caller.native is not native:
            caller = self._local.caller = _Caller(native, self.dimension)
        status = caller.evaluate(x)
        while status == MISSED:
            self.missed(caller.x, caller.workspace)
            caller = self._local.caller = _Caller(self._paths.native, self.dimension)
            status = caller.evaluate(x)
        return caller.value.item(), caller.gradient.copy()

    def logdensity(self, x: Any) -> float:
        """Log density in nats."""
        return self.logdensity_and_gradient(x)[0]


def density(
    function: Callable[..., Any],
    dimension: int,
    start: Any = None,
    *,
    strict: bool = False,
    without: Sequence[str] = (),
) -> CompiledDensity:
    """Compile a log density of a vector, with its gradient.

    Parameters
    ----------
    function : callable
        Of an array of shape (dimension,), to a scalar, in nats.
    dimension : int
    start : array, shape (dimension,), optional
        Where it is traced.
    strict : bool
        Whether to switch off the rewriting laws that may change the last bits.
    without : sequence of str
        Names of passes of the compiler to switch off (`ad.passes.PASSES`), to find out which one
        a result depends on.

    Returns
    -------
    CompiledDensity
        A `Density` for every algorithm of `inference`.

    Examples
    --------
    >>> import numpy as np, ad
    >>> normal = ad.density(lambda x: -0.5 * np.sum(x**2), 3)
    >>> value, gradient = normal.logdensity_and_gradient(np.array([1.0, 2.0, 0.0]))
    >>> value, gradient.tolist()
    (-2.5, [-1.0, -2.0, -0.0])
    """
    require_callable("ad.density", function)
    if not isinstance(dimension, int | np.integer) or dimension < 1:  # type: ignore[redundant-expr] # users pass anything
        raise ShapeError(f"ad.density: dimension must be a positive integer, got {dimension!r}.")
    # Away from 0, where many densities have a kink or a tie.
    usual = 0.1 + (0.01 * np.arange(dimension)) % 0.7
    point = np.array(usual if start is None else start, dtype=np.float64)
    if point.shape != (dimension,):
        raise ShapeError(f"ad.density: start must have shape ({dimension},), got {point.shape}.")
    return CompiledDensity(function, point, strict=strict, without=without)

"""`ad.compile`: a Python function of arrays as native code."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.callsite import user_line
from ad.compiled import MISSED, Paths, fresh_workspace
from ad.containers import Structure, flatten, of_vector
from ad.densities import CompiledDensity, density
from ad.dispatcher import map_rows, prepared_call
from ad.errors import ShapeError, TraceError
from ad.linear import require_callable
from ad.traced import is_traced

Array = npt.NDArray[Any]
Shapes = tuple[tuple[int, ...], ...]
ONE = flatten((0.0,))[1]  # how one array is given


class Compiled:
    """A function that runs as native code; made by `ad.compile`.

    It is traced and compiled when it first meets arguments of new shapes. Arrays the function reads
    from outside are bound as they are then.
    """

    def __init__(
        self, function: Callable[..., Any], strict: bool = False, without: Sequence[str] = ()
    ) -> None:
        require_callable("ad.compile", function)
        functools.update_wrapper(self, function)
        self._function, self._strict, self._without = function, strict, tuple(without)
        self._known: dict[tuple[Structure, Shapes], Paths] = {}

    def __call__(self, *args: Any) -> Any:
        """Value of the function, computed natively."""
        leaves, structure = flatten(args)
        if any(is_traced(leaf) for leaf in leaves):
            return self._function(*args)  # inside another trace: part of it
        arrays = [_real(leaf, structure, place) for place, leaf in enumerate(leaves)]
        flat = np.concatenate([array.reshape(-1) for array in arrays]) if arrays else np.zeros(0)
        paths = self._paths(structure, tuple(array.shape for array in arrays), flat)
        workspace = fresh_workspace(paths.native)
        status, values, _ = paths.evaluate(flat, workspace)
        while status == MISSED:
            paths.missed(flat, workspace)
            workspace = fresh_workspace(paths.native, workspace)
            status, values, _ = paths.evaluate(flat, workspace)
        return _unpacked(paths, values[None, :], lead=())

    def map(self, xs: Any) -> Any:
        """Values of a function of one vector at every row of `xs`.

        Parameters
        ----------
        xs : array, shape (rows, dimension)

        Returns
        -------
        Any
            What the function returns, each array with a leading axis of size `rows`.

        Raises
        ------
        ShapeError
            If `xs` has not two axes.
        """
        rows = np.ascontiguousarray(_real(xs, ONE, 0))
        if rows.ndim != 2:
            raise ShapeError(
                f"ad.compile(f).map: xs must have two axes (rows, dimension), got shape "
                f"{rows.shape} ({user_line()})."
            )
        point = rows[0] if len(rows) else np.full(rows.shape[1], 0.1)
        paths = self._paths(ONE, (point.shape,), point)
        outs = np.empty((len(rows), paths.size))
        done = 0
        while done < len(rows):
            workspace = fresh_workspace(paths.native)
            done += map_rows(paths.native, rows[done:], outs[done:], workspace)
            if done < len(rows):
                paths.missed(rows[done], workspace)
        return _unpacked(paths, outs, lead=(len(rows),))

    def prepared(self, x: Any) -> "Prepared":
        """Make a call of a function of one vector that works in memory of its own.

        Parameters
        ----------
        x : array, shape (dimension,)
            Where it is traced, if it has not been; its values are the first in ``x``.

        Returns
        -------
        Prepared
        """
        point = _real(x, ONE, 0)
        if point.ndim != 1:
            raise ShapeError(
                f"ad.compile(f).prepared: x must have one axis, got shape {point.shape} "
                f"({user_line()})."
            )
        return Prepared(self._paths(ONE, (point.shape,), point), point)

    def density(self, dimension: int, start: Any = None) -> CompiledDensity:
        """The function as a log density of a vector, for the algorithms of `inference`."""
        return density(self._function, dimension, start, strict=self._strict, without=self._without)

    def _paths(self, structure: Structure, shapes: Shapes, flat: Array) -> Paths:
        paths = self._known.get((structure, shapes))
        if paths is None:
            function = of_vector(lambda args: self._function(*args), structure, shapes)
            paths = Paths(function, flat, False, strict=self._strict, without=self._without)
            self._known[structure, shapes] = paths
        return paths


class Prepared:
    """A compiled function of one vector, called again and again in the same memory.

    Write into ``x``, call, read ``out``: nothing is allocated or copied. For one thread.

    Attributes
    ----------
    x : array, shape (dimension,)
    out : array, shape (size,)
        All that the function returns, one after the other.

    Examples
    --------
    >>> import numpy as np, ad
    >>> call = ad.compile(lambda x: (np.sum(x), 2.0 * x)).prepared(np.zeros(2))
    >>> call.x[:] = [1.0, 3.0]
    >>> call().tolist()
    [4.0, 2.0, 6.0]
    """

    def __init__(self, paths: Paths, point: Array) -> None:
        self._paths = paths
        self.x, self.out = np.array(point), np.empty(paths.size)
        self._gradient = np.empty(point.size)
        self._bind()

    def _bind(self) -> None:
        self._native = self._paths.native
        self._workspace = fresh_workspace(self._native)
        self._call = prepared_call(self._native, self.x, self.out, self._gradient, self._workspace)

    def __call__(self) -> Array:
        """Evaluate at `x`, and return `out`."""
        if self._native is not self._paths.native:
            self._bind()
        while self._call() == MISSED:
            self._paths.missed(self.x, self._workspace)
            self._bind()
        return self.out


def compile(  # noqa: A001 - the name everybody looks for
    function: Callable[..., Any], *, strict: bool = False, without: Sequence[str] = ()
) -> Compiled:
    """Compile a function of arrays to native code.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them (dicts, tuples, lists, dataclasses), to the same, over
        plain NumPy.
        Python's `if` on values works: each path is compiled when it is first taken.
    strict : bool
        Whether to switch off the rewriting laws that may change the last bits.
    without : sequence of str
        Names of passes of the compiler to switch off (`ad.passes.PASSES`).

    Returns
    -------
    Compiled
        Called like `function`; `map(xs)` evaluates it on many vectors, `density(dimension)`
        makes a density of it.

    Raises
    ------
    NoRuleError
        On the first call, if the function uses NumPy where no rule exists.

    Examples
    --------
    >>> import numpy as np, ad
    >>> f = ad.compile(lambda x, y: np.exp(x) @ y)
    >>> float(f(np.zeros(3), np.array([1.0, 2.0, 3.0])))
    6.0
    """
    return Compiled(function, strict, without)


def _real(value: Any, structure: Structure, place: int) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        name = structure.names()[place].replace("[", "", 1).replace("]", "", 1)
        raise TraceError(
            f"ad.compile: argument {name} must be an array of real numbers, got {array.dtype} "
            f"({user_line()})."
            + " Pass the real and the imaginary part."
            * (array.dtype.kind == "c")
        )
    return array.astype(np.float64)


def _unpacked(paths: Paths, values: Array, lead: tuple[int, ...]) -> Any:
    """Rows of outputs as what the function returned."""
    path = paths.paths[0]
    leaves, start = [], 0
    for shape, dtype in zip(path.shapes, path.dtypes, strict=True):
        size = int(np.prod(shape))
        leaf = values[:, start : start + size].reshape((*lead, *shape))
        leaves.append(leaf.astype(np.bool_) if dtype == "b" else leaf)
        start += size
    return path.form.build([leaf[()] if not lead else leaf for leaf in leaves])

"""Sparse Jacobians and Hessians: pattern from the graph, colouring, native code.

The pattern, the colouring and the code are prepared once for each shape of the arguments (and for
each path that Python's branches take). A call then runs one native function: the compressed
derivative in all directions together, and the entries picked from it.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.callsite import user_line
from ad.compiled import MOST_PATHS
from ad.compressed import Prepared
from ad.containers import Structure, flatten, of_vector
from ad.errors import GuardError, TraceError
from ad.linear import as_point, require_callable
from ad.traced import is_traced

Array = npt.NDArray[Any]


class SparseDerivative:
    """A function whose values are sparse matrices; made by `sparse_jacobian`, `sparse_hessian`."""

    def __init__(self, function: Callable[..., Any], who: str, symmetric: bool) -> None:
        functools.update_wrapper(self, function)
        require_callable(who, function)
        self._function, self._who, self._symmetric = function, who, symmetric
        self._known: dict[Any, list[Prepared]] = {}
        self._lock = threading.Lock()

    def __call__(self, x: Any) -> Any:
        """The derivative at `x`, as a `scipy.sparse.csr_array`."""
        flat, key, structure = self._flat(x)
        while True:
            for prepared in self._known.get(key, ()):
                values = prepared.evaluate(flat)
                if values is not None:
                    return prepared.matrix(values)
            self._prepare(flat, key, structure)

    def pattern(self, x: Any) -> Any:
        """Where the derivative at `x` may be not zero: a sparse array of ones."""
        return self._at(x).pattern.copy()

    def sweeps(self, x: Any) -> int:
        """Directions, forward and reverse, that the derivative at `x` needs."""
        return self._at(x).sweeps

    def _at(self, x: Any) -> "Prepared":
        """What is prepared for the path that the function takes at `x`."""
        flat, key, structure = self._flat(x)
        while True:
            for prepared in self._known.get(key, ()):
                if prepared.evaluate(flat) is not None:
                    return prepared
            self._prepare(flat, key, structure)

    def _flat(self, x: Any) -> tuple[Array, Any, Structure]:
        leaves, structure = flatten(x)
        points = [
            as_point(leaf, f"the argument{name}", self._who)
            for leaf, name in zip(leaves, structure.names(), strict=True)
        ]
        if any(is_traced(point) for point in points):
            raise TraceError(
                f"{self._who}: the argument must be plain numbers, got a traced value "
                f"({user_line()}). Inside another trace use ad.jacobian, ad.hessian or ad.hvp."
            )
        flat = np.concatenate([np.ravel(point) for point in points]) if points else np.zeros(0)
        return flat, (structure, tuple(np.shape(point) for point in points)), structure

    def _prepare(self, flat: Array, key: Any, structure: Structure) -> None:
        """Add the path taken at `flat`."""
        with self._lock:
            paths = self._known.setdefault(key, [])
            if any(path.evaluate(flat) is not None for path in paths):
                return
            if len(paths) >= MOST_PATHS:
                raise GuardError(
                    f"{self._who}: a traced function must take at most {MOST_PATHS} paths "
                    f"({user_line()}). Use np.where instead of if."
                )
            function = of_vector(self._function, structure, key[1])
            forced: tuple[bool, ...] = ()
            for _ in range(MOST_PATHS):
                paths.append(Prepared(function, flat, forced, self._who, self._symmetric))
                seen = paths[-1].answers_seen(flat)
                if seen is None:
                    return
                forced = seen


def sparse_jacobian(function: Callable[[Any], Any]) -> SparseDerivative:
    """Jacobian of a function as a sparse matrix.

    Parameters
    ----------
    function : callable
        Of one array or container, to an array or a container; traced, so over plain NumPy.

    Returns
    -------
    SparseDerivative
        Called with the argument; gives a `scipy.sparse.csr_array` of shape (elements of the
        value, elements of the argument), both in C order, a container's arrays one after
        another. Entries of its pattern that happen to be 0 are stored. ``pattern(x)`` and
        ``sweeps(x)`` tell what was found.

    Raises
    ------
    TraceError
        On the call, if the argument is no array of real numbers, or is being traced.

    Notes
    -----
    Prepared on the first call with arguments of new shapes: pattern, colouring of columns (in
    forward mode) or rows (in reverse mode), whichever needs fewer sweeps, nearly full rows or
    columns apart; then native code. Arrays the function reads from outside are bound as they
    are then, constant matrices with their zeros.

    References
    ----------
    .. [1] A. Gebremedhin, F. Manne and A. Pothen (2005), What color is your Jacobian?, SIAM
       Review 47(4).

    Examples
    --------
    >>> import numpy as np, ad
    >>> jacobian = ad.sparse_jacobian(lambda x: x[1:] * x[:-1])
    >>> jacobian(np.array([1.0, 2.0, 3.0])).toarray().tolist()
    [[2.0, 1.0, 0.0], [0.0, 3.0, 2.0]]
    >>> jacobian.sweeps(np.ones(1000))
    2
    """
    return SparseDerivative(function, "ad.sparse_jacobian", symmetric=False)


def sparse_hessian(function: Callable[[Any], Any]) -> SparseDerivative:
    """Hessian of a scalar function as a sparse matrix.

    Parameters
    ----------
    function : callable
        Of one array or container, to a scalar; traced, so over plain NumPy.

    Returns
    -------
    SparseDerivative
        As for `sparse_jacobian`; symmetric to the last bit.

    Raises
    ------
    ShapeError
        On the call, if the function's value is not a scalar.

    Notes
    -----
    The pattern is that of the gradient's graph; a star colouring reads each pair of entries
    from whichever of its two places is free.

    Examples
    --------
    >>> import numpy as np, ad
    >>> hessian = ad.sparse_hessian(lambda x: np.sum(x[1:] * x[:-1] ** 2))
    >>> hessian(np.array([1.0, 2.0, 3.0])).toarray().tolist()
    [[4.0, 2.0, 0.0], [2.0, 6.0, 4.0], [0.0, 4.0, 0.0]]
    >>> hessian.sweeps(np.ones(1000))
    3
    """
    return SparseDerivative(function, "ad.sparse_hessian", symmetric=True)


__all__ = ["SparseDerivative", "sparse_hessian", "sparse_jacobian"]

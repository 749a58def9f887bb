"""Solutions of equations as functions of their parameters: roots, fixed points, minima.

The solver runs on plain numbers; nothing of its iterations is kept. Where f(x(p), p) = 0 the
implicit function theorem gives dx = -(df/dx)^-1 (df/dp) dp, which is written here as a custom rule,
over derivatives of f that may be differentiated again (Griewank and Walther, 2008, "Evaluating
derivatives", section 15.1).
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad.blackbox import opaque
from ad.callsite import user_line
from ad.containers import Structure, flatten
from ad.custom_rules import custom
from ad.errors import ConvergenceError, ShapeError, TraceError
from ad.interpret import interpret
from ad.jacobians import jacobian
from ad.linear import Linear, as_point
from ad.solvers import Residual, Solve, Solver, Vector, find_root, iterate, minimise
from ad.traced import is_traced, value_of
from ad.transforms import grad, vjp


def root(
    function: Callable[..., Any], x0: Any, *parameters: Any, solver: Solver | None = None
) -> Any:
    """Where a function is zero, as a function of its parameters.

    Parameters
    ----------
    function : callable
        ``(x, *parameters)``, of arrays or containers; gives as many numbers as `x` has.
    x0 : array or container
        Where the search begins; has no influence on derivatives.
    *parameters
        Arrays or containers; the solution is differentiated with respect to these, and to traced
        values that `function` reads from outside.
    solver : callable, optional
        ``(residual, start) -> solution``, on flat vectors. By default SciPy's `root` with the
        exact Jacobian. Either way Newton steps finish the work.

    Returns
    -------
    array or container
        Nested and shaped as `x0`.

    Raises
    ------
    ConvergenceError
        If no root is found. While tracing the result is nan instead, so a density is -inf there.
    ShapeError
        If `function` gives another number of values than `x` has.

    Warns
    -----
    RuntimeWarning
        If no root is found at the point where a function is traced.

    Notes
    -----
    Derivatives cost one solution of a dense linear system, of the size of `x`.

    Examples
    --------
    >>> import numpy as np, ad
    >>> square_root = lambda a: ad.root(lambda x, a: x**2 - a, 1.0, a)
    >>> round(float(square_root(9.0)), 12), round(float(ad.grad(square_root)(9.0)), 12)
    (3.0, 0.166666666667)
    """
    solver = find_root if solver is None else solver
    return _solved("ad.root", function, x0, parameters, solver, residual_of=lambda f: f)


def fixed_point(
    function: Callable[..., Any], x0: Any, *parameters: Any, solver: Solver | None = None
) -> Any:
    """Where a function gives back its argument, as a function of its parameters.

    Parameters
    ----------
    function : callable
        ``(x, *parameters)``, of arrays or containers; gives what is nested and shaped as `x`.
    x0 : array or container
        Where the iteration begins; has no influence on derivatives.
    *parameters
        As for `root`.
    solver : callable, optional
        ``(function, start) -> solution``, on flat vectors. By default the function is applied
        again and again; Newton steps finish the work.

    Returns
    -------
    array or container
        Nested and shaped as `x0`.

    Raises
    ------
    ConvergenceError
        If none is found. While tracing the result is nan instead, with a warning, as for `root`.

    Examples
    --------
    >>> import numpy as np, ad
    >>> wave = lambda a: ad.fixed_point(lambda x, a: np.cos(a * x), 0.5, a)
    >>> round(float(wave(1.0)), 12)
    0.739085133215
    """
    return _solved(
        "ad.fixed_point",
        function,
        x0,
        parameters,
        iterate if solver is None else solver,
        residual_of=lambda f: lambda x, *p: x - f(x, *p),
    )


def argmin(
    function: Callable[..., Any], x0: Any, *parameters: Any, solver: Solver | None = None
) -> Any:
    """Where a function is least, as a function of its parameters.

    Parameters
    ----------
    function : callable
        ``(x, *parameters)``, of arrays or containers, to a scalar; smooth, with a Hessian that
        is positive definite at the minimum.
    x0 : array or container
        Where the search begins; has no influence on derivatives.
    *parameters
        As for `root`.
    solver : callable, optional
        ``(function, start) -> solution``, on flat vectors. By default SciPy's `minimize` (BFGS)
        with the exact gradient. Newton steps finish the work.

    Returns
    -------
    array or container
        Nested and shaped as `x0`.

    Raises
    ------
    ConvergenceError
        If no minimum is found. While tracing the result is nan instead, with a warning, as for
        `root`.

    Examples
    --------
    >>> import numpy as np, ad
    >>> ridge = lambda penalty: ad.argmin(lambda b, p: (b - 3.0) ** 2 + p * b**2, 0.0, penalty)
    >>> round(float(ridge(0.5)), 12), round(float(ad.grad(ridge)(0.5)), 12)
    (2.0, -1.333333333333)
    """
    return _solved(
        "ad.argmin",
        function,
        x0,
        parameters,
        minimise if solver is None else solver,
        residual_of=grad,
        is_minimum=True,
    )


def _solved(
    who: str,
    function: Callable[..., Any],
    x0: Any,
    parameters: Sequence[Any],
    solver: Solver,
    *,
    residual_of: Callable[[Residual], Residual],
    is_minimum: bool = False,
) -> Any:
    leaves, structure = flatten(x0)
    names = structure.names()
    if not leaves:
        raise TraceError(
            f"{who}: x0 must be an array of real numbers, or a container of some, got "
            f"{type(x0).__name__} ({user_line()})."
        )
    parts = [
        np.asarray(value_of(as_point(leaf, f"x0{name}", who)))
        for leaf, name in zip(leaves, names, strict=True)
    ]
    start = np.concatenate([part.ravel() for part in parts]) if parts else np.zeros(0)
    if not callable(solver):
        raise TraceError(
            f"{who}: solver must be a function (function, start) -> solution, got "
            f"{type(solver).__name__} ({user_line()})."
        )
    flat = _Flat(who, function, structure, parts, parameters, is_scalar=is_minimum)
    residual = residual_of(flat)
    solve = Solve(who, flat, residual, solver, start, is_minimum=is_minimum)
    solution = custom(opaque(solve, who), pullback=_pullback(residual))(*flat.parameters)
    if not is_traced(solution) and not np.isfinite(solution).all():
        raise ConvergenceError(
            f"{who}: a solution must be found, got none from x0 = {_short(start)} "
            f"({user_line()}): {solve.reason}. Begin elsewhere, or give a solver."
        )
    if solve.reason:  # no error while tracing: elsewhere there may be one
        warnings.warn(
            f"{who}: no solution was found from x0 = {_short(start)} ({user_line()}): "
            f"{solve.reason}. The result is nan. Begin elsewhere, or give a solver.",
            RuntimeWarning,
            stacklevel=3,
        )
    return _unflattened(solution, structure, parts)


def _short(x: Vector) -> str:
    return np.array2string(x, threshold=6, precision=4)


def _unflattened(x: Any, structure: Structure, parts: Sequence[Any]) -> Any:
    leaves, begin = [], 0
    for part in parts:
        leaves.append(np.reshape(x[begin : begin + part.size], part.shape))
        begin += part.size
    return structure.build([leaf if np.ndim(leaf) else leaf[()] for leaf in leaves])


class _Flat:
    """The user's function of a flat vector and flat parameters.

    What it reads of outer traces becomes a parameter like the others, or its derivatives would be
    lost: then it is called by the graph it was traced to.
    """

    def __init__(
        self,
        who: str,
        function: Callable[..., Any],
        structure: Structure,
        parts: Sequence[Any],
        parameters: Sequence[Any],
        *,
        is_scalar: bool,
    ) -> None:
        self._function, self._structure, self._parts = function, structure, parts
        self._nested = [flatten(parameter) for parameter in parameters]
        own = [leaf for leaves, _ in self._nested for leaf in leaves]
        start = structure.build([np.array(part) for part in parts])
        given = (start, *parameters)
        linear = Linear(function, given, range(len(given)), who, constants=True)
        size = sum(part.size for part in parts)
        found = sum(node.size for node in linear.results)
        if found != (1 if is_scalar else size):
            raise ShapeError(
                f"{who}: the function must give {1 if is_scalar else size} numbers, got {found} "
                f"({user_line()})."
            )
        captured = linear.values[len(linear.inputs) :]
        self._graph = linear if captured else None
        if captured and linear.guards:
            raise TraceError(
                f"{who}: a function that branches must get what it depends on as parameters, got "
                f"a traced value from outside ({user_line()}). Pass it after x0."
            )
        self.parameters = [
            *(as_point(leaf, f"parameter {i}", who) for i, leaf in enumerate(own)),
            *captured,
        ]
        self._is_scalar = is_scalar

    def __call__(self, x: Any, *parameters: Any) -> Any:
        """Results end to end; a number for a function to be minimised."""
        given = _unflattened(x, self._structure, self._parts)
        if self._graph is not None:
            leaves = [*flatten(given)[0], *parameters]
            found = interpret(self._graph.results, self._graph.leaves, leaves)
        else:
            entries = iter(parameters)
            nested = [s.build([next(entries) for _ in leaves]) for leaves, s in self._nested]
            found = flatten(self._function(given, *nested))[0]
        if self._is_scalar:
            return np.reshape(found[0], ())
        return np.concatenate([np.reshape(part, (-1,)) for part in found])


def _pullback(residual: Residual) -> Callable[..., Any]:
    """The implicit function theorem, transposed."""

    def pullback(ct: Any, x: Any, *parameters: Any) -> tuple[Any, ...]:
        slope = jacobian(residual, mode="forward")(x, *parameters)
        weight = np.linalg.solve(np.transpose(slope), ct)
        pulled: tuple[Any, ...] = vjp(lambda *p: residual(x, *p), *parameters)[1](-weight)
        return pulled

    return pullback


__all__ = ["argmin", "fixed_point", "root"]

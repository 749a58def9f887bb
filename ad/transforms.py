"""Derivatives of Python functions: trace, derive, interpret.

Each takes a function of arrays and gives a function of arrays, which may be traced again; so
`grad(grad(f))`, or a derivative inside a model, needs nothing special.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad import derive, rules
from ad.callsite import user_line
from ad.errors import ShapeError, TraceError
from ad.graph import Graph, Node
from ad.interpret import interpret
from ad.tape import recording
from ad.traced import Traced, is_traced, row_of, value_of


class Linear:
    """A function traced at a point: its graph, inputs and outputs, and the values they had."""

    def __init__(
        self, function: Callable[..., Any], args: Sequence[Any], wrt: Sequence[int]
    ) -> None:
        points = [_point(args[position], position) for position in wrt]
        with recording() as tape:
            inputs = [Traced(tape, tape.input(value_of(p)), value_of(p)) for p in points]
            given = list(args)
            for position, traced in zip(wrt, inputs, strict=True):
                given[position] = traced
            result = function(*given)
            row = row_of(tape, result)
        outer = [value for value, _ in tape.captured.values()]
        # Input rows come in the order they were recorded: arguments first, then captured values.
        self.values = [*points, *outer]
        self.graph = Graph(rules.laws(), hoist=False)
        self.leaves = [self.graph.input(np.shape(value)) for value in self.values]
        self.inputs = self.leaves[: len(points)]
        self._branches = tape.guards
        self.result, *self._asked = tape.to_graph(
            self.graph, [row, *(guard.row for guard in tape.guards)], self.leaves
        )

    def evaluate(
        self, outputs: Sequence[Node], seeds: Sequence[Node] = (), given: Sequence[Any] = ()
    ) -> list[Any]:
        """Values of nodes of the graph at the point, where `seeds` have the `given` values."""
        asked = self._asked if any(is_traced(value) for value in self.values) else []
        leaves, values = [*self.leaves, *seeds], [*self.values, *given]
        results = interpret([*outputs, *asked], leaves, values)
        for branch, answer in zip(self._branches, results[len(outputs) :], strict=False):
            if is_traced(answer):  # an outer trace depends on the branch taken here
                answer.tape.guards.append(branch._replace(row=answer.ref))
        return results[: len(outputs)]


def _point(value: Any, position: int) -> Any:
    if is_traced(value):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TraceError(
            f"ad: argument {position} must be an array of real numbers, got {array.dtype} "
            f"({user_line()}). Flatten containers, or choose others with argnums."
        )
    return array.astype(float)


def _positions(argnums: int | Sequence[int]) -> tuple[int, ...]:
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def _check_positions(who: str, wrt: Sequence[int], given: int) -> None:
    """Refuse to differentiate with respect to an argument that is not there."""
    for position in wrt:
        if not 0 <= position < given:
            raise TraceError(
                f"{who}: argnums must name positional arguments of the call, got {position} with "
                f"{given} arguments ({user_line()})."
            )


def value_and_grad(
    function: Callable[..., Any], argnums: int | Sequence[int] = 0
) -> Callable[..., Any]:
    """Value of a scalar function together with its gradient.

    Parameters
    ----------
    function : callable
        Of arrays, to a scalar.
    argnums : int or sequence of ints
        Which arguments to differentiate.

    Returns
    -------
    callable
        With the arguments of `function`; gives ``(value, gradient)``, the gradient with the
        shape of the argument (a tuple of them for several `argnums`). One reverse sweep.

    Raises
    ------
    ShapeError
        If the function's value is not a scalar.

    Examples
    --------
    >>> import numpy as np, ad
    >>> value, gradient = ad.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    >>> float(value), gradient.tolist()
    (5.0, [2.0, 4.0])
    """
    wrt = _positions(argnums)

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        _check_positions("ad.grad", wrt, len(args))
        bound = functools.partial(function, **kwargs) if kwargs else function
        linear = Linear(bound, args, wrt)
        if linear.result.shape != ():
            raise ShapeError(
                f"ad.grad: the function's value must be a scalar, got shape {linear.result.shape} "
                f"({user_line()}). Sum it, or use ad.jacobian."
            )
        one = linear.graph.literal(1.0)
        gradients = derive.pullback([linear.result], [one], linear.inputs)
        value, *parts = linear.evaluate([linear.result, *gradients])
        return value, (parts[0] if isinstance(argnums, int) else tuple(parts))

    return wrapped


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Gradient of a scalar function: `value_and_grad` without the value.

    Examples
    --------
    >>> import numpy as np, ad
    >>> float(ad.grad(ad.grad(np.sin))(1.0)) == -float(np.sin(1.0))
    True
    """
    both = value_and_grad(function, argnums)

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return wrapped


def vjp(function: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Value, and the function from a cotangent of the value to those of the arguments.

    Examples
    --------
    >>> import numpy as np, ad
    >>> value, pull = ad.vjp(np.exp, np.array([0.0, 1.0]))
    >>> pull(np.array([2.0, 0.0]))[0].tolist()
    [2.0, 0.0]
    """
    linear = Linear(function, args, range(len(args)))
    (value,) = linear.evaluate([linear.result])

    def pull(cotangent: Any) -> tuple[Any, ...]:
        if np.shape(cotangent) != linear.result.shape:
            raise ShapeError(
                f"ad.vjp: the cotangent must have the value's shape {linear.result.shape}, got "
                f"{np.shape(cotangent)} ({user_line()})."
            )
        seed = linear.graph.input(linear.result.shape)
        parts = derive.pullback([linear.result], [seed], linear.inputs)
        return tuple(
            interpret(parts, [*linear.leaves, seed], [*linear.values, _point(cotangent, 0)])
        )

    return value, pull


def jvp(
    function: Callable[..., Any], args: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """Value and directional derivative along `tangents`: one forward sweep.

    Examples
    --------
    >>> import numpy as np, ad
    >>> value, derivative = ad.jvp(np.square, (3.0,), (1.0,))
    >>> float(value), float(derivative)
    (9.0, 6.0)
    """
    if len(args) != len(tangents):
        raise ShapeError(
            f"ad.jvp: there must be one tangent per argument, got {len(tangents)} for {len(args)} "
            f"({user_line()})."
        )
    for position, (arg, tangent) in enumerate(zip(args, tangents, strict=True)):
        if np.shape(arg) != np.shape(tangent):
            raise ShapeError(
                f"ad.jvp: tangent {position} must have its argument's shape {np.shape(arg)}, got "
                f"{np.shape(tangent)} ({user_line()})."
            )
    linear = Linear(function, args, range(len(args)))
    seeds = [linear.graph.input(node.shape) for node in linear.inputs]
    (tangent,) = derive.pushforward([linear.result], linear.inputs, seeds)
    points = [_point(tangent, position) for position, tangent in enumerate(tangents)]
    value, derivative = linear.evaluate([linear.result, tangent], seeds, points)
    return value, derivative


def hvp(function: Callable[..., Any], args: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Hessian of a scalar function times a vector: forward mode over the reverse sweep.

    Examples
    --------
    >>> import numpy as np, ad
    >>> ad.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),)).tolist()
    [6.0, 0.0]
    """
    argnums = 0 if len(args) == 1 else tuple(range(len(args)))
    gradient = grad(function, argnums)
    if len(args) == 1:
        return jvp(gradient, args, tangents)[1]
    return tuple(
        jvp(lambda *given, i=index: gradient(*given)[i], args, tangents)[1]
        for index in range(len(args))
    )


__all__ = ["grad", "hvp", "jvp", "value_and_grad", "vjp"]

"""Derivatives of Python functions: trace, derive, interpret.

Each takes a function of arrays, or of containers of them, and gives a function of the same, which
may be traced again; so `grad(grad(f))`, or a derivative inside a model, needs nothing special.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad import derive
from ad.callsite import user_line
from ad.complexes import Complex
from ad.containers import flatten_like
from ad.errors import ShapeError, TraceError
from ad.graph import Node
from ad.interpret import interpret
from ad.linear import Linear, as_point

Argnums = int | Sequence[int]


def positions(who: str, argnums: Argnums, given: int) -> tuple[int, ...]:
    """Arguments to differentiate, counted from the front."""
    named = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for position in named:
        if not -given <= position < given:
            raise TraceError(
                f"{who}: argnums must name positional arguments of the call, got {position} with "
                f"{given} arguments ({user_line()})."
            )
    wrt = tuple(position % given for position in named)
    if not wrt or len(set(wrt)) != len(wrt):
        raise TraceError(
            f"{who}: argnums must name each argument once, got {argnums} ({user_line()})."
        )
    return wrt


def bind(function: Callable[..., Any], kwargs: dict[str, Any]) -> Callable[..., Any]:
    """`function` with its keyword arguments, which are not differentiated."""
    return functools.partial(function, **kwargs) if kwargs else function


def scalar_result(who: str, linear: Linear) -> Node:
    """The result of a function that must return one number."""
    if [node.shape for node in linear.results] != [()]:
        shapes = [node.shape for node in linear.results]
        if linear.form.kind is Complex:
            raise ShapeError(
                f"{who}: the function's value must be a real scalar, got a complex value of shape "
                f"{shapes[0]} ({user_line()}). Take its real or imaginary part: z.real, z.imag, "
                "np.abs(z)."
            )
        if not shapes:
            raise ShapeError(
                f"{who}: the function's value must be a scalar, got {linear.form} ({user_line()}). "
                "Return a number."
            )
        raise ShapeError(
            f"{who}: the function's value must be a scalar, got shape "
            f"{shapes[0] if len(shapes) == 1 else shapes} ({user_line()}). Sum it, or use "
            "ad.jacobian."
        )
    return linear.result


def value_and_grad(function: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Value of a scalar function together with its gradient.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them (dicts, tuples, lists, dataclasses), to a scalar.
    argnums : int or sequence of ints
        Which arguments to differentiate.

    Returns
    -------
    callable
        With the arguments of `function`; gives ``(value, gradient)``, the gradient shaped and
        nested as the argument (a tuple of them for several `argnums`). One reverse sweep.

    Raises
    ------
    ShapeError
        If the function's value is not a scalar.
    TraceError
        If an argument is not an array of real numbers, or `argnums` names none.

    Examples
    --------
    >>> import numpy as np, ad
    >>> value, gradient = ad.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    >>> float(value), gradient.tolist()
    (5.0, [2.0, 4.0])
    >>> slope = ad.grad(lambda line: line["a"] + 3.0 * line["b"])({"a": 1.0, "b": 2.0})
    >>> {name: float(part) for name, part in slope.items()}
    {'a': 1.0, 'b': 3.0}
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        wrt = positions("ad.grad", argnums, len(args))
        linear = Linear(bind(function, kwargs), args, wrt, "ad.grad")
        result = scalar_result("ad.grad", linear)
        one = linear.graph.literal(1.0)
        gradients = derive.pullback([result], [one], linear.inputs) if linear.inputs else []
        value, *found = linear.evaluate([result, *gradients])
        parts = linear.split(found)
        return linear.form.build([value]), (parts[0] if isinstance(argnums, int) else tuple(parts))

    return wrapped


def grad(function: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
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


def _matched(who: str, what: str, given: Sequence[Any], nodes: Sequence[Node]) -> list[Any]:
    """Tangents or cotangents as points, checked against the shapes they must have."""
    points = []
    for leaf, node in zip(given, nodes, strict=True):
        if np.shape(leaf) != node.shape:
            raise ShapeError(
                f"{who}: {what} shape {node.shape}, got {np.shape(leaf)} ({user_line()})."
            )
        points.append(as_point(leaf, what.partition(" must")[0], who))
    return points


def vjp(function: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Value, and the function from a cotangent of the value to those of the arguments.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them, to an array or a container.
    *args
        Where to linearise it.

    Returns
    -------
    value
    pull : callable
        Of a cotangent, nested and shaped as the value; gives a tuple with one cotangent per
        argument. One reverse sweep each time it is called.

    Raises
    ------
    ShapeError
        By `pull`, if the cotangent is not nested and shaped as the value.

    Examples
    --------
    >>> import numpy as np, ad
    >>> value, pull = ad.vjp(np.exp, np.array([0.0, 1.0]))
    >>> pull(np.array([2.0, 0.0]))[0].tolist()
    [2.0, 0.0]
    """
    linear = Linear(function, args, range(len(args)), "ad.vjp")
    values = linear.evaluate(linear.results)

    def pull(cotangent: Any) -> tuple[Any, ...]:
        given = flatten_like(linear.form, cotangent, "ad.vjp", "the cotangent")
        points = _matched("ad.vjp", "the cotangent must have the value's", given, linear.results)
        seeds = [linear.graph.input(node.shape) for node in linear.results]
        if not linear.inputs:
            return tuple(linear.split([]))
        parts = derive.pullback(linear.results, seeds, linear.inputs)
        found = interpret(parts, [*linear.leaves, *seeds], [*linear.values, *points])
        return tuple(linear.split([linear.result_of(value) for value in found]))

    return linear.form.build(values), pull


def jvp(
    function: Callable[..., Any], args: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """Value and directional derivative along `tangents`: one forward sweep.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them, to an array or a container.
    args : sequence
        Where to differentiate it.
    tangents : sequence
        One for each argument, nested and shaped alike.

    Returns
    -------
    value, derivative
        Both as `function` returns them.

    Raises
    ------
    ShapeError
        If a tangent is not nested or shaped as its argument.

    Examples
    --------
    >>> import numpy as np, ad
    >>> value, derivative = ad.jvp(np.square, (3.0,), (1.0,))
    >>> float(value), float(derivative)
    (9.0, 6.0)
    """
    for what, given in (("args", args), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise TraceError(
                f"ad.jvp: {what} must be a tuple with one entry per argument, got "
                f"{type(given).__name__} ({user_line()}). Write (x,) for one argument."
            )
    if len(args) != len(tangents):
        raise ShapeError(
            f"ad.jvp: there must be one tangent per argument, got {len(tangents)} for {len(args)} "
            f"({user_line()})."
        )
    linear = Linear(function, args, range(len(args)), "ad.jvp")
    given = [
        leaf
        for position, (structure, tangent) in enumerate(
            zip(linear.arguments, tangents, strict=True)
        )
        for leaf in flatten_like(structure, tangent, "ad.jvp", f"tangent {position}")
    ]
    points = _matched("ad.jvp", "a tangent must have its argument's", given, linear.inputs)
    seeds = [linear.graph.input(node.shape) for node in linear.inputs]
    moved = derive.pushforward(linear.results, linear.inputs, seeds) if seeds else []
    found = linear.evaluate([*linear.results, *moved], seeds, points)
    count = len(linear.results)
    zeros = [np.zeros(node.shape) for node in linear.results[len(moved) :]]
    return linear.form.build(found[:count]), linear.form.build([*found[count:], *zeros])


def hvp(function: Callable[..., Any], args: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Hessian of a scalar function times a vector: forward mode over the reverse sweep.

    The Hessian is never formed; the cost is a few times that of the gradient.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them, to a scalar.
    args, tangents : sequence
        As for `jvp`.

    Returns
    -------
    Any
        Nested and shaped as the argument; a tuple of these for several arguments.

    Examples
    --------
    >>> import numpy as np, ad
    >>> ad.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),)).tolist()
    [6.0, 0.0]
    """
    if not isinstance(args, tuple | list) or not len(args):
        raise TraceError(
            f"ad.hvp: args must be a tuple with one entry per argument, got {type(args).__name__} "
            f"({user_line()}). Write (x,) for one argument."
        )
    argnums = 0 if len(args) == 1 else tuple(range(len(args)))
    return jvp(grad(function, argnums), args, tangents)[1]


__all__ = ["grad", "hvp", "jvp", "value_and_grad", "vjp"]

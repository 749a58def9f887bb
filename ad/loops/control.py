"""`ad.cond` and `ad.while_loop`: a branch and a loop that are traced once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ad import callsite
from ad.errors import ShapeError
from ad.loops import spelled
from ad.loops.branch import branch
from ad.loops.flat import outputs_of
from ad.loops.repeat import repeat, state_of
from ad.loops.tracing import check_carry, leaves, point_of, together, trace
from ad.traced import is_traced, stand_in_of, value_of

if TYPE_CHECKING:
    from collections.abc import Callable


def cond(
    predicate: Any,
    true_function: Callable[..., Any],
    false_function: Callable[..., Any],
    *operands: Any,
) -> Any:
    """One of two functions, by a condition that is decided when the code runs.

    Only the chosen one is computed, in values and in derivatives. (A Python ``if`` on a traced
    value works too: it compiles one piece of code for each way taken.)

    Parameters
    ----------
    predicate : scalar
        Taken as true where it is not 0.
    true_function, false_function : callable
        Of the operands; both must return the same form and shapes.
    *operands : array or container of arrays

    Returns
    -------
    As the functions return.

    Raises
    ------
    ShapeError
        If the predicate is not a scalar, or the functions' results differ in form or shapes.
    GuardError
        If one of the functions branches on a traced value by itself.

    Examples
    --------
    >>> import ad
    >>> root = lambda x: ad.cond(x > 0.0, lambda x: x**0.5, lambda x: 0.0 * x, x)
    >>> float(ad.grad(root)(4.0)), float(ad.grad(root)(-1.0))
    (0.25, 0.0)
    """
    if np.size(stand_in_of(predicate)) != 1:
        raise ShapeError(
            "ad.cond: the predicate must be a scalar, got shape "
            f"{np.shape(stand_in_of(predicate))} ({callsite.user_line()}). Use np.where to choose "
            "element by element."
        )
    if not is_traced(predicate) or spelled.wanted():
        return (true_function if np.any(value_of(predicate)) else false_function)(*operands)
    given = leaves("ad.cond", operands)
    points = [point_of(value) for value in given.values]
    yes, no = (
        trace("ad.cond", function, points, lambda f, inputs: f(*given.rebuild(inputs)))
        for function in (true_function, false_function)
    )
    if (yes.result.values, yes.result.form) != (no.result.values, no.result.form):
        raise ShapeError(
            "ad.cond: both functions must return the same form and shapes, got "
            f"{yes.result.values} at {yes.result.form.names('result')} and {no.result.values} at "
            f"{no.result.form.names('result')} ({callsite.user_line()})."
        )
    bodies, more = together([yes, no], len(points))
    flat = branch(np.reshape(predicate, ()), *given.values, *more, yes=bodies[0], no=bodies[1])
    return yes.result.rebuild([piece.of(flat) for piece in outputs_of(bodies[0])])


def while_loop(
    condition: Callable[[Any], Any], function: Callable[[Any], Any], initial: Any
) -> Any:
    """Repeat a function while a condition on its value holds, as a native loop.

    Parameters
    ----------
    condition : callable
        Of what is carried, to a scalar.
    function : callable
        Of what is carried, to the same form and shapes.
    initial : array or container of arrays

    Returns
    -------
    As `initial`.

    Raises
    ------
    ShapeError
        If a step changes the form or the shapes of what is carried.
    GuardError
        If a function branches on a traced value.

    Notes
    -----
    Reverse mode goes back through the steps that were taken, however many; both modes may be taken
    over it to any order. Native code keeps the way in memory of fixed size and repeats parts of it
    where the loop is longer. A loop that does not end is not noticed.

    Examples
    --------
    >>> import ad
    >>> def halved(x):
    ...     return ad.while_loop(lambda z: z > 1.0, lambda z: 0.5 * z, x)
    >>> float(halved(10.0)), float(ad.grad(halved)(10.0))
    (0.625, 0.0625)
    """
    carry = leaves("ad.while_loop", initial)
    if spelled.wanted():
        return spelled.while_loop(condition, function, carry)
    points = [point_of(value) for value in carry.values]
    test = trace("ad.while_loop", condition, points, lambda f, inputs: f(carry.rebuild(inputs)))
    step = trace(
        "ad.while_loop",
        function,
        points,
        lambda f, inputs: {"carry": f(carry.rebuild(inputs)), "y": ()},
    )
    check_carry("ad.while_loop", carry, step)
    if [math.prod(shape) for shape in test.result.values] != [1]:
        raise ShapeError(
            f"ad.while_loop: the condition must be a scalar, got shapes {test.result.values} "
            f"({callsite.user_line()})."
        )
    (test_body, body), more = together([test, step], len(points))
    flat = repeat(*carry.values, *more, test=test_body, body=body, back=None)
    return carry.rebuild([piece.of(flat) for piece in state_of(body, None)])

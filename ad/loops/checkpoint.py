"""Computing again instead of storing.

A checkpointed function is one node: of what it computes on the way nothing is kept for derivatives,
which compute it again from the arguments (Griewank and Walther, 2008, "Evaluating Derivatives",
chapter 12).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.batching import BY_NAME
from ad.loops import spelled
from ad.loops.body import Body, batched, closed, is_zero, plain
from ad.loops.flat import (
    adjoint_body,
    mark,
    marks_of,
    outputs_of,
    parts_of,
    tangent_body,
    total,
    wanted_of,
)
from ad.loops.pieces import side_by_side
from ad.loops.tracing import leaves, trace
from ad.op import Op, Params, Value
from ad.traced import stand_in_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _evaluate(*args: Any, body: Body) -> Any:
    parts = [np.ravel(part) for part in body.evaluate(*plain(args))]
    return np.concatenate([np.zeros(0), *parts])


def _pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    moving = tuple(tangent is not None for tangent in tangents)
    given = [tangent for tangent in tangents if tangent is not None]
    return again(*args, *given, body=tangent_body(params["body"], moving))


def _pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    if is_zero(ct):
        return None
    wanted = wanted_of(args)
    own = params["body"]
    body, marks = adjoint_body(own, wanted, marks_of(parts_of(ct, own), ct))
    back = again(ct, *args, body=body)
    place = sum(wanted[:index])
    part = outputs_of(body)[place].of(back)
    mark([part], [marks[place]])
    return part


again: Op = Op(
    "checkpoint",
    _evaluate,
    lambda *_, body: (total(body),),
    _pullback,
    _pushforward,
    kind="loop",
    summary="a function whose derivatives compute it again: ad.checkpoint",
)


def _batch(op: Op, args: Any, flags: Any, params: Params, size: int) -> Value:
    body = batched(params["body"], flags, size)
    if body is None:
        return None
    flat = again(*args, body=body)
    parts = [piece.of(flat) for piece in outputs_of(body)]
    return side_by_side(parts, outputs_of(params["body"]), size)


BY_NAME["checkpoint"] = _batch


def checkpoint(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with derivatives that compute it again instead of storing what it does.

    Parameters
    ----------
    function : callable
        Of arrays or containers of arrays. It must not branch on traced values.

    Returns
    -------
    callable
        With the same value and derivatives. A reverse sweep through it needs memory for its
        arguments and its result alone, until its turn comes, and computes it once more.

    Raises
    ------
    GuardError
        If the function branches on a traced value.

    Examples
    --------
    >>> import numpy as np, ad
    >>> wave = ad.checkpoint(lambda x: np.sin(np.sin(x)))
    >>> bool(ad.grad(wave)(1.0) == ad.grad(lambda x: np.sin(np.sin(x)))(1.0))
    True
    """

    @functools.wraps(function)
    def wrapped(*args: Any) -> Any:
        if spelled.wanted():
            return function(*args)
        given = leaves("ad.checkpoint", args)
        points = [np.asarray(stand_in_of(value), dtype=np.float64) for value in given.values]
        traced = trace(
            "ad.checkpoint", function, points, lambda f, inputs: f(*given.rebuild(inputs))
        )
        body, arrays = closed(traced.inputs, traced.outputs)
        flat = again(*given.values, *traced.captured, *arrays, body=body)
        return traced.result.rebuild([piece.of(flat) for piece in outputs_of(body)])

    return wrapped

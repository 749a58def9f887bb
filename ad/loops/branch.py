"""The branch: one of two bodies, by a condition. Only the chosen one is computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ad.batching import BY_NAME, batch
from ad.loops.body import Body, batched, is_zero, plain
from ad.loops.flat import (
    adjoint_body,
    marks_of,
    outputs_of,
    parts_of,
    tangent_body,
    total,
    wanted_of,
)
from ad.loops.pieces import side_by_side
from ad.op import TABLE, Op, Params, Value


def _evaluate(condition: Any, *args: Any, yes: Body, no: Body) -> Any:
    chosen = yes if np.any(condition) else no
    parts = [np.ravel(part) for part in chosen.evaluate(*plain(args))]
    return np.concatenate([np.zeros(0), *parts])


def _pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    moving = tuple(tangent is not None for tangent in tangents[1:])
    bodies = {name: tangent_body(params[name], moving) for name in ("yes", "no")}
    given = [tangent for tangent in tangents[1:] if tangent is not None]
    return branch(*args, *given, **bodies) if given else None


def _pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    if index == 0 or is_zero(ct):
        return None
    wanted = wanted_of(args[1:])
    marks = marks_of(parts_of(ct, params["yes"]), ct)
    bodies = {name: adjoint_body(params[name], wanted, marks).body for name in ("yes", "no")}
    back = branch(args[0], ct, *args[1:], **bodies)
    return outputs_of(bodies["yes"])[sum(wanted[: index - 1])].of(back)


branch: Op = Op(
    "cond",
    _evaluate,
    lambda *_, yes, no: (total(yes),),
    _pullback,
    _pushforward,
    kind="loop",
    summary="one of two bodies, by a condition: ad.cond",
)


def _batch(op: Op, args: Any, flags: Any, params: Params, size: int) -> Value:
    """Both bodies and a selection; where all instances go one way, that body for all."""
    yes, no = (batched(params[name], flags[1:], size) for name in ("yes", "no"))
    if yes is None or no is None:
        return None
    if not flags[0]:
        flat = branch(*args, yes=yes, no=no)
        parts = [piece.of(flat) for piece in outputs_of(yes)]
    else:
        both = [body(*args[1:]) for body in (yes, no)]
        where = TABLE["where"]
        parts = [
            batch(where, (args[0], *pair), (True, True, True), {}, size)
            for pair in zip(*both, strict=True)
        ]
    return side_by_side(parts, outputs_of(params["yes"]), size)


BY_NAME["cond"] = _batch

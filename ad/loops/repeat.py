"""Repetition while a condition holds, and the way back through it.

    while test(z, w): z = body(z, w)                    the value: z at the end
    for every z the loop went through, from the last: a = back(a, z, w)

The second sweep is there for derivatives: with `back` the adjoint of `body`, `a` ends as the
cotangents of the initial z and of the invariants w. The tangent of either is of the same form, and
so is the adjoint of the second: modes nest in any order.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ad import derive
from ad.loops.body import Body, copied, copy_of, fresh_graph, make_body, numbers, plain, zeros
from ad.loops.flat import Adjoint, mark, marks_of, wanted_of
from ad.loops.pieces import Piece, joined
from ad.op import TABLE, Op, Params, Shape, Value, reshape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.graph import Graph, Node


def state_of(body: Body, back: Body | None) -> tuple[Piece, ...]:
    """Where the final z and the final a lie in the flat result."""
    shapes: list[Shape] = [*body.shapes, *(back.shapes if back else ())]
    placed, offset = [], 0
    for shape in shapes:
        placed.append(Piece(offset, shape))
        offset += math.prod(shape)
    return tuple(placed)


def _evaluate(*args: Any, test: Body, body: Body, back: Body | None) -> Any:
    count, adjoints = len(body.shapes), len(back.shapes) if back else 0
    z = [numbers(arg)[()] for arg in args[:count]]
    a = [numbers(arg)[()] for arg in args[count : count + adjoints]]
    w = plain(args[count + adjoints :])
    passed = []
    while np.any(test.evaluate(*z, *w)[0]):
        if back:
            passed.append(z)
        z = body.evaluate(*z, *w)
    for before in reversed(passed):
        a = back.evaluate(*a, *before, *w)  # type: ignore[union-attr] # passed is empty without
    return np.concatenate([np.zeros(0), *(np.ravel(part) for part in (*z, *a))])


def _parts(args: Sequence[Any], body: Body, back: Body | None) -> tuple[Any, Any, Any]:
    count, adjoints = len(body.shapes), len(back.shapes) if back else 0
    return args[:count], args[count : count + adjoints], args[count + adjoints :]


def _pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    body, back = params["body"], params["back"]
    z, a, w = _parts(args, body, back)
    dz, da, dw = _parts(tangents, body, back)
    moving = tuple(tangent is not None for tangent in dw)
    given = [tangent for tangent in dw if tangent is not None]
    full = [zeros(out.graph, x.shape) if d is None else d for x, d in zip(z, dz, strict=True)]
    after = [zeros(out.graph, x.shape) if d is None else d for x, d in zip(a, da, strict=True)]
    test = _widened(params["test"], len(z), tuple(x.shape for x in z), len(given))
    step = _tangent_body(body, len(z), moving)
    turn = None if back is None else _tangent_back(back, len(a), len(z), moving)
    flat = repeat(*z, *full, *a, *after, *w, *given, test=test, body=step, back=turn)
    where = state_of(step, turn)
    count, adjoints = len(z), len(a)
    wanted = (*where[count : 2 * count], *where[2 * count + adjoints :])
    return joined([reshape(part, (part.size,)) for part in (piece.of(flat) for piece in wanted)])


@functools.lru_cache(maxsize=1024)
def _widened(test: Body, count: int, carries: tuple[Shape, ...], more: int) -> Body:
    """The condition, where more is carried (of these shapes), and read, than it looks at."""
    graph = fresh_graph()
    values, outputs = copy_of(test, graph)
    unused = [graph.input(shape) for shape in carries]
    extra = [graph.input(()) for _ in range(more)]
    return make_body([*values[:count], *unused, *values[count:], *extra], outputs)


@functools.lru_cache(maxsize=1024)
def _tangent_body(body: Body, count: int, moving: tuple[bool, ...]) -> Body:
    graph = fresh_graph()
    values, outputs = copy_of(body, graph)
    dz = [graph.input(value.shape) for value in values[:count]]
    fixed = [v for v, moves in zip(values[count:], moving, strict=True) if moves]
    dw = [graph.input(value.shape) for value in fixed]
    tangents = derive.pushforward(outputs, [*values[:count], *fixed], [*dz, *dw])
    return make_body([*values[:count], *dz, *values[count:], *dw], [*outputs, *tangents])


@functools.lru_cache(maxsize=1024)
def _tangent_back(back: Body, adjoints: int, count: int, moving: tuple[bool, ...]) -> Body:
    graph = fresh_graph()
    values, outputs = copy_of(back, graph)
    a, z = values[:adjoints], values[adjoints : adjoints + count]
    w = values[adjoints + count :]
    da = [graph.input(value.shape) for value in a]
    dz = [graph.input(value.shape) for value in z]
    fixed = [value for value, moves in zip(w, moving, strict=True) if moves]
    dw = [graph.input(value.shape) for value in fixed]
    tangents = derive.pushforward(outputs, [*a, *z, *fixed], [*da, *dz, *dw])
    return make_body([*a, *da, *z, *dz, *w, *dw], [*outputs, *tangents])


def _pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    body, back, test = params["body"], params["back"], params["test"]
    z, a, w = _parts(args, body, back)
    seeds = [piece.of(ct) for piece in state_of(body, back)]
    marks = marks_of(seeds, ct)
    if back is None:
        return _there_and_back(index, seeds, marks, test, body, z, w)
    # The way back is linear in a: what it makes of it, against the cotangent of that, is a against
    # what the adjoint of the way back, which goes forwards, makes of the cotangent. So this is the
    # reverse mode of one loop forwards, whose seeds are the cotangent of z and a itself.
    count, turns = len(z), len(a)
    step = _with_adjoint_of_back(body, back, count, turns)
    both = _widened(test, count, tuple(x.shape for x in a), 0)
    forwards = [*z, *seeds[count:]]
    if count <= index < count + turns:
        flat = repeat(*forwards, *w, test=both, body=step, back=None)
        return state_of(step, None)[index].of(flat)
    seeds, marks = [*seeds[:count], *a], (*marks[:count], *marks_of(a))
    return _there_and_back(index, seeds, marks, both, step, forwards, w)


def _there_and_back(  # noqa: PLR0917 - what a loop is
    index: int,
    seeds: Sequence[Value],
    marks: tuple[bool, ...],
    test: Body,
    body: Body,
    z: Sequence[Value],
    w: Sequence[Value],
) -> Value:
    """Cotangent of an argument of a loop, given those of what it carries at the end."""
    graph, wanted = seeds[0].graph, wanted_of(w)
    back, marks = _adjoint_back(body, len(z), wanted, marks)
    starts = [*seeds, *(zeros(graph, x.shape) for x, wants in zip(w, wanted, strict=True) if wants)]
    flat = repeat(*z, *starts, *w, test=test, body=body, back=back)
    where = state_of(body, back)[len(z) :]
    place = index if index < len(z) else len(z) + sum(wanted[: index - len(z)])
    part = where[place].of(flat)
    mark([part], [marks[place]])
    return part


@functools.lru_cache(maxsize=1024)
def _with_adjoint_of_back(body: Body, back: Body, count: int, turns: int) -> Body:
    """A step of z, and of b by the adjoint of a step back in its argument a."""
    graph = fresh_graph()
    values, outputs = copy_of(body, graph)
    a = [graph.input(node.shape) for node in back.inputs[:turns]]
    b = [graph.input(value.shape) for value in a]
    known = {n.index: v for n, v in zip(back.inputs, [*a, *values], strict=True)}
    adjoint = derive.pullback(copied(graph, back.outputs, known), b, a)
    # Being linear, it asks for a at most to see which zeros mean "not taken": those that are zero
    # whatever a is. Any a without a pattern of its own tells.
    known = {n.index: n for n in (*values, *b)}
    known |= {node.index: _generic(graph, node) for node in a}
    adjoint = copied(graph, adjoint, known)
    return make_body([*values[:count], *b, *values[count:]], [*outputs, *adjoint])


def _generic(graph: Graph, like: Node) -> Node:
    ones = zeros(graph, (like.size,)) + 0.7
    steps = TABLE["cumsum"](ones, axis=0) if like.size else ones
    return reshape(TABLE["sin"](steps), like.shape)  # type: ignore[no-any-return]


@functools.lru_cache(maxsize=1024)
def _adjoint_back(
    body: Body, count: int, wanted: tuple[bool, ...], marks: tuple[bool, ...]
) -> Adjoint:
    """One step backwards, of the marks with which every step begins (see `ad.loops.scan`).

    A loop that takes no step makes no use of its invariants: zeros of their cotangents say so.
    """
    while True:
        adjoint = _adjoint_step(body, count, wanted, marks)
        kept = tuple(map(all, zip(marks, adjoint.marks, strict=False)))
        if kept == marks:
            return Adjoint(adjoint.body, (*kept, *(True,) * sum(wanted)))
        marks = kept


def _adjoint_step(
    body: Body, count: int, wanted: tuple[bool, ...], marks: tuple[bool, ...]
) -> Adjoint:
    graph = fresh_graph()
    values, outputs = copy_of(body, graph)
    z, w = values[:count], values[count:]
    fixed = [value for value, wants in zip(w, wanted, strict=True) if wants]
    cotangents = [graph.input(value.shape) for value in z]
    sums = [graph.input(value.shape) for value in fixed]
    mark(cotangents, marks)
    parts = derive.pullback(outputs, cotangents, [*z, *fixed])
    added = [total + part for total, part in zip(sums, parts[count:], strict=True)]
    back = make_body([*cotangents, *sums, *z, *w], [*parts[:count], *added])
    return Adjoint(back, marks_of(parts[:count]))


repeat: Op = Op(
    "while_loop",
    _evaluate,
    lambda *_, test, body, back: (sum(piece.size for piece in state_of(body, back)),),
    _pullback,
    _pushforward,
    kind="loop",
    summary="a body repeated while a condition holds: ad.while_loop",
)

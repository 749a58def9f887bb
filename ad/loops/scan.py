"""The scan: a body applied again and again to what it carries along.

    carry_0, ..., for t = 0, ..., T - 1:  carry_{t+1}, result_t = body(carry_t, row_t, invariants)

The node's value is one flat vector: the final carries, then what each carry was before every step
(its history), then the results. Its pieces are taken by views, and code generation leaves out what
nobody reads. Histories are there for derivatives: the tangent is a scan alongside, the cotangent a
scan backwards (Griewank and Walther, 2008, "Evaluating Derivatives", sections 3.1 and 3.2), whose
rows they are.

Parameters of the operation: `body`, `length` (T), `carries` and `sequences` (how many of the
arguments are initial carries and rows; the others are invariants), `reverse` (from the last row to
the first), `core` (whether everything was taken out that is not part of the recurrence, by
`ad.loops.fission`).
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad import derive
from ad.batching import BY_NAME
from ad.loops.body import (
    Body,
    batched,
    copy_of,
    fresh_graph,
    is_zero,
    make_body,
    numbers,
    plain,
    zeros,
)
from ad.loops.flat import Adjoint, mark, marks_of, wanted_of
from ad.loops.pieces import Piece, side_by_side
from ad.op import TABLE, Op, Params, Value
from ad.ops.shape import c_strides, view

if TYPE_CHECKING:
    from collections.abc import Sequence


class Pieces(NamedTuple):
    """Parts of a scan's result."""

    finals: tuple[Piece, ...]
    histories: tuple[Piece, ...]
    results: tuple[Piece, ...]
    size: int


@functools.lru_cache(maxsize=4096)
def pieces(body: Body, length: int, carries: int) -> Pieces:
    """Where everything lies in the result of a scan."""
    finals = list(body.shapes[:carries])
    histories = [(length, *shape) for shape in finals]
    results = [(length, *shape) for shape in body.shapes[carries:]]
    offset = 0
    placed = []
    for shape in (*finals, *histories, *results):
        placed.append(Piece(offset, shape))
        offset += math.prod(shape)
    return Pieces(
        tuple(placed[:carries]),
        tuple(placed[carries : 2 * carries]),
        tuple(placed[2 * carries :]),
        offset,
    )


def _split(args: Sequence[Any], carries: int, sequences: int) -> tuple[Any, Any, Any]:
    return args[:carries], args[carries : carries + sequences], args[carries + sequences :]


def _evaluate(
    *args: Any, body: Body, length: int, carries: int, sequences: int, reverse: bool, core: bool
) -> Any:
    where = pieces(body, length, carries)
    flat = np.empty(where.size)

    def part(piece: Piece) -> Any:
        return flat[piece.offset : piece.offset + piece.size].reshape(piece.shape)

    state, rows, fixed = _split(args, carries, sequences)
    histories, results = (list(map(part, each)) for each in (where.histories, where.results))
    run = body.evaluate
    state = [numbers(value)[()] for value in state]
    rows, fixed = plain(rows), plain(fixed)
    for t in reversed(range(length)) if reverse else range(length):
        for history, value in zip(histories, state, strict=True):
            history[t] = value
        outputs = run(*state, *[row[t] for row in rows], *fixed)
        state = outputs[:carries]
        for result, value in zip(results, outputs[carries:], strict=True):
            result[t] = value
    for piece, value in zip(where.finals, state, strict=True):
        part(piece)[...] = value
    return flat


# ---- derivatives ---------------------------------------------------------------------------------


def _pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    """Tangents of all carries, rows and results: they lie as the values do."""
    body, carries, sequences = params["body"], params["carries"], params["sequences"]
    moving = tuple(tangent is not None for tangent in tangents[carries:])
    tangent = _tangent_body(body, carries, sequences, moving)
    _, rows, fixed = _split(args, carries, sequences)
    d_starts, d_rows, d_fixed = _split(tangents, carries, sequences)
    starts = [
        zeros(out.graph, start.shape) if d is None else d
        for start, d in zip(args[:carries], d_starts, strict=True)
    ]
    histories = [piece.of(out) for piece in pieces(body, params["length"], carries).histories]
    given = [*histories, *rows, *_present(d_rows)]
    more = [*fixed, *_present(d_fixed)]
    changed = {"body": tangent, "sequences": len(given), "core": False}
    return scan(*starts, *given, *more, **{**params, **changed})


def _present(values: Any) -> list[Any]:
    return [value for value in values if value is not None]


@functools.lru_cache(maxsize=1024)
def _tangent_body(body: Body, carries: int, sequences: int, moving: tuple[bool, ...]) -> Body:
    """Body over (tangents of carries; carries, rows, tangents of rows; the same of invariants)."""
    graph = fresh_graph()
    changes = [
        graph.input(node.shape) if moves else None
        for node, moves in zip(body.inputs, (True,) * carries + moving, strict=True)
    ]
    values, outputs = copy_of(body, graph)
    pairs = [(v, d) for v, d in zip(values, changes, strict=True) if d is not None]
    tangents = derive.pushforward(outputs, [v for v, _ in pairs], [d for _, d in pairs])
    d_starts, d_rows, d_fixed = _split(changes, carries, sequences)
    starts, rows, fixed = _split(values, carries, sequences)
    order = [*d_starts, *starts, *rows, *_present(d_rows), *fixed, *_present(d_fixed)]
    return make_body(order, tangents)


def _pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    """A piece of the scan backwards, which is one node for all arguments."""
    body, length = params["body"], params["length"]
    carries, sequences = params["carries"], params["sequences"]
    where = pieces(body, length, carries)
    seeds = [piece.of(ct) for piece in (*where.histories, *where.results)]
    seeded = tuple(not is_zero(seed) for seed in seeds)
    wanted = wanted_of(args[carries:])
    starts = [piece.of(ct) for piece in where.finals]
    marks = marks_of([*starts, *seeds], ct)
    adjoint, marks = _adjoint(body, Asked(carries, sequences, wanted, seeded), marks)
    _, rows, fixed = _split(args, carries, sequences)
    summed = [arg for arg, wants in zip(fixed, wanted[sequences:], strict=True) if wants]
    starts += [zeros(ct.graph, arg.shape) for arg in summed]
    given = [piece.of(out) for piece in where.histories]
    given += [*rows, *(seed for seed, has in zip(seeds, seeded, strict=True) if has)]
    total = len(starts)
    back = scan(
        *starts,
        *given,
        *fixed,
        body=adjoint,
        length=length,
        carries=total,
        sequences=len(given),
        reverse=not params["reverse"],
        core=False,
    )
    there = pieces(adjoint, length, total)
    before = sum(wanted[: index - carries])  # arguments wanted before this one
    if index < carries:
        part, marked = there.finals[index].of(back), marks[index]
    elif index < carries + sequences:
        part, marked = there.results[before].of(back), marks[carries + before]
    else:
        place = carries + before - sum(wanted[:sequences])
        part, marked = there.finals[place].of(back), marks[carries + before]
    mark([part], [marked])
    return part


class Asked(NamedTuple):
    """What a step backwards is asked for.

    How many carries and sequences there are, which of the other arguments are wanted, and which
    histories and results have a cotangent.
    """

    carries: int
    sequences: int
    wanted: tuple[bool, ...]
    seeded: tuple[bool, ...]


@functools.lru_cache(maxsize=1024)
def _adjoint(body: Body, asked: Asked, marks: tuple[bool, ...]) -> Adjoint:
    """One step backwards, of the marks with which every step begins.

    A carry's cotangent comes out of a selection where it does at first and after each step. `marks`
    are those of the cotangents of finals, histories and results; the result's are those of carries
    and of the other wanted arguments.
    """
    while True:
        adjoint = _adjoint_body(body, asked, marks)
        before = marks[: asked.carries]
        kept = tuple(map(all, zip(before, adjoint.marks, strict=False)))
        if kept == before:
            return Adjoint(adjoint.body, (*kept, *adjoint.marks[asked.carries :]))
        marks = (*kept, *marks[asked.carries :])


def _adjoint_body(body: Body, asked: Asked, marks: tuple[bool, ...]) -> Adjoint:
    """One step backwards.

    Carries: cotangents of the carries, and sums of those of wanted invariants. Rows: carries
    before the step, rows, cotangents of histories and results as far as there are any.
    """
    carries, sequences, wanted, seeded = asked
    graph = fresh_graph()
    values, outputs = copy_of(body, graph)
    starts, rows, fixed = _split(values, carries, sequences)
    cotangents = [graph.input(node.shape) for node in outputs[:carries]]
    sums = [
        graph.input(value.shape)
        for value, wants in zip(fixed, wanted[sequences:], strict=True)
        if wants
    ]
    shapes = [*(value.shape for value in starts), *body.shapes[carries:]]
    seeds = [graph.input(shape) if has else None for shape, has in zip(shapes, seeded, strict=True)]
    for ct, marked in zip([*cotangents, *seeds], marks, strict=True):
        if ct is not None:
            mark([ct], [marked])
    given = zip(outputs, [*cotangents, *seeds[carries:]], strict=True)
    pairs = [(output, seed) for output, seed in given if seed is not None]
    reached = [*starts, *(v for v, wants in zip(values[carries:], wanted, strict=True) if wants)]
    parts = derive.pullback([o for o, _ in pairs], [c for _, c in pairs], reached)
    before = [
        part if seed is None else part + seed
        for part, seed in zip(parts[:carries], seeds[:carries], strict=True)
    ]
    split = carries + sum(wanted[:sequences])
    added = [total + part for total, part in zip(sums, parts[split:], strict=True)]
    order = [*cotangents, *sums, *starts, *rows, *_present(seeds), *fixed]
    left = [
        marked and seed_marked
        for marked, seed_marked in zip(marks_of(parts), marks[carries : 2 * carries], strict=False)
    ]
    results = make_body(order, [*before, *added, *parts[carries:split]])
    return Adjoint(results, (*left, *marks_of(parts[carries:])))


scan: Op = Op(
    "scan",
    _evaluate,
    lambda *_, body, length, carries, **__: (pieces(body, length, carries).size,),
    _pullback,
    _pushforward,
    kind="loop",
    summary="a body repeated over rows, carrying values along: ad.scan",
)


def _batch(op: Op, args: Any, flags: Any, params: Params, size: int) -> Value:
    """One scan that carries all instances along."""
    carries, sequences = params["carries"], params["sequences"]
    body = batched(params["body"], [True] * carries + list(flags[carries:]), size)
    if body is None:
        return None
    starts, rows, fixed = _split(args, carries, sequences)
    starts = [
        x if flag else TABLE["broadcast_to"](x, shape=(size, *np.shape(x)))
        for x, flag in zip(starts, flags, strict=False)
    ]
    rows = [
        _time_first(row) if flag else row for row, flag in zip(rows, flags[carries:], strict=False)
    ]
    length = params["length"]
    flat = scan(*starts, *rows, *fixed, **{**params, "body": body, "core": False})
    here, there = pieces(body, length, carries), pieces(params["body"], length, carries)
    finals = [piece.of(flat) for piece in here.finals]
    # Instances come first in the result; here steps do.
    stacked = [_time_first(piece.of(flat)) for piece in (*here.histories, *here.results)]
    places = (*there.finals, *there.histories, *there.results)
    return side_by_side([*finals, *stacked], places, size)


def _time_first(x: Value) -> Value:
    """The first two axes swapped."""
    strides = c_strides(x.shape)
    shape = (x.shape[1], x.shape[0], *x.shape[2:])
    return view(x, shape=shape, offset=0, strides=(strides[1], strides[0], *strides[2:]))


BY_NAME["scan"] = _batch

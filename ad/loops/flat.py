"""Bodies as functions of their arguments to one flat vector, and their derivatives as bodies."""

from __future__ import annotations

import functools
import math

from ad import derive
from ad.loops.body import Body, copy_of, fresh_graph, make_body
from ad.loops.pieces import Piece


@functools.lru_cache(maxsize=4096)
def outputs_of(body: Body) -> tuple[Piece, ...]:
    """Where each output lies in the flat result."""
    placed, offset = [], 0
    for shape in body.shapes:
        placed.append(Piece(offset, shape))
        offset += math.prod(shape)
    return tuple(placed)


def total(body: Body) -> int:
    """Elements of all outputs."""
    return sum(piece.size for piece in outputs_of(body))


@functools.lru_cache(maxsize=1024)
def tangent_body(body: Body, moving: tuple[bool, ...]) -> Body:
    """Body over the arguments and tangents of those that move, to tangents."""
    graph = fresh_graph()
    values, outputs = copy_of(body, graph)
    moved = [value for value, moves in zip(values, moving, strict=True) if moves]
    changes = [graph.input(value.shape) for value in moved]
    return make_body([*values, *changes], derive.pushforward(outputs, moved, changes))


@functools.lru_cache(maxsize=1024)
def adjoint_body(body: Body, wanted: tuple[bool, ...]) -> Body:
    """Body over the flat cotangent and the arguments, to cotangents of those wanted."""
    graph = fresh_graph()
    flat = graph.input((total(body),))
    values, outputs = copy_of(body, graph)
    asked = [value for value, wants in zip(values, wanted, strict=True) if wants]
    seeds = [piece.of(flat) for piece in outputs_of(body)]
    return make_body([flat, *values], derive.pullback(outputs, seeds, asked))

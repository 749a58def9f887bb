"""Bodies as functions of their arguments to one flat vector, and their derivatives as bodies."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

from ad import derive
from ad.graph import DATA, LITERAL
from ad.loops.body import Body, copy_of, fresh_graph, is_zero, make_body
from ad.loops.pieces import Piece
from ad.op import is_masked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.graph import Node


def wanted_of(args: Sequence[Node]) -> tuple[bool, ...]:
    """Which arguments the reverse sweep under way asks cotangents of."""
    return tuple(_is_wanted(arg) for arg in args)


def _is_wanted(arg: Node) -> bool:
    moving = arg.graph.moving
    return arg.op not in (DATA, LITERAL) if moving is None else arg.index in moving


class Adjoint(NamedTuple):
    """A body of cotangents; `marks` say which of its results come out of a selection."""

    body: Body
    marks: tuple[bool, ...]


def marks_of(cotangents: Sequence[Node], whole: Node | None = None) -> tuple[bool, ...]:
    """Whether zeros of each cotangent, a part of `whole`, mean "not taken" (`ad.derive`).

    Those of one that is zero by its form do: nothing depends on it.
    """
    every = whole is not None and is_masked(whole)
    return tuple(every or is_masked(ct) or is_zero(ct) for ct in cotangents)


def mark(cotangents: Sequence[Node], marks: Sequence[bool]) -> None:
    """Note in their graph which cotangents come out of a selection."""
    for ct, marked in zip(cotangents, marks, strict=True):
        if marked:
            ct.graph.masked.add(ct.index)


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
def adjoint_body(body: Body, wanted: tuple[bool, ...], marks: tuple[bool, ...]) -> Adjoint:
    """Body over the flat cotangent and the arguments, to cotangents of those wanted.

    `marks` are those of the parts of the flat cotangent.
    """
    graph = fresh_graph()
    flat = graph.input((total(body),))
    values, outputs = copy_of(body, graph)
    asked = [value for value, wants in zip(values, wanted, strict=True) if wants]
    seeds = parts_of(flat, body)
    mark(seeds, marks)
    parts = derive.pullback(outputs, seeds, asked)
    return Adjoint(make_body([flat, *values], parts), marks_of(parts))


def parts_of(ct: Node, body: Body) -> list[Node]:
    """The parts of a flat cotangent."""
    return [piece.of(ct) for piece in outputs_of(body)]

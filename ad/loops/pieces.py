"""Results with several parts, as one flat vector."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ad.op import TABLE, Shape, Value
from ad.ops.shape import c_strides, view

if TYPE_CHECKING:
    from collections.abc import Sequence


class Piece(NamedTuple):
    """Where a part of the flat result lies."""

    offset: int
    shape: Shape

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def of(self, flat: Value) -> Value:
        """The part."""
        return view(flat, shape=self.shape, offset=self.offset, strides=c_strides(self.shape))


def side_by_side(parts: Sequence[Value], pieces: Sequence[Piece], size: int) -> Value:
    """Flat results of `size` instances, a row each; the first axis of a part is the instances."""
    width = sum(piece.size for piece in pieces)
    places = tuple((piece.offset, (width, *c_strides(piece.shape))) for piece in pieces)
    return TABLE["assemble"](*parts, shape=(size, width), places=places)


def joined(parts: Sequence[Value]) -> Value:
    """Parts one after another along the first axis; they have elements."""
    places, start = [], 0
    for part in parts:
        places.append((start, c_strides(part.shape)))
        start += part.size
    filled = [(p, place) for p, place in zip(parts, places, strict=True) if p.size]
    rows = sum(part.shape[0] for part in parts)
    return TABLE["assemble"](
        *(part for part, _ in filled),
        shape=(rows, *parts[0].shape[1:]),
        places=tuple(place for _, place in filled),
    )

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

"""What a traced value has as an array: shape, type, length and elements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ad.op import Shape


class AsArray:
    """The part of `ad.traced.Traced` that answers as an array does."""

    __slots__ = ()

    @property
    def shape(self: Any) -> Shape:
        """Sizes of the axes."""
        try:
            return self.known.shape  # type: ignore[no-any-return] # as an array's is
        except AttributeError:  # of Python's numbers
            return ()

    @property
    def ndim(self: Any) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self: Any) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def dtype(self: Any) -> np.dtype[Any]:
        """Type of the elements: float64, or bool for a condition."""
        try:
            return self.known.dtype  # type: ignore[no-any-return] # as an array's is
        except AttributeError:
            return np.asarray(self.known).dtype

    def __len__(self: Any) -> int:
        if self.ndim == 0:
            raise TypeError("len() of unsized object")
        return int(self.shape[0])

    def __iter__(self: Any) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]

    def __repr__(self: Any) -> str:
        return f"Traced({self.value!r})"

    def tolist(self: Any) -> list[Any]:
        """Elements as (nested) lists of traced values."""
        return [row.tolist() if row.ndim else row for row in self]

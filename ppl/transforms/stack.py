"""Different maps for the parts of a vector."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ppl.transforms.base import Shape, VectorTransform


class Stack(VectorTransform):
    """The last axis is cut into parts, each with its own map.

    Parameters
    ----------
    transforms : sequence of Transform
        Of numbers or vectors.
    sizes : sequence of int
        Length of each part of x.

    Examples
    --------
    >>> from ppl.transforms import Exp, Identity
    >>> Stack([Identity(), Exp()], [1, 2]).forward(np.zeros(3)).tolist()
    [0.0, 1.0, 1.0]
    """

    def __init__(self, transforms: Sequence[Any], sizes: Sequence[int]) -> None:
        self.transforms = tuple(transforms)
        self.sizes = tuple(int(n) for n in sizes)
        if len(self.sizes) != len(self.transforms) or min(self.sizes, default=0) < 0:
            raise self._wrong_size("each transform must have a size", self.sizes)
        matrices = [t for t in self.transforms if max(t.event_dim, t.unconstrained_dim) > 1]
        if matrices:
            raise self._wrong_size("the parts must be maps of numbers or vectors", (len(matrices),))

    def forward(self, x: Any) -> Any:
        """Return the parts' images, one after another."""
        pieces = self._cut(x, self.sizes)
        images = [t.forward(p) for t, p in zip(self.transforms, pieces, strict=True)]
        return np.concatenate(images, axis=-1)

    def inverse(self, y: Any) -> Any:
        """Return what the parts come from, one after another."""
        pieces = self._cut(y, self._image_sizes())
        sources = [t.inverse(p) for t, p in zip(self.transforms, pieces, strict=True)]
        return np.concatenate(sources, axis=-1)

    def log_jacobian(self, x: Any) -> Any:
        """Return the sum of the parts' log-Jacobians."""
        total: Any = 0.0
        for transform, part in zip(self.transforms, self._cut(x, self.sizes), strict=True):
            more = transform.log_jacobian(part)
            total = total + (more if transform.unconstrained_dim else np.sum(more, axis=-1))
        return total

    def _image_sizes(self) -> tuple[int, ...]:
        pairs = zip(self.transforms, self.sizes, strict=True)
        return tuple(transform.constrained_shape((n,))[-1] for transform, n in pairs)

    def _cut(self, vector: Any, sizes: tuple[int, ...]) -> list[Any]:
        if np.shape(vector)[-1] != sum(sizes):
            raise self._wrong_size(f"the last axis must have size {sum(sizes)}", np.shape(vector))
        ends = np.cumsum((0, *sizes))
        return [vector[..., int(a) : int(b)] for a, b in pairwise(ends)]

    def _unconstrained_event(self, event: Shape) -> Shape:
        if event[0] != sum(self._image_sizes()):
            raise self._wrong_size(f"a value must have {sum(self._image_sizes())} elements", event)
        return (sum(self.sizes),)

    def _constrained_event(self, event: Shape) -> Shape:
        if event[0] != sum(self.sizes):
            raise self._wrong_size(f"the last axis must have size {sum(self.sizes)}", event)
        return (sum(self._image_sizes()),)

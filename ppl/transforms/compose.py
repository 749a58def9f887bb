"""One map after another."""

from typing import Any

import numpy as np

from ppl.transforms.base import Shape, Transform


class Compose(Transform):
    """y = last(... second(first(x))).

    Parameters
    ----------
    *parts : Transform
        In the order in which they are applied; none is the identity.

    Examples
    --------
    >>> from ppl.transforms import Affine, Exp
    >>> float(Compose(Affine(1.0, 2.0), Exp()).log_jacobian(0.0).round(6))
    1.693147
    """

    def __init__(self, *parts: Transform) -> None:
        self.parts = parts
        # The events of the whole have as many axes as those of the part with the most need.
        after = before = 0
        for part in parts:
            after = max(after + part.event_dim - part.unconstrained_dim, part.event_dim)
        for part in reversed(parts):
            before = max(before + part.unconstrained_dim - part.event_dim, part.unconstrained_dim)
        self.event_dim, self.unconstrained_dim = after, before

    def forward(self, x: Any) -> Any:
        """Return the image of `x` under all parts."""
        for part in self.parts:
            x = part.forward(x)
        return x

    def inverse(self, y: Any) -> Any:
        """Return what all parts take to `y`."""
        for part in reversed(self.parts):
            y = part.inverse(y)
        return y

    def log_jacobian(self, x: Any) -> Any:
        """Return the sum of the parts' log-Jacobians."""
        shape = np.shape(x)
        total: Any = np.zeros(shape[: len(shape) - self.unconstrained_dim])[()]
        axes = self.unconstrained_dim
        for part in self.parts:
            more = part.log_jacobian(x)
            rest = tuple(range(part.unconstrained_dim - axes, 0))
            total = total + (np.sum(more, axis=rest) if rest else more)
            axes += part.event_dim - part.unconstrained_dim
            x = part.forward(x)
        return total

    def unconstrained_shape(self, shape: Shape) -> Shape:
        """Return the shape of x for a y of `shape`."""
        for part in reversed(self.parts):
            shape = part.unconstrained_shape(shape)
        return shape

    def constrained_shape(self, shape: Shape) -> Shape:
        """Return the shape of y for an x of `shape`."""
        for part in self.parts:
            shape = part.constrained_shape(shape)
        return shape

    @property
    def inv(self) -> Transform:
        """The inverses, in the other order."""
        return Compose(*(part.inv for part in reversed(self.parts)))

    def __repr__(self) -> str:
        return f"Compose({', '.join(map(repr, self.parts))})"

"""The inverse of a map."""

from typing import Any

from ppl.transforms.base import Shape, Transform


class Inverse(Transform):
    """The map that undoes another: y = transform.inverse(x).

    Parameters
    ----------
    transform : Transform

    Examples
    --------
    >>> from ppl.transforms import Exp
    >>> float(Exp().inv.forward(1.0))
    0.0
    """

    def __init__(self, transform: Transform) -> None:
        self.transform = transform
        self.event_dim = transform.unconstrained_dim
        self.unconstrained_dim = transform.event_dim

    def forward(self, x: Any) -> Any:
        """Return the inverse of the map at `x`."""
        return self.transform.inverse(x)

    def inverse(self, y: Any) -> Any:
        """Return the map at `y`."""
        return self.transform.forward(y)

    def log_jacobian(self, x: Any) -> Any:
        """Return less the log-Jacobian of the map where it gives `x`."""
        return -self.transform.log_jacobian(self.transform.inverse(x))

    def unconstrained_shape(self, shape: Shape) -> Shape:
        """Return the map's constrained shape."""
        return self.transform.constrained_shape(shape)

    def constrained_shape(self, shape: Shape) -> Shape:
        """Return the map's unconstrained shape."""
        return self.transform.unconstrained_shape(shape)

    @property
    def inv(self) -> Transform:
        """The map itself."""
        return self.transform

    def __repr__(self) -> str:
        return f"{self.transform!r}.inv"

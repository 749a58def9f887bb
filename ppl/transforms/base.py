"""What every transform has."""

from typing import Any

Shape = tuple[int, ...]


class Transform:
    """A smooth, invertible map y = forward(x) from unconstrained x into a set.

    `x` and `y` are arrays or traced values. Element-wise maps keep the shape; maps of vectors and
    matrices override the two shape functions.
    """

    def forward(self, x: Any) -> Any:
        """Return the constrained value of an unconstrained one."""
        raise NotImplementedError

    def inverse(self, y: Any) -> Any:
        """Return the unconstrained value of a constrained one."""
        raise NotImplementedError

    def log_jacobian(self, x: Any) -> Any:
        """Return the log of |det d forward / dx| at `x`, in nats."""
        raise NotImplementedError

    def unconstrained_shape(self, shape: Shape) -> Shape:
        """Return the shape of x for a y of `shape`."""
        return shape

    def constrained_shape(self, shape: Shape) -> Shape:
        """Return the shape of y for an x of `shape`."""
        return shape

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({values})"

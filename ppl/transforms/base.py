"""What every transform has."""

from __future__ import annotations

from typing import Any

from ppl.errors import ShapeError, where

Shape = tuple[int, ...]


class Transform:
    """A smooth, invertible map y = forward(x) from unconstrained x into a set.

    `x` and `y` are arrays or traced values; axes before those of one value are a batch.

    Attributes
    ----------
    event_dim : int
        Trailing axes of one y: 0 for numbers, 1 for vectors, 2 for matrices.
    unconstrained_dim : int
        Trailing axes of one x.
    """

    event_dim = 0
    unconstrained_dim = 0

    def forward(self, x: Any) -> Any:
        """Return the constrained value of an unconstrained one."""
        raise NotImplementedError

    def inverse(self, y: Any) -> Any:
        """Return the unconstrained value of a constrained one."""
        raise NotImplementedError

    def log_jacobian(self, x: Any) -> Any:
        """Return the log of |det d forward / dx| at `x` in nats, one number for each value."""
        raise NotImplementedError

    def unconstrained_shape(self, shape: Shape) -> Shape:
        """Return the shape of x for a y of `shape`."""
        batch, event = self._split(shape, self.event_dim, "a value")
        return batch + self._unconstrained_event(event)

    def constrained_shape(self, shape: Shape) -> Shape:
        """Return the shape of y for an x of `shape`."""
        batch, event = self._split(shape, self.unconstrained_dim, "an unconstrained value")
        return batch + self._constrained_event(event)

    @property
    def inv(self) -> Transform:
        """The inverse map."""
        from ppl.transforms.inverse import Inverse  # noqa: PLC0415 - it is itself a transform

        return Inverse(self)

    def _unconstrained_event(self, event: Shape) -> Shape:
        return event

    def _constrained_event(self, event: Shape) -> Shape:
        return event

    def _split(self, shape: Shape, axes: int, what: str) -> tuple[Shape, Shape]:
        cut = len(shape) - axes
        if cut < 0:
            raise ShapeError(
                f"{type(self).__name__}: {what} must have {axes} or more axes, got shape {shape} "
                f"{where()}."
            )
        return shape[:cut], shape[cut:]

    def _wrong_size(self, what: str, got: Shape) -> ShapeError:
        return ShapeError(f"{type(self).__name__}: {what}, got shape {got} {where()}.")

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({values})"


class VectorTransform(Transform):
    """A map of vectors, the last axis, onto vectors."""

    event_dim = 1
    unconstrained_dim = 1


class MatrixTransform(Transform):
    """A map of vectors, the last axis, onto matrices, the last two axes."""

    event_dim = 2
    unconstrained_dim = 1

    def _square(self, event: Shape) -> int:
        """Order of a square matrix."""
        if event[0] != event[1] or not event[0]:
            raise self._wrong_size("the matrix must be square", event)
        return event[0]

"""What optimisers share: learning rate, clipping, the count of steps."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from inference.errors import InferenceTypeError, InferenceValueError
from inference.optimizers.schedules import Schedule, positive, schedule

Array = NDArray[np.float64]


class Optimizer(ABC):
    """A first-order method that minimises by changing a vector in place.

    Parameters
    ----------
    learning_rate : float or Schedule
    clip : float, optional
        Longest gradient, in Euclidean norm; longer ones are scaled to it (R. Pascanu, T. Mikolov
        and Y. Bengio 2013, On the difficulty of training recurrent neural networks, ICML,
        algorithm 1).

    Attributes
    ----------
    steps : int
        Made so far.
    """

    def __init__(self, learning_rate: float | Schedule, *, clip: float | None = None) -> None:
        self._rate = schedule(type(self).__name__, learning_rate)
        if clip is not None:
            positive(type(self).__name__, clip=clip)
        self._clip = clip
        self._size: int | None = None
        self.steps = 0

    def reset(self) -> None:
        """Forget all steps."""
        self.steps = 0
        self._size = None

    def step(self, x: Array, gradient: Array) -> None:
        """Change `x` against the gradient; the first step settles the length of vectors.

        Parameters
        ----------
        x : array of float64, shape (n,)
            Changed.
        gradient : array of float64, shape (n,)
            Not changed.

        Raises
        ------
        InferenceTypeError
            For what is no vector of float64 that can be written to.
        InferenceValueError
            For a gradient of another shape, and a gradient that is not finite: `x` is as it was.
        """
        name = type(self).__name__
        if not isinstance(x, np.ndarray) or x.dtype != np.float64 or x.ndim != 1:  # type: ignore[redundant-expr] # users pass anything
            raise InferenceTypeError(f"{name}.step: x must be a vector of float64, got {x!r}.")
        if not isinstance(gradient, np.ndarray) or gradient.dtype != np.float64:  # type: ignore[redundant-expr] # the same
            raise InferenceTypeError(
                f"{name}.step: gradient must be a vector of float64, got {gradient!r}."
            )
        if gradient.shape != x.shape or (self._size is not None and x.size != self._size):
            raise InferenceValueError(
                f"{name}.step: x and gradient must have the shape of the first step, got {x.shape} "
                f"and {gradient.shape}. Call reset() for another problem."
            )
        square = float(gradient @ gradient)
        if not np.isfinite(square) and not np.isfinite(gradient).all():
            bad = int(np.flatnonzero(~np.isfinite(gradient))[0])
            raise InferenceValueError(
                f"{name}.step: gradient must be finite, got {gradient[bad]} at index {bad} of step "
                f"{self.steps}. Lower the learning rate, or clip."
            )
        if self._size is None:
            self._size = x.size
            self._scratch = np.empty_like(x)
            self._start(x.size)
        if self._clip is not None and square > self._clip**2:
            gradient = gradient * (self._clip / np.sqrt(square))
        rate = self._rate(self.steps)
        self.steps += 1
        self._move(x, gradient, rate)

    @abstractmethod
    def _start(self, size: int) -> None:
        """Make the state for vectors of a length."""

    @abstractmethod
    def _move(self, x: Array, gradient: Array, rate: float) -> None:
        """Change `x`; `self.steps` counts this step already."""

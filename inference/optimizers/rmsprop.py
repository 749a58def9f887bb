"""RMSProp."""

import numpy as np

from inference.errors import InferenceValueError
from inference.optimizers.base import Array, Optimizer
from inference.optimizers.schedules import Schedule, positive


class RMSProp(Optimizer):
    """Scale each derivative by a running root mean square of its own.

    s <- decay s + (1 - decay) g^2, x <- x - rate g / (sqrt(s) + epsilon) (T. Tieleman and G. Hinton
    2012, Lecture 6.5, Neural Networks for Machine Learning).

    Parameters
    ----------
    learning_rate : float or Schedule
    decay : float
        In [0, 1).
    epsilon : float
    clip : float, optional
        Longest gradient.
    """

    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        *,
        decay: float = 0.9,
        epsilon: float = 1e-8,
        clip: float | None = None,
    ) -> None:
        super().__init__(learning_rate, clip=clip)
        if not 0.0 <= decay < 1.0:
            raise InferenceValueError(f"RMSProp: decay must be in [0, 1), got {decay!r}.")
        positive("RMSProp", epsilon=epsilon)
        self._decay, self._epsilon = decay, epsilon

    def _start(self, size: int) -> None:
        self._square = np.zeros(size)

    def _move(self, x: Array, gradient: Array, rate: float) -> None:
        s, scratch = self._square, self._scratch
        np.multiply(gradient, gradient, out=scratch)
        scratch *= 1.0 - self._decay
        s *= self._decay
        s += scratch
        np.sqrt(s, out=scratch)
        scratch += self._epsilon
        np.divide(gradient, scratch, out=scratch)
        scratch *= rate
        x -= scratch

"""Gradient descent, with momentum."""

import numpy as np

from inference.errors import InferenceValueError
from inference.optimizers.base import Array, Optimizer
from inference.optimizers.schedules import Schedule


class GradientDescent(Optimizer):
    """Gradient descent: v <- momentum v + g, x <- x - rate v.

    With `nesterov`, x <- x - rate (g + momentum v) instead (I. Sutskever, J. Martens, G. Dahl and
    G. Hinton 2013, On the importance of initialization and momentum in deep learning, ICML).

    Parameters
    ----------
    learning_rate : float or Schedule
    momentum : float
        In [0, 1).
    nesterov : bool
    clip : float, optional
        Longest gradient.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0])
    >>> GradientDescent(0.1).step(x, 2.0 * x)
    >>> x
    array([0.8])
    """

    def __init__(
        self,
        learning_rate: float | Schedule = 0.01,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        clip: float | None = None,
    ) -> None:
        super().__init__(learning_rate, clip=clip)
        if not 0.0 <= momentum < 1.0:
            raise InferenceValueError(
                f"GradientDescent: momentum must be in [0, 1), got {momentum!r}."
            )
        self._momentum, self._nesterov = momentum, nesterov

    def _start(self, size: int) -> None:
        self._velocity = np.zeros(size)

    def _move(self, x: Array, gradient: Array, rate: float) -> None:
        v, scratch = self._velocity, self._scratch
        v *= self._momentum
        v += gradient
        if self._nesterov:
            np.multiply(v, self._momentum, out=scratch)
            scratch += gradient
            scratch *= rate
        else:
            np.multiply(v, rate, out=scratch)
        x -= scratch

"""Adam, and AdamW with `weight_decay`."""

import math

import numpy as np

from inference.errors import InferenceValueError
from inference.optimizers.base import Array, Optimizer
from inference.optimizers.schedules import Schedule, positive


class Adam(Optimizer):
    """Adaptive moments.

    D. P. Kingma and J. Ba (2015), Adam, ICLR, algorithm 1; with `weight_decay` AdamW: I. Loshchilov
    and F. Hutter (2019), Decoupled Weight Decay Regularization, ICLR, algorithm 2, the decay being
    multiplied by the learning rate.

    Parameters
    ----------
    learning_rate : float or Schedule
    beta1, beta2 : float
        Decay of the means of gradients and of their squares, in [0, 1).
    epsilon : float
    weight_decay : float
        Share of `x` that is taken away at each step, times the learning rate.
    clip : float, optional
        Longest gradient.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, -3.0])
    >>> Adam(0.1).step(x, np.array([5.0, -0.2]))
    >>> x.round(6)
    array([ 0.9, -2.9])
    """

    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        clip: float | None = None,
    ) -> None:
        super().__init__(learning_rate, clip=clip)
        for name, beta in (("beta1", beta1), ("beta2", beta2)):
            if not 0.0 <= beta < 1.0:
                raise InferenceValueError(f"Adam: {name} must be in [0, 1), got {beta!r}.")
        positive("Adam", epsilon=epsilon)
        if not 0.0 <= weight_decay < math.inf:
            raise InferenceValueError(
                f"Adam: weight_decay must be at least 0, got {weight_decay!r}."
            )
        self._betas, self._epsilon, self._weight_decay = (beta1, beta2), epsilon, weight_decay

    def _start(self, size: int) -> None:
        self._mean, self._square = np.zeros(size), np.zeros(size)

    def _move(self, x: Array, gradient: Array, rate: float) -> None:
        m, v, scratch = self._mean, self._square, self._scratch
        beta1, beta2 = self._betas
        np.multiply(gradient, 1.0 - beta1, out=scratch)
        m *= beta1
        m += scratch
        np.multiply(gradient, gradient, out=scratch)
        scratch *= 1.0 - beta2
        v *= beta2
        v += scratch
        # Bias corrections as scalars: rate m / c1 / (sqrt(v / c2) + epsilon).
        root = math.sqrt(1.0 - beta2**self.steps)
        np.sqrt(v, out=scratch)
        scratch += self._epsilon * root
        np.divide(m, scratch, out=scratch)
        scratch *= rate * root / (1.0 - beta1**self.steps)
        if self._weight_decay:
            x *= 1.0 - rate * self._weight_decay
        x -= scratch

"""Vectors onto the simplex, by breaking a stick."""

from typing import Any

import numpy as np

import ad
from ppl.transforms.base import Shape, VectorTransform


class StickBreaking(VectorTransform):
    """y_k = (1 - y_1 - ... - y_{k-1}) expit(x_k - log(n - k)) for k < n; y_n is the rest.

    The origin goes to the centre. The default map of the simplex, as in Stan up to version 2.36:
    Stan reference manual 2.35, "Unit simplex". Logarithms of what is left are summed, so that
    small parts keep their digits.
    """

    def forward(self, x: Any) -> Any:
        """Return the parts of the stick, one more than there are elements in `x`."""
        broken, left = self._logs(x)
        return np.exp(np.concatenate([left[..., :-1] + broken, left[..., -1:]], axis=-1))

    def inverse(self, y: Any) -> Any:
        """Return the log odds of each part against what comes after it, centred."""
        # What is left is the sum of the parts to come: subtraction from 1 would lose its digits.
        after = np.flip(np.cumsum(np.flip(y[..., 1:], -1), axis=-1), -1)
        return np.log(y[..., :-1]) - np.log(after) + _centre(np.shape(y)[-1] - 1)

    def log_jacobian(self, x: Any) -> Any:
        """Return the sum of the logs of what is left, of the odds' slopes, before each break."""
        broken, left = self._logs(x)
        return np.sum(broken + left[..., 1:], axis=-1)

    def _logs(self, x: Any) -> tuple[Any, Any]:
        """Log of the fraction broken off each time, and of what is left before it and at last."""
        odds = x - _centre(np.shape(x)[-1])
        left = np.cumsum(ad.special.log_expit(-odds), axis=-1)
        return ad.special.log_expit(odds), np.concatenate(
            [np.zeros((*np.shape(x)[:-1], 1)), left], axis=-1
        )

    def _unconstrained_event(self, event: Shape) -> Shape:
        if event[0] < 1:
            raise self._wrong_size("a simplex must have an element", event)
        return (event[0] - 1,)

    def _constrained_event(self, event: Shape) -> Shape:
        return (event[0] + 1,)


def _centre(count: int) -> Any:
    return np.log(np.arange(float(count), 0.0, -1.0))

"""Vectors onto vectors with sum 0."""

from typing import Any

import numpy as np

from ppl.transforms.base import Shape, VectorTransform


class ZeroSum(VectorTransform):
    """y = V x with orthonormal columns V_k = (1, ..., 1, -k, 0, ..., 0) / sqrt(k (k + 1)).

    Lengths are kept, so the log-Jacobian is 0. Stan reference manual, "Zero sum vector"; Egozcue
    et al. (2003), "Isometric logratio transformations for compositional data analysis".
    """

    def forward(self, x: Any) -> Any:
        """Return V x, one element longer than `x`."""
        k, norm = _steps(np.shape(x)[-1])
        part = x / norm
        zero = np.zeros((*np.shape(x)[:-1], 1))
        ahead = np.flip(np.cumsum(np.flip(part, -1), axis=-1), -1)  # of the columns from k on
        return np.concatenate([ahead, zero], axis=-1) - np.concatenate([zero, k * part], axis=-1)

    def inverse(self, y: Any) -> Any:
        """Return V' y."""
        k, norm = _steps(np.shape(y)[-1] - 1)
        return (np.cumsum(y[..., :-1], axis=-1) - k * y[..., 1:]) / norm

    def log_jacobian(self, x: Any) -> Any:
        """Return 0."""
        return np.zeros(np.shape(x)[:-1])[()]

    def _unconstrained_event(self, event: Shape) -> Shape:
        if event[0] < 1:
            raise self._wrong_size("a vector with sum 0 must have an element", event)
        return (event[0] - 1,)

    def _constrained_event(self, event: Shape) -> Shape:
        return (event[0] + 1,)


def _steps(count: int) -> tuple[Any, Any]:
    k = np.arange(1.0, count + 1.0)
    return k, np.sqrt(k * (k + 1.0))

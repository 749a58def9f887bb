"""The planar flow."""

from typing import Any

import numpy as np

import ad
from ppl.transforms.base import VectorTransform

_BISECTIONS = 60  # of an interval of 2 |w . u|: to rounding


class Planar(VectorTransform):
    """y = x + u tanh(w . x + bias), pushed in the direction u around the plane w . x = -bias.

    `u` is `push` with its part along w changed so that w . u = log(1 + exp(w . push)) - 1 > -1,
    which makes the map invertible: Rezende and Mohamed (2015), "Variational inference with
    normalizing flows", appendix A.1. The log-Jacobian is log(1 + w . u sech^2(w . x + bias)).

    Parameters
    ----------
    w : array, shape (..., n)
        Not 0.
    push : array, shape (..., n)
    bias : array, shape (...)
    """

    def __init__(self, w: Any, push: Any, bias: Any = 0.0) -> None:
        self.w, self.push, self.bias = w, push, bias

    def _direction(self) -> tuple[Any, Any]:
        """The direction u, and w . u."""
        along = np.sum(self.w * self.push, axis=-1)
        wanted = ad.special.log1p_exp(along) - 1.0
        change = (wanted - along) / np.sum(self.w * self.w, axis=-1)
        return self.push + change[..., None] * self.w, wanted

    def forward(self, x: Any) -> Any:
        """Return x + u tanh(w . x + bias)."""
        u, _ = self._direction()
        return x + u * np.tanh(np.sum(self.w * x, axis=-1) + self.bias)[..., None]

    def inverse(self, y: Any) -> Any:
        """Return x, by the root a = w . x of a + w . u tanh(a + bias) = w . y."""
        u, slope = self._direction()
        level = np.sum(self.w * y, axis=-1)
        bias, slope = self.bias + 0.0 * level, slope + 0.0 * level

        def excess(a: Any) -> Any:
            return a + slope * np.tanh(a + bias) - level

        low, high = level - np.abs(slope), level + np.abs(slope)
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            above = excess(middle) > 0.0
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        root = ad.special.stop_gradient(0.5 * (low + high))
        for _ in range(2):  # Newton's steps give the last digits, and the derivatives
            root = root - excess(root) / (1.0 + slope / np.cosh(root + bias) ** 2)
        return y - u * np.tanh(root + bias)[..., None]

    def log_jacobian(self, x: Any) -> Any:
        """Return log(1 + w . u sech^2(w . x + bias))."""
        _, slope = self._direction()
        tangent = np.tanh(np.sum(self.w * x, axis=-1) + self.bias)
        return np.log1p(slope * (1.0 - tangent) * (1.0 + tangent))

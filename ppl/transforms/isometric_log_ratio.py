"""Vectors onto the simplex, by isometric log ratios."""

import math
from typing import Any

import numpy as np

import ad
from ppl.transforms.base import Shape, VectorTransform
from ppl.transforms.zero_sum import ZeroSum

_SUMS = ZeroSum()


class IsometricLogRatio(VectorTransform):
    """y = softmax(V x), V the orthonormal columns of `ZeroSum`.

    log |det dy/dx| of the first n - 1 elements is log(n) / 2 + sum of log y. The map of the simplex
    in Stan from version 2.37 on; Egozcue et al. (2003), "Isometric logratio transformations for
    compositional data analysis".
    """

    def forward(self, x: Any) -> Any:
        """Return the simplex, one element longer than `x`."""
        return ad.special.softmax(_SUMS.forward(x), axis=-1)

    def inverse(self, y: Any) -> Any:
        """Return V' log(y)."""
        return _SUMS.inverse(np.log(y))

    def log_jacobian(self, x: Any) -> Any:
        """Return log(n) / 2 - n log sum exp(V x)."""
        n = np.shape(x)[-1] + 1
        return 0.5 * math.log(n) - n * ad.special.logsumexp(_SUMS.forward(x), axis=-1)

    def _unconstrained_event(self, event: Shape) -> Shape:
        if event[0] < 1:
            raise self._wrong_size("a simplex must have an element", event)
        return (event[0] - 1,)

    def _constrained_event(self, event: Shape) -> Shape:
        return (event[0] + 1,)

"""Sets of vectors, on the last axis of an array."""

from typing import Any

import numpy as np

from ppl.constraints.base import Constraint


class RealVector(Constraint):
    """Vectors of real numbers, one or more."""

    event_dim = 1

    def __str__(self) -> str:
        return "a vector of finite numbers"

    def _contains(self, value: Any) -> Any:
        return np.all(np.abs(value) < np.inf, axis=-1) & (np.shape(value)[-1] > 0)


class Ordered(RealVector):
    """Vectors whose elements increase strictly."""

    def __str__(self) -> str:
        return "a strictly increasing vector"

    def _contains(self, value: Any) -> Any:
        return super()._contains(value) & np.all(value[..., 1:] > value[..., :-1], axis=-1)


class Simplex(RealVector):
    """Vectors of nonnegative numbers with sum 1, up to 1e-8."""

    def __str__(self) -> str:
        return "a vector of nonnegative numbers with sum 1"

    def _contains(self, value: Any) -> Any:
        return np.all(value >= 0.0, axis=-1) & (np.abs(np.sum(value, axis=-1) - 1.0) <= 1e-8)

"""Sets of vectors, on the last axis of an array."""

from typing import Any

import numpy as np

import ad
from ppl.constraints.base import Constraint, Shape

ROUNDING = 1e-8  # by how much a sum or a length may be off


class RealVector(Constraint):
    """Vectors of real numbers, one or more."""

    event_dim = 1

    def __str__(self) -> str:
        return "a vector of finite numbers"

    def _contains(self, value: Any) -> Any:
        return np.all(np.abs(value) < np.inf, axis=-1) & (np.shape(value)[-1] > 0)

    def _interior(self, event_shape: Shape) -> Any:
        return np.zeros(event_shape)


class PositiveVector(RealVector):
    """Vectors of positive numbers, one or more."""

    def __str__(self) -> str:
        return "a vector of positive numbers"

    def _contains(self, value: Any) -> Any:
        return super()._contains(value) & np.all(value > 0.0, axis=-1)

    def _interior(self, event_shape: Shape) -> Any:
        return np.ones(event_shape)


class Ordered(RealVector):
    """Vectors whose elements increase strictly."""

    def __str__(self) -> str:
        return "a strictly increasing vector"

    def _contains(self, value: Any) -> Any:
        return super()._contains(value) & np.all(value[..., 1:] > value[..., :-1], axis=-1)

    def _interior(self, event_shape: Shape) -> Any:
        return np.arange(1.0, event_shape[-1] + 1.0)


class PositiveOrdered(Ordered):
    """Vectors of positive numbers that increase strictly."""

    def __str__(self) -> str:
        return "a strictly increasing vector of positive numbers"

    def _contains(self, value: Any) -> Any:
        return super()._contains(value) & np.all(value > 0.0, axis=-1)


class Simplex(RealVector):
    """Vectors of nonnegative numbers with sum 1, up to 1e-8."""

    def __str__(self) -> str:
        return "a vector of nonnegative numbers with sum 1"

    def _contains(self, value: Any) -> Any:
        return np.all(value >= 0.0, axis=-1) & (np.abs(np.sum(value, axis=-1) - 1.0) <= ROUNDING)

    def _interior(self, event_shape: Shape) -> Any:
        return np.full(event_shape, 1.0 / event_shape[-1])


class ZeroSum(RealVector):
    """Vectors whose sum is 0, up to 1e-8 of their largest element."""

    def __str__(self) -> str:
        return "a vector of finite numbers with sum 0"

    def _contains(self, value: Any) -> Any:
        size = np.maximum(np.max(np.abs(value), axis=-1), 1.0)
        return super()._contains(value) & (np.abs(np.sum(value, axis=-1)) <= ROUNDING * size)


class UnitVector(RealVector):
    """Vectors of length 1, up to 1e-8."""

    def __str__(self) -> str:
        return "a vector of length 1"

    def _contains(self, value: Any) -> Any:
        return np.abs(np.sum(value * value, axis=-1) - 1.0) <= ROUNDING

    def _interior(self, event_shape: Shape) -> Any:
        return np.eye(1, event_shape[-1])[0]


class OneHot(RealVector):
    """Vectors of zeros and one 1."""

    discrete = True

    def __str__(self) -> str:
        return "a vector of zeros and one 1"

    def _contains(self, value: Any) -> Any:
        return np.all((value == 0.0) | (value == 1.0), axis=-1) & (np.sum(value, axis=-1) == 1.0)

    def _interior(self, event_shape: Shape) -> Any:
        return np.eye(1, event_shape[-1])[0]


class Counts(RealVector):
    """Vectors of nonnegative integers with a given sum."""

    discrete = True

    def __init__(self, total: Any) -> None:
        self.total = total

    def __str__(self) -> str:
        return f"a vector of nonnegative integers with sum {_sum(self.total)}"

    def _contains(self, value: Any) -> Any:
        whole = np.all((value >= 0.0) & (value == np.floor(value)), axis=-1)
        return whole & (np.sum(value, axis=-1) == self.total)

    def _interior(self, event_shape: Shape) -> Any:
        first = np.eye(1, event_shape[-1])[0]
        total = self.total if ad.is_traced(self.total) else np.asarray(self.total)
        return first * total[..., None]


class Permutation(RealVector):
    """Vectors that have each of the integers 0 to n - 1 once."""

    discrete = True

    def __str__(self) -> str:
        return "a vector of the integers from 0 up, each once"

    def _contains(self, value: Any) -> Any:
        places = np.arange(float(np.shape(value)[-1]))
        return np.all(np.any(value[..., None] == places, axis=-2), axis=-1)

    def _interior(self, event_shape: Shape) -> Any:
        return np.arange(float(event_shape[-1]))


def _sum(total: Any) -> str:
    total = ad.value_of(total)
    return f"{total:g}" if np.ndim(total) == 0 else f"a bound of shape {np.shape(total)}"

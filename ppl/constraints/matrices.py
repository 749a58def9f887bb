"""Sets of matrices, on the last two axes of an array."""

from typing import Any

import numpy as np

import ad
from ppl.constraints.base import Constraint, Shape
from ppl.constraints.vectors import ROUNDING, Simplex, ZeroSum

_AXES = (-2, -1)
_SIMPLEX = Simplex()
_ZERO_SUM = ZeroSum()


class RealMatrix(Constraint):
    """Matrices of real numbers."""

    event_dim = 2

    def __str__(self) -> str:
        return "a matrix of finite numbers"

    def _contains(self, value: Any) -> Any:
        return np.all(np.abs(value) < np.inf, axis=_AXES) & (min(np.shape(value)[-2:]) > 0)

    def _interior(self, event_shape: Shape) -> Any:
        return np.zeros(event_shape)


class RowStochastic(RealMatrix):
    """Matrices whose rows are simplexes."""

    def __str__(self) -> str:
        return "a matrix with rows of nonnegative numbers with sum 1"

    def _contains(self, value: Any) -> Any:
        return np.all(_SIMPLEX.contains(value), axis=-1)

    def _interior(self, event_shape: Shape) -> Any:
        return np.full(event_shape, 1.0 / event_shape[-1])


class ColumnStochastic(RealMatrix):
    """Matrices whose columns are simplexes."""

    def __str__(self) -> str:
        return "a matrix with columns of nonnegative numbers with sum 1"

    def _contains(self, value: Any) -> Any:
        return np.all(_SIMPLEX.contains(np.swapaxes(value, -1, -2)), axis=-1)

    def _interior(self, event_shape: Shape) -> Any:
        return np.full(event_shape, 1.0 / event_shape[-2])


class ZeroSumMatrix(RealMatrix):
    """Matrices whose rows and columns have sum 0."""

    def __str__(self) -> str:
        return "a matrix whose rows and columns have sum 0"

    def _contains(self, value: Any) -> Any:
        rows = np.all(_ZERO_SUM.contains(value), axis=-1)
        return rows & np.all(_ZERO_SUM.contains(np.swapaxes(value, -1, -2)), axis=-1)


class PositiveDefinite(RealMatrix):
    """Symmetric positive definite matrices, such as covariance matrices."""

    def __str__(self) -> str:
        return "a symmetric positive definite matrix"

    def _contains(self, value: Any) -> Any:
        if np.shape(value)[-1] != np.shape(value)[-2]:
            return np.zeros(np.shape(value)[:-2], dtype=bool)
        gap = np.max(np.abs(value - np.swapaxes(value, -1, -2)), axis=_AXES)
        symmetric = gap <= ROUNDING * np.max(np.abs(value), axis=_AXES)
        pivots = np.diagonal(ad.linalg.cholesky(value, lower=True), axis1=-2, axis2=-1)
        return symmetric & np.all(pivots > 0.0, axis=-1)  # nan where there is no factor

    def _interior(self, event_shape: Shape) -> Any:
        return np.eye(event_shape[-1])


class Correlation(PositiveDefinite):
    """Symmetric positive definite matrices with a diagonal of 1."""

    def __str__(self) -> str:
        return "a symmetric positive definite matrix with diagonal 1"

    def _contains(self, value: Any) -> Any:
        inside = super()._contains(value)
        if np.shape(value)[-1] != np.shape(value)[-2]:
            return inside
        diagonal = np.diagonal(value, axis1=-2, axis2=-1)
        return inside & np.all(np.abs(diagonal - 1.0) <= ROUNDING, axis=-1)


class CovarianceCholesky(RealMatrix):
    """Lower triangular matrices with a positive diagonal.

    Parameters
    ----------
    columns : int, optional
        Of a factor with more rows than columns; it is square if not given.
    """

    def __init__(self, columns: int | None = None) -> None:
        self.columns = columns

    def __str__(self) -> str:
        return "a lower triangular matrix with a positive diagonal"

    def _contains(self, value: Any) -> Any:
        rows, columns = np.shape(value)[-2:]
        if columns != (rows if self.columns is None else self.columns) or rows < columns:
            return np.zeros(np.shape(value)[:-2], dtype=bool)
        above = np.tri(rows, columns) == 0.0
        lower = np.all(np.where(above, value == 0.0, True), axis=_AXES)
        positive = np.all(np.diagonal(value, axis1=-2, axis2=-1) > 0.0, axis=-1)
        return super()._contains(value) & lower & positive

    def _interior(self, event_shape: Shape) -> Any:
        return np.eye(event_shape[-2], event_shape[-1])


class CorrelationCholesky(CovarianceCholesky):
    """Lower triangular matrices with a positive diagonal and rows of length 1."""

    def __init__(self) -> None:
        super().__init__()

    def __str__(self) -> str:
        return "a lower triangular matrix with a positive diagonal and rows of length 1"

    def _contains(self, value: Any) -> Any:
        lengths = np.sum(value * value, axis=-1)
        return super()._contains(value) & np.all(np.abs(lengths - 1.0) <= ROUNDING, axis=-1)

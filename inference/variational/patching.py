"""Covariances of low rank plus diagonal: parts of them, and the nearest one to another matrix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.gaussians import Dense, LowRank

Array = NDArray[np.float64]

PATCHES = 10  # expectation-maximisation steps of a projection to low rank


@dataclass(frozen=True)
class Signed:
    """A covariance diag(diagonal) + plus plus' - minus minus'."""

    diagonal: Array
    plus: Array
    minus: Array

    @classmethod
    def of(cls, law: Dense | LowRank) -> "Signed":
        """Covariance of a law."""
        d = law.dimension
        if isinstance(law, Dense):
            return cls(np.zeros(d), law.factor, np.zeros((d, 0)))
        inner = law.factor @ law.factor.T - np.eye(len(law.factor))
        values, vectors = np.linalg.eigh(0.5 * (inner + inner.T))
        columns = law.sd[:, None] * (law.basis @ (vectors * np.sqrt(np.abs(values))))
        return cls(law.sd**2, columns[:, values > 0.0], columns[:, values <= 0.0])

    def times(self, right: Array) -> Array:
        """Multiply a vector or columns."""
        scaled = (self.diagonal * right.T).T
        result: Array = scaled + self.plus @ (self.plus.T @ right)
        result -= self.minus @ (self.minus.T @ right)
        return result

    @property
    def variance(self) -> Array:
        """Diagonal of the matrix."""
        added = np.einsum("ij,ij->i", self.plus, self.plus)
        variance: Array = self.diagonal + added - np.einsum("ij,ij->i", self.minus, self.minus)
        return variance


def patch(mean: Array, target: Signed, diagonal: Array, columns: Array) -> LowRank:
    """Project a covariance to diag + columns columns' by expectation-maximisation.

    The steps of factor analysis (D. B. Rubin and D. T. Thayer 1982, EM Algorithms for ML Factor
    Analysis, Psychometrika 47) with the target for the sample covariance; each lowers the
    Kullback-Leibler divergence from the target.
    """
    variance = target.variance
    if not (variance > 0.0).all():
        raise np.linalg.LinAlgError
    rank = columns.shape[1]
    for _ in range(PATCHES):
        scaled = columns / diagonal[:, None]
        inner = np.linalg.inv(np.eye(rank) + columns.T @ scaled)
        weights = scaled @ inner  # of the regression of the factors on the variables
        product = target.times(weights)
        moment = weights.T @ product + np.eye(rank) - weights.T @ columns
        columns = np.asarray(np.linalg.solve(0.5 * (moment + moment.T), product.T).T)
        residual = variance - np.einsum("ij,ij->i", columns, product)
        diagonal = np.maximum(residual, 1e-10 * variance)
    return LowRank.of_columns(mean, np.sqrt(diagonal), columns)


def parts(law: LowRank) -> tuple[Array, Array]:
    """Diagonal and columns of a law made by `LowRank.of_columns`."""
    inner = law.factor @ law.factor.T - np.eye(len(law.factor))
    values, vectors = np.linalg.eigh(0.5 * (inner + inner.T))
    columns = law.basis @ (vectors * np.sqrt(np.maximum(values, 0.0)))
    order = np.argsort(-values)
    return law.sd**2, (law.sd[:, None] * columns)[:, order]


def projected(law: Dense | LowRank, rank: int) -> LowRank:
    """Return a law of diagonal plus `rank` columns near another one, to begin with.

    Columns that the other law does not have are small random ones: zeros would stay zeros.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the covariance is not positive definite.
    """
    target, d = Signed.of(law), law.dimension
    sd = np.sqrt(target.variance)
    if isinstance(law, Dense):
        scaled = law.factor / sd[:, None]
        values, vectors = np.linalg.eigh(scaled @ scaled.T)
        columns = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1] - 1.0, 0.0))
        columns = (sd[:, None] * columns)[:, :rank]
    else:
        columns = parts(law)[1][:, :rank]
    more = np.random.default_rng(0).standard_normal((d, rank))
    more[:, : columns.shape[1]] += 10.0 * columns / sd[:, None]
    return patch(law.mean, target, 0.5 * sd**2, 0.1 * sd[:, None] * more)

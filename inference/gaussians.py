"""Families of normal laws over unconstrained vectors, as approximations use them.

Each maps standard normal numbers to draws (x = mean + F z), knows its log density in nats, and
solves with its covariance.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LOG_2PI = math.log(2.0 * math.pi)


class Gaussian(ABC):
    """A normal law of dimension d with mean `mean` and covariance F F'."""

    mean: Array
    name: str

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return len(self.mean)

    @property
    @abstractmethod
    def log_scale(self) -> float:
        """Log of the determinant of F: half of the covariance's, in nats."""

    @abstractmethod
    def spread(self, z: Array) -> Array:
        """F z, for rows z of shape (n, d)."""

    @abstractmethod
    def whiten(self, deviations: Array) -> Array:
        """F^-1 of rows."""

    @abstractmethod
    def solve(self, deviations: Array) -> Array:
        """Covariance^-1 of rows."""

    @abstractmethod
    def covariance(self) -> Array:
        """Covariance, shape (d, d)."""

    @property
    @abstractmethod
    def variance(self) -> Array:
        """Diagonal of the covariance, shape (d,)."""

    @abstractmethod
    def arrays(self) -> dict[str, Array]:
        """What is kept of the family in a file."""

    def draw(self, z: Array) -> Array:
        """Draws from standard normal rows, shape (n, d)."""
        return self.mean + self.spread(z)

    def logdensity(self, xs: Array) -> Array:
        """Log density at rows of shape (n, d), in nats."""
        z = self.whiten(xs - self.mean)
        constant = self.log_scale + 0.5 * self.dimension * LOG_2PI
        values: Array = -0.5 * np.einsum("ij,ij->i", z, z) - constant
        return values

    @property
    def entropy(self) -> float:
        """Differential entropy, in nats."""
        return self.log_scale + 0.5 * self.dimension * (1.0 + LOG_2PI)


@dataclass(frozen=True)
class Diagonal(Gaussian):
    """Independent components: F = diag(sd)."""

    mean: Array
    sd: Array
    name = "mean_field"

    @property
    def log_scale(self) -> float:
        """Sum of log standard deviations."""
        return float(np.log(self.sd).sum())

    def spread(self, z: Array) -> Array:
        """Scale by the standard deviations."""
        return z * self.sd

    def whiten(self, deviations: Array) -> Array:
        """Divide by the standard deviations."""
        return deviations / self.sd

    def solve(self, deviations: Array) -> Array:
        """Divide by the variances."""
        return deviations / self.sd**2

    def covariance(self) -> Array:
        """Diagonal matrix."""
        return np.diag(self.sd**2)

    @property
    def variance(self) -> Array:
        """Variances."""
        return self.sd**2

    def arrays(self) -> dict[str, Array]:
        """Mean and standard deviations."""
        return {"mean": self.mean, "sd": self.sd}


@dataclass(frozen=True)
class Dense(Gaussian):
    """Any covariance: F is its lower Cholesky factor."""

    mean: Array
    factor: Array
    name = "full_rank"

    @property
    def log_scale(self) -> float:
        """Sum of logs of the factor's diagonal."""
        return float(np.log(np.diag(self.factor)).sum())

    def spread(self, z: Array) -> Array:
        """Multiply by the factor."""
        return z @ self.factor.T

    def whiten(self, deviations: Array) -> Array:
        """Forward substitution."""
        return _triangular(self.factor, deviations.T).T

    def solve(self, deviations: Array) -> Array:
        """Forward and backward substitution."""
        return _triangular(self.factor, _triangular(self.factor, deviations.T), transposed=True).T

    def covariance(self) -> Array:
        """F F'."""
        return self.factor @ self.factor.T

    @property
    def variance(self) -> Array:
        """Row sums of squares of the factor."""
        sums: Array = np.einsum("ij,ij->i", self.factor, self.factor)
        return sums

    def arrays(self) -> dict[str, Array]:
        """Mean and factor."""
        return {"mean": self.mean, "factor": self.factor}


@dataclass(frozen=True)
class LowRank(Gaussian):
    """Covariance S (I + Q (L L' - I) Q') S, with S = diag(sd) and k orthonormal columns Q.

    It is diagonal plus a part of rank k; F = S (I + Q (L - I) Q'). Everything is linear in d.
    """

    mean: Array
    sd: Array
    basis: Array
    factor: Array
    name = "low_rank"

    @classmethod
    def of_columns(cls, mean: Array, sd: Array, columns: Array) -> "LowRank":
        """Covariance diag(sd^2) + columns columns', columns of shape (d, k)."""
        basis, triangle = np.linalg.qr(columns / sd[:, None])
        middle = np.eye(len(triangle)) + triangle @ triangle.T
        return cls(mean, sd, basis, np.linalg.cholesky(middle))

    @property
    def log_scale(self) -> float:
        """Sum of logs of both scales."""
        return float(np.log(self.sd).sum() + np.log(np.diag(self.factor)).sum())

    def spread(self, z: Array) -> Array:
        """S (Q (L - I) Q' z + z)."""
        inner = z @ self.basis
        return (z + (inner @ self.factor.T - inner) @ self.basis.T) * self.sd

    def whiten(self, deviations: Array) -> Array:
        """(I + Q (L^-1 - I) Q') S^-1 of rows."""
        scaled = deviations / self.sd
        inner = scaled @ self.basis
        return scaled + (_triangular(self.factor, inner.T).T - inner) @ self.basis.T

    def solve(self, deviations: Array) -> Array:
        """S^-1 (I + Q ((L L')^-1 - I) Q') S^-1 of rows."""
        scaled = deviations / self.sd
        inner = scaled @ self.basis
        twice = _triangular(self.factor, _triangular(self.factor, inner.T), transposed=True).T
        return (scaled + (twice - inner) @ self.basis.T) / self.sd

    def covariance(self) -> Array:
        """Dense covariance."""
        spread = self.spread(np.eye(self.dimension))  # rows: F of unit vectors, so F'
        return spread.T @ spread

    @property
    def variance(self) -> Array:
        """Diagonal of the covariance, without forming it."""
        inner = self.basis @ self.factor
        change = np.einsum("ij,ij->i", inner, inner)
        change -= np.einsum("ij,ij->i", self.basis, self.basis)
        variances: Array = self.sd**2 * (1.0 + change)
        return variances

    @property
    def precision_diagonal(self) -> Array:
        """Diagonal of the inverse covariance."""
        inner = _triangular(self.factor, self.basis.T)
        change = np.einsum("ij,ij->j", inner, inner)
        change -= np.einsum("ij,ij->i", self.basis, self.basis)
        precisions: Array = (1.0 + change) / self.sd**2
        return precisions

    def arrays(self) -> dict[str, Array]:
        """Mean, scales, basis and inner factor."""
        return {"mean": self.mean, "sd": self.sd, "basis": self.basis, "factor": self.factor}


FAMILIES: dict[str, type[Diagonal] | type[Dense] | type[LowRank]]
FAMILIES = {family.name: family for family in (Diagonal, Dense, LowRank)}


def symmetrised_divergence(p: Gaussian, q: Gaussian) -> float:
    """Sum of both Kullback-Leibler divergences of two normal laws, in nats.

    KL(p|q) + KL(q|p) = (tr(Q^-1 P) + tr(P^-1 Q)) / 2 - d + m' (P^-1 + Q^-1) m / 2, with m the
    difference of means: the log determinants cancel.
    """
    m = (p.mean - q.mean)[None, :]
    means = 0.5 * float(((p.solve(m) + q.solve(m)) @ m.T)[0, 0])
    if isinstance(p, Diagonal) and isinstance(q, Diagonal):
        ratio = p.variance / q.variance
        return means + 0.5 * float((ratio + 1.0 / ratio - 2.0).sum())
    if isinstance(p, LowRank) and isinstance(q, LowRank):
        return means + 0.5 * (_trace(p, q) + _trace(q, p)) - p.dimension
    unit = np.eye(p.dimension)
    forward, backward = q.whiten(p.spread(unit)), p.whiten(q.spread(unit))
    traces = float((forward**2).sum() + (backward**2).sum())
    return means + 0.5 * traces - p.dimension


def _trace(p: LowRank, q: LowRank) -> float:
    """tr(Q^-1 P), linear in the dimension: P = D + U M U', Q^-1 = E^-1 + W N W'."""
    columns, middle = p.sd[:, None] * p.basis, p.factor @ p.factor.T - np.eye(len(p.factor))
    rows = q.basis / q.sd[:, None]
    half = _triangular(q.factor, np.eye(len(q.factor)))
    inner = half.T @ half - np.eye(len(half))
    cross = rows.T @ columns
    trace = float((p.sd**2 / q.sd**2).sum())
    trace += float(np.sum(middle * (columns.T @ (columns / q.sd[:, None] ** 2))))
    trace += float(np.sum(inner * (rows.T @ (rows * p.sd[:, None] ** 2))))
    return trace + float(np.sum((inner @ cross) * (cross @ middle)))


def _triangular(factor: Array, right: Array, *, transposed: bool = False) -> Array:
    # SciPy is not imported with the package: a sampler does not need it.
    from scipy.linalg import solve_triangular  # noqa: PLC0415

    solution: Array = solve_triangular(
        factor, right, lower=True, trans="T" if transposed else "N", check_finite=False
    )
    return solution

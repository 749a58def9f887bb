"""What Wishart laws share: a scale matrix or its factor, and Bartlett's decomposition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import ad
from ppl.constraints import covariance_cholesky, greater_than, positive_definite
from ppl.distributions.events import EventLaw
from ppl.distributions.gaussian import log_diagonal, transpose
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2, LOG_PI, log_gamma_half_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.distributions.base import Shape


def multigammaln(a: Any, order: int) -> Any:
    """Logarithm of the multivariate gamma function (DLMF 35.3.4)."""
    steps = 0.5 * np.arange(float(order))
    each = ad.special.gammaln(a[..., None] - steps)
    return np.sum(each, axis=-1) + 0.25 * order * (order - 1) * LOG_PI


def multidigamma(a: Any, order: int) -> Any:
    """Derivative of `multigammaln` in a."""
    return np.sum(ad.special.digamma(a[..., None] - 0.5 * np.arange(float(order))), axis=-1)


def squares(matrix: Any) -> Any:
    """Sum of the squares of the elements of matrices."""
    return np.sum(matrix * matrix, axis=(-2, -1))


def log_factor_jacobian(factor: Any) -> Any:
    """Log of |d(L L') / dL| of lower triangles: n log 2 + sum of (n - k + 1) log L_kk."""
    order = np.shape(factor)[-1]
    weights = np.arange(float(order), 0.0, -1.0)
    logs = np.log(np.diagonal(factor, axis1=-2, axis2=-1))
    return order * LOG_2 + np.sum(weights * logs, axis=-1)


def triangles(rng: np.random.Generator, shape: Shape, freedom: Any) -> Any:
    """Draw lower triangles: standard normal, on the diagonal chi with these degrees of freedom.

    With df, df - 1, ... along the diagonal they are lower factors of standard Wishart matrices:
    Bartlett's decomposition.
    """
    order = np.shape(freedom)[-1]
    below = rng.standard_normal((*shape, order, order)) * np.tri(order, k=-1)
    squares_ = rng.chisquare(np.broadcast_to(freedom, (*shape, order)))
    return below + np.sqrt(squares_)[..., None] * np.eye(order)


class ScaleMatrixLaw(EventLaw):
    """A law of L L' with a scale matrix T T': L is T A for Wishart matrices, else T B^-1.

    A and B are `triangles`: A A' is a standard Wishart matrix, and so is B' B, whose inverse is
    B^-1 B^-T. What the four laws have is here, with a `sign` of 1 or, for the inverses, of -1.
    """

    df = parameter(lambda law: greater_than(law._order() - 1.0), aliases=("nu",))  # noqa: SLF001 - of this very class
    scale_matrix = parameter(
        positive_definite,
        keyword_only=True,
        group="scale",
        aliases=("V",),
        derived=lambda law: law.scale_tril @ transpose(law.scale_tril),
    )
    scale_tril = parameter(
        covariance_cholesky(),
        keyword_only=True,
        group="scale",
        derived=lambda law: ad.linalg.cholesky(law.scale_matrix),
    )
    axes: ClassVar[Mapping[str, str]] = {"scale_matrix": "nn", "scale_tril": "nn"}
    event = "nn"
    sign: ClassVar[int] = 1

    def _order(self) -> int:
        return self._sizes.get("n", 1)

    def _freedom(self) -> Any:
        """Degrees of freedom along the diagonal of the triangle, shape (..., n)."""
        n = self._order()
        return self.df[..., None] - np.arange(float(n))[:: self.sign]

    def _draw_factor(self, rng: np.random.Generator, shape: Shape) -> Any:
        triangle = triangles(rng, shape, self._freedom())
        if self.sign == 1:
            return self.scale_tril @ triangle
        # L B = T, that is B' L' = T'
        upper = transpose(np.broadcast_to(self.scale_tril, triangle.shape))
        return transpose(np.linalg.solve(transpose(triangle), upper))

    def _matrix_log_prob(self, factor: Any) -> Any:
        """Log density of L L' at a factor."""
        n, scale = self._order(), self.scale_tril
        first, second = (scale, factor) if self.sign == 1 else (factor, scale)
        white = ad.linalg.solve_triangular(first, second, lower=True)
        size, volume = log_diagonal(factor), log_diagonal(scale)
        constant = 0.5 * n * LOG_2 * self.df + multigammaln(0.5 * self.df, n)
        power = self.sign * self.df * (size - volume) - (n + 1.0) * size
        return power - 0.5 * squares(white) - constant

    def _matrix_entropy(self) -> Any:
        """Entropy of L L'."""
        n = self._order()
        digamma = multidigamma(0.5 * self.df, n)
        size = log_diagonal(self.scale_tril) + 0.5 * self.sign * (digamma + n * LOG_2)
        rest = multigammaln(0.5 * self.df, n) + 0.5 * self.df * (n - digamma)
        return rest + (n + 1.0) * size


class MatrixOfFactor(ScaleMatrixLaw):
    """The law of the matrix L L'."""

    support = positive_definite

    def _log_prob(self, value: Any) -> Any:
        return self._matrix_log_prob(ad.linalg.cholesky(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        factor = self._draw_factor(rng, shape)
        return factor @ transpose(factor)

    def _entropy(self) -> Any:
        return self._matrix_entropy()


class Factor(ScaleMatrixLaw):
    """The law of the lower factor L."""

    support = covariance_cholesky()

    def _log_prob(self, value: Any) -> Any:
        return self._matrix_log_prob(value) + log_factor_jacobian(value)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._draw_factor(rng, shape)

    def _triangle_moments(self) -> tuple[Any, Any]:
        """Means on the diagonal of A or B^-1, (..., n), and variances of all elements, (..., n, n).

        The elements are uncorrelated: changing signs of rows and columns together changes nothing.
        """
        n, freedom = self._order(), self._freedom()
        if self.sign == 1:
            half = log_gamma_half_step(0.5 * freedom)
            mean, own = np.sqrt(freedom) * np.exp(half), -freedom * np.expm1(2.0 * half)
            return mean, np.tri(n, k=-1) + own[..., None] * np.eye(n)
        # C = B^-1 has C[i, j] = -sum over k from j to i - 1 of B[i, k] C[k, j], over B[i, i].
        x = 0.5 * (np.where(freedom > 2.0, freedom, 3.0) - 1.0)
        half = log_gamma_half_step(x)
        own = (0.5 - (x - 0.5) * np.expm1(-2.0 * half)) / (2.0 * x * (x - 0.5))
        square = 0.5 / (x - 0.5)  # the expectation of 1 / B[i, i]^2
        upto = np.cumprod(1.0 + square, axis=-1)
        rows, columns = square * upto / (1.0 + square), square / upto
        below = rows[..., :, None] * columns[..., None, :] * np.tri(n, k=-1)
        some = 0.5 * (np.where(freedom > 1.0, freedom, 3.0) - 1.0)
        mean = np.exp(-log_gamma_half_step(some)) / np.sqrt(2.0 * some)
        return mean, below + own[..., None] * np.eye(n)

    def _mean(self) -> Any:
        mean = self._triangle_moments()[0]
        if self.sign == -1:
            mean = np.where(self._freedom() > 1.0, mean, np.nan)
        return np.where(np.tri(self._order()) > 0.0, self.scale_tril * mean[..., None, :], 0.0)

    def _lost(self) -> tuple[Any, Any]:
        """Where the variances of a column do not exist, and what they are there, (..., 1, n)."""
        freedom = self._freedom()[..., None, :]
        few = (freedom <= 2.0) & (self.sign == -1)
        return few, np.where(freedom > 1.0, np.inf, np.nan)

    def _variance(self) -> Any:
        known = (self.scale_tril * self.scale_tril) @ self._triangle_moments()[1]
        few, unknown = self._lost()
        return np.where(few & (np.tri(self._order()) > 0.0), unknown, known)

    def _covariance(self) -> Any:
        # Columns are uncorrelated, and each is that of the triangle times the scale's factor.
        n, scale = self._order(), self.scale_tril
        each = np.swapaxes(self._triangle_moments()[1], -1, -2)[..., None]
        known = scale[..., None, :, :] @ (each * transpose(scale)[..., None, :, :])
        few, unknown = (np.swapaxes(part, -1, -2)[..., None] for part in self._lost())
        below = np.tri(n).T > 0.0  # of a column, its rows
        there = few & below[:, :, None] & below[:, None, :]
        column = np.where(there, np.where(np.eye(n) > 0.0, unknown, np.nan), known)
        column = np.moveaxis(column, -3, -2)[..., None]
        return np.where(np.eye(n)[:, None, :] > 0.0, column, 0.0)

    def _entropy(self) -> Any:
        n = self._order()
        logs = 0.5 * self.sign * (ad.special.digamma(0.5 * self._freedom()) + LOG_2)
        logs = logs + np.log(np.diagonal(self.scale_tril, axis1=-2, axis2=-1))
        jacobian = n * LOG_2 + np.sum(np.arange(float(n), 0.0, -1.0) * logs, axis=-1)
        return self._matrix_entropy() - jacobian

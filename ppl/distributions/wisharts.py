"""What Wishart laws share: a scale matrix or its factor, and Bartlett's decomposition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import ad
from ppl.constraints import covariance_cholesky, greater_than, positive_definite
from ppl.distributions.events import EventLaw
from ppl.distributions.gaussian import log_diagonal, transpose
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2, LOG_PI

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


def bartlett(rng: np.random.Generator, shape: Shape, df: Any, order: int) -> Any:
    """Lower factors of standard Wishart matrices: Bartlett's decomposition."""
    below = rng.standard_normal((*shape, order, order)) * np.tri(order, k=-1)
    freedom = np.broadcast_to(df, shape)[..., None] - np.arange(float(order))
    return below + np.sqrt(rng.chisquare(freedom))[..., None] * np.eye(order)


class ScaleMatrixLaw(EventLaw):
    """A law of positive definite matrices with degrees of freedom and a scale matrix."""

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

    def _order(self) -> int:
        return self._sizes.get("n", 1)

    def _bartlett(self, rng: np.random.Generator, shape: Shape, df: Any) -> Any:
        """Lower factors of standard Wishart matrices of the law's order."""
        return bartlett(rng, shape, df, self._order())

    def _wishart_log_prob(self, factor: Any) -> Any:
        """Log density of the Wishart law at L L'."""
        n = self._order()
        white = ad.linalg.solve_triangular(self.scale_tril, factor, lower=True)
        constant = 0.5 * n * LOG_2 * self.df + multigammaln(0.5 * self.df, n)
        constant = constant + self.df * log_diagonal(self.scale_tril)
        return (self.df - n - 1.0) * log_diagonal(factor) - 0.5 * squares(white) - constant

    def _inverse_wishart_log_prob(self, factor: Any) -> Any:
        """Log density of the inverse Wishart law at L L'."""
        n = self._order()
        white = ad.linalg.solve_triangular(factor, self.scale_tril, lower=True)
        constant = 0.5 * n * LOG_2 * self.df + multigammaln(0.5 * self.df, n)
        constant = constant - self.df * log_diagonal(self.scale_tril)
        return -(self.df + n + 1.0) * log_diagonal(factor) - 0.5 * squares(white) - constant

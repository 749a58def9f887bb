"""Student's t law of a matrix."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import covariance_cholesky, positive, positive_definite, real_matrix
from ppl.distributions.base import Shape
from ppl.distributions.gaussian import log_diagonal, transpose
from ppl.distributions.parameter import parameter
from ppl.distributions.rows_columns import RowsAndColumns
from ppl.distributions.wisharts import multidigamma, multigammaln, triangles
from ppl.numerics import LOG_PI


class MatrixStudentT(RowsAndColumns):
    """Law of loc + A S^-T Z B', S S' standard Wishart with df + n - 1 degrees, Z standard normal.

    Exactly one of the matrices of each pair is given, by name.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, positive; also `nu`.
    loc : array, shape (..., n, m), default 0
        Mean, where df > 1; also `mu`.
    row_scale, scale_tril_row : array, shape (..., n, n)
        A A' or its lower Cholesky factor.
    column_scale, scale_tril_column : array, shape (..., m, m)
        B B' or its lower Cholesky factor.

    Notes
    -----
    Gupta and Nagar (1999), "Matrix Variate Distributions", definition 4.2.1. With one column it is
    the law of a vector with scale matrix A A' B^2 / df.

    Examples
    --------
    >>> law = MatrixStudentT(4.0, row_scale=[[2.0]], column_scale=[[3.0, 0.0], [0.0, 1.0]])
    >>> law.variance.round(12).tolist()
    [[3.0, 1.0]]
    """

    df = parameter(positive, aliases=("nu",))
    loc = parameter(real_matrix, default=0.0, aliases=("mu",))
    row_scale = parameter(
        positive_definite,
        keyword_only=True,
        group="rows",
        derived=lambda law: law.scale_tril_row @ transpose(law.scale_tril_row),
    )
    scale_tril_row = parameter(
        covariance_cholesky(),
        keyword_only=True,
        group="rows",
        derived=lambda law: ad.linalg.cholesky(law.row_scale),
    )
    column_scale = parameter(
        positive_definite,
        keyword_only=True,
        group="columns",
        derived=lambda law: law.scale_tril_column @ transpose(law.scale_tril_column),
    )
    scale_tril_column = parameter(
        covariance_cholesky(),
        keyword_only=True,
        group="columns",
        derived=lambda law: ad.linalg.cholesky(law.column_scale),
    )
    axes: ClassVar[Mapping[str, str]] = {
        **RowsAndColumns.axes,
        "row_scale": "nn",
        "column_scale": "mm",
    }

    def _log_prob(self, value: Any) -> Any:
        n, m = self._sizes["n"], self._sizes["m"]
        white = self._white(value)
        # det(I + W W') = det(I + W' W): the smaller one
        inner = transpose(white) @ white if n <= m else white @ transpose(white)
        spread = log_diagonal(ad.linalg.cholesky(np.eye(min(n, m)) + inner))
        return self._log_peak() - (self.df + n - 1.0 + m) * spread

    def _log_peak(self) -> Any:
        """Log density at `loc`."""
        n, m = self._sizes["n"], self._sizes["m"]
        base = 0.5 * (self.df + n - 1.0)
        constant = multigammaln(base + 0.5 * m, n) - multigammaln(base, n) - 0.5 * n * m * LOG_PI
        return constant - self._volume()

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        n, m = self._sizes["n"], self._sizes["m"]
        factor = triangles(rng, shape, self.df[..., None] + np.arange(n - 1.0, -1.0, -1.0))
        white = np.linalg.solve(transpose(factor), rng.standard_normal((*shape, n, m)))
        return self._coloured(white)

    def _mean(self) -> Any:
        return np.where((self.df > 1.0)[..., None, None], self.loc, np.nan)

    def _inflation(self) -> Any:
        """Variance of the elements of S^-T Z."""
        rest = np.where(self.df > 2.0, self.df - 2.0, 1.0)
        return np.where(self.df > 2.0, 1.0 / rest, np.where(self.df > 1.0, np.inf, np.nan))

    def _variance(self) -> Any:
        return self._inflation()[..., None, None] * self._squares()

    def _covariance(self) -> Any:
        return self._inflation()[..., None, None, None, None] * self._products()

    def _entropy(self) -> Any:
        n, m = self._sizes["n"], self._sizes["m"]
        base = 0.5 * (self.df + n - 1.0)
        # Moments of det(I + W W') shift the degrees of freedom: its log has this mean.
        log_det = multidigamma(base + 0.5 * m, n) - multidigamma(base, n)
        return (base + 0.5 * m) * log_det - self._log_peak()

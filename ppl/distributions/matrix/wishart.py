"""The Wishart law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import positive_definite
from ppl.distributions.base import Shape
from ppl.distributions.gaussian import log_diagonal, transpose
from ppl.distributions.wisharts import ScaleMatrixLaw, multidigamma, multigammaln
from ppl.numerics import LOG_2


class Wishart(ScaleMatrixLaw):
    """Law of the sum of y y' over `df` independent normal y with covariance `scale_matrix`.

    Exactly one of the matrices is given, by name.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, greater than n - 1; also `nu`.
    scale_matrix : array, shape (..., n, n)
        Symmetric positive definite; also `V`.
    scale_tril : array, shape (..., n, n)
        Its lower Cholesky factor.

    Examples
    --------
    >>> Wishart(4.0, scale_matrix=[[1.0, 0.0], [0.0, 2.0]]).mean.tolist()
    [[4.0, 0.0], [0.0, 8.0]]
    """

    support = positive_definite

    def _log_prob(self, value: Any) -> Any:
        return self._wishart_log_prob(ad.linalg.cholesky(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        factor = self.scale_tril @ self._bartlett(rng, shape, self.df)
        return factor @ transpose(factor)

    def _mean(self) -> Any:
        return self.df[..., None, None] * self.scale_matrix

    def _variance(self) -> Any:
        scale = self.scale_matrix
        diagonal = np.diagonal(scale, axis1=-2, axis2=-1)
        products = diagonal[..., None] * diagonal[..., None, :]
        return self.df[..., None, None] * (scale * scale + products)

    def _entropy(self) -> Any:
        n = self._order()
        digamma = multidigamma(0.5 * self.df, n)
        volume = log_diagonal(self.scale_tril)
        constant = 0.5 * n * (n + 1) * LOG_2 + (n + 1.0) * volume + multigammaln(0.5 * self.df, n)
        return constant + 0.5 * self.df * n - 0.5 * (self.df - n - 1.0) * digamma

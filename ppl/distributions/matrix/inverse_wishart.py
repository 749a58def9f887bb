"""The inverse Wishart law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import positive_definite
from ppl.distributions.base import Shape
from ppl.distributions.gaussian import log_diagonal, transpose
from ppl.distributions.wisharts import ScaleMatrixLaw, multidigamma, multigammaln
from ppl.numerics import LOG_2


class InverseWishart(ScaleMatrixLaw):
    """Law of the inverse of a Wishart matrix with the inverse of `scale_matrix` as its scale.

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
    >>> InverseWishart(5.0, scale_matrix=[[2.0, 0.0], [0.0, 4.0]]).mean.tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """

    support = positive_definite

    def _log_prob(self, value: Any) -> Any:
        return self._inverse_wishart_log_prob(ad.linalg.cholesky(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        factor = inverse_wishart_factor(self, rng, shape)
        return factor @ transpose(factor)

    def _mean(self) -> Any:
        rest = self.df - self._order() - 1.0
        return np.where(rest > 0.0, 1.0 / rest, np.nan)[..., None, None] * self.scale_matrix

    def _variance(self) -> Any:
        n, scale = self._order(), self.scale_matrix
        rest = self.df - n
        diagonal = np.diagonal(scale, axis1=-2, axis2=-1)
        products = diagonal[..., None] * diagonal[..., None, :]
        rest_ = rest[..., None, None]
        top = (rest_ + 1.0) * scale * scale + (rest_ - 1.0) * products
        below = rest * (rest - 1.0) ** 2 * (rest - 3.0)
        return np.where(rest > 3.0, 1.0 / below, np.nan)[..., None, None] * top

    def _entropy(self) -> Any:
        n = self._order()
        volume = log_diagonal(self.scale_tril)
        constant = multigammaln(0.5 * self.df, n) + 0.5 * n * self.df + (n + 1.0) * volume
        digamma = multidigamma(0.5 * self.df, n)
        return constant - 0.5 * n * (n + 1) * LOG_2 - 0.5 * (self.df + n + 1.0) * digamma


def inverse_wishart_factor(law: ScaleMatrixLaw, rng: np.random.Generator, shape: Shape) -> Any:
    """Draw lower Cholesky factors of inverse Wishart matrices."""
    # With W = A A' standard, L W^-1 L' = (L A'^-1) (L A'^-1)'; its lower factor by QR.
    a = law._bartlett(rng, shape, law.df)  # noqa: SLF001 - shared by the two laws
    half = np.linalg.solve(a, transpose(np.broadcast_to(law.scale_tril, a.shape)))
    upper = np.linalg.qr(half, mode="r")
    signs = np.sign(np.diagonal(upper, axis1=-2, axis2=-1))
    return transpose(upper * signs[..., None])

"""The inverse Wishart law."""

from typing import Any, ClassVar

import numpy as np

from ppl.distributions.wisharts import MatrixOfFactor


class InverseWishart(MatrixOfFactor):
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

    sign: ClassVar[int] = -1

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

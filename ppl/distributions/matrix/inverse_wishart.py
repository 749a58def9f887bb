"""The inverse Wishart law."""

from typing import Any, ClassVar

import numpy as np

from ppl.distributions.gaussian import transpose
from ppl.distributions.rows_columns import crossed
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

    def _denominator(self) -> Any:
        """What variances are divided by; NaN where they do not exist."""
        rest = self.df - self._order()
        return np.where(rest > 3.0, rest * (rest - 1.0) ** 2 * (rest - 3.0), np.nan)

    def _variance(self) -> Any:
        scale, rest = self.scale_matrix, (self.df - self._order())[..., None, None]
        diagonal = np.diagonal(scale, axis1=-2, axis2=-1)
        products = diagonal[..., None] * diagonal[..., None, :]
        top = (rest + 1.0) * scale * scale + (rest - 1.0) * products
        return top / self._denominator()[..., None, None]

    def _covariance(self) -> Any:
        # Von Rosen (1988), "Moments for the inverted Wishart distribution"
        scale, four = self.scale_matrix, (..., None, None, None, None)
        rest, pairs = (self.df - self._order())[four], crossed(scale, scale)
        own = scale[..., :, :, None, None] * scale[..., None, None, :, :]
        top = 2.0 * own + (rest - 1.0) * (pairs + transpose(pairs))
        return top / self._denominator()[four]

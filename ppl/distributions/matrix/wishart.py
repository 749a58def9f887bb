"""The Wishart law."""

from typing import Any

import numpy as np

from ppl.distributions.gaussian import transpose
from ppl.distributions.rows_columns import crossed
from ppl.distributions.wisharts import MatrixOfFactor


class Wishart(MatrixOfFactor):
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

    def _mean(self) -> Any:
        return self.df[..., None, None] * self.scale_matrix

    def _variance(self) -> Any:
        scale = self.scale_matrix
        diagonal = np.diagonal(scale, axis1=-2, axis2=-1)
        products = diagonal[..., None] * diagonal[..., None, :]
        return self.df[..., None, None] * (scale * scale + products)

    def _covariance(self) -> Any:
        # Muirhead (1982), "Aspects of Multivariate Statistical Theory", section 3.2
        pairs = crossed(self.scale_matrix, self.scale_matrix)
        return self.df[..., None, None, None, None] * (pairs + transpose(pairs))

"""The Wishart law of a Cholesky factor."""

from typing import Any

import numpy as np

from ppl.constraints import covariance_cholesky
from ppl.distributions.base import Shape
from ppl.distributions.wisharts import ScaleMatrixLaw, log_factor_jacobian


class WishartCholesky(ScaleMatrixLaw):
    """Law of the lower Cholesky factor L of a matrix L L' with the law `Wishart`.

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
    >>> law = WishartCholesky(3.0, scale_tril=[[1.0]])  # a chi variable with 3 degrees of freedom
    >>> round(float(law.log_prob([[1.0]])), 12)
    -0.725791352645
    """

    support = covariance_cholesky()

    def _log_prob(self, value: Any) -> Any:
        return self._wishart_log_prob(value) + log_factor_jacobian(value)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale_tril @ self._bartlett(rng, shape, self.df)

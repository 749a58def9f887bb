"""The multivariate normal law."""

from typing import Any

import numpy as np

from ppl.constraints import real_vector
from ppl.distributions.base import Shape
from ppl.distributions.gaussian import Gaussian


class MultivariateNormal(Gaussian):
    """Normal law of a vector.

    Exactly one of the three matrices is given, by name. The density is computed by a Cholesky
    factor of what is given; nothing is inverted.

    Parameters
    ----------
    loc : array, shape (..., n), default 0
        Mean; also `mu`. A number is the same mean for all elements.
    covariance_matrix : array, shape (..., n, n)
        Symmetric positive definite; also `cov`. Its lower triangle is read.
    precision_matrix : array, shape (..., n, n)
        Inverse of the covariance matrix; also `tau`.
    scale_tril : array, shape (..., n, n)
        Lower Cholesky factor of the covariance matrix, with a positive diagonal; also `chol`.

    Examples
    --------
    >>> law = MultivariateNormal([0.0, 1.0], covariance_matrix=[[2.0, 0.5], [0.5, 1.0]])
    >>> round(float(law.log_prob([0.0, 1.0])), 12)
    -2.117684960377
    """

    support = real_vector

    def _log_prob(self, value: Any) -> Any:
        return self._normal_log_prob(value)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._normal_draw(rng, shape)

    def _mean(self) -> Any:
        return self.loc

    def _variance(self) -> Any:
        return self._normal_variance()

    def _covariance(self) -> Any:
        return self.covariance_matrix

    def _entropy(self) -> Any:
        return self._normal_entropy()

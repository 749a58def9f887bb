"""The multivariate log-normal law."""

from typing import Any

import numpy as np

from ppl.constraints import positive_vector
from ppl.distributions.base import Shape
from ppl.distributions.gaussian import Gaussian


class MultivariateLogNormal(Gaussian):
    """Law of a vector whose logarithm is normal.

    Parameters
    ----------
    loc : array, shape (..., n), default 0
        Mean of the logarithm; also `mu`.
    covariance_matrix, precision_matrix, scale_tril : array, shape (..., n, n)
        Of the logarithm, exactly one, by name, as for `MultivariateNormal`.

    Examples
    --------
    >>> law = MultivariateLogNormal([0.0, 0.0], scale_tril=[[1.0, 0.0], [0.0, 1.0]])
    >>> law.mean.round(6).tolist()
    [1.648721, 1.648721]
    """

    support = positive_vector

    def _log_prob(self, value: Any) -> Any:
        logs = np.log(value)
        return self._normal_log_prob(logs) - np.sum(logs, axis=-1)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return np.exp(self._normal_draw(rng, shape))

    def _mean(self) -> Any:
        return np.exp(self.loc + 0.5 * self._normal_variance())

    def _variance(self) -> Any:
        return self._mean() ** 2 * np.expm1(self._normal_variance())

    def _covariance(self) -> Any:
        mean = self._mean()
        return mean[..., None] * mean[..., None, :] * np.expm1(self.covariance_matrix)

    def _entropy(self) -> Any:
        return self._normal_entropy() + np.sum(
            np.broadcast_to(self.loc, self.batch_shape + self.event_shape), axis=-1
        )

"""The law of Lewandowski, Kurowicka and Joe on correlation matrices."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import correlation
from ppl.distributions.base import Shape
from ppl.distributions.correlations import Correlations
from ppl.distributions.gaussian import log_diagonal, transpose


class LKJ(Correlations):
    """Law on correlation matrices with density proportional to det(R)^(concentration - 1).

    For concentration 1 it is uniform. The density is with respect to the elements below the
    diagonal. `LKJCholesky` is the same law of the Cholesky factor, which is cheaper.

    Parameters
    ----------
    dimension : int
        Order of the matrix.
    concentration : array, shape (...), default 1
        Positive, by name; also `eta`.

    Notes
    -----
    Lewandowski, Kurowicka and Joe (2009), "Generating random correlation matrices based on vines
    and extended onion method", equation 17.

    Examples
    --------
    >>> round(float(LKJ(2, concentration=1.0).log_prob(np.eye(2))), 12)
    -0.69314718056
    """

    support = correlation

    def _log_prob(self, value: Any) -> Any:
        log_det = 2.0 * log_diagonal(ad.linalg.cholesky(value))
        return (self.concentration - 1.0) * log_det - self._log_volume()

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        factor = self._draw_factor(rng, shape)
        return np.where(np.eye(self._dimension) > 0.0, 1.0, factor @ transpose(factor))

    def _mean(self) -> Any:
        return np.eye(self._dimension)

    def _square(self) -> Any:
        """Variance of a correlation."""
        return 1.0 / (2.0 * self.concentration + self._dimension - 1.0)

    def _variance(self) -> Any:
        return self._square()[..., None, None] * (1.0 - np.eye(self._dimension))

    def _covariance(self) -> Any:
        # Changing the sign of a variable changes nothing: products of two correlations have mean 0.
        eye = np.eye(self._dimension)
        same = eye[:, None, :, None] * eye[:, None, :]
        each = (same + np.swapaxes(same, -1, -2)) * (1.0 - eye)
        return self._square()[..., None, None, None, None] * each

    def _entropy(self) -> Any:
        count = self._dimension - 1.0 - np.arange(self._dimension - 1.0)
        log_det = np.sum(count * self._expected_logs(), axis=-1)
        return self._log_volume() - (self.concentration - 1.0) * log_det

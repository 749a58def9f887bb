"""The law of Lewandowski, Kurowicka and Joe on Cholesky factors of correlation matrices."""

from typing import Any

import numpy as np

from ppl.constraints import correlation_cholesky
from ppl.distributions.base import Shape
from ppl.distributions.correlations import Correlations
from ppl.numerics import log_gamma_half_step


class LKJCholesky(Correlations):
    """Law of the lower Cholesky factor L of a correlation matrix L L' with the law `LKJ`.

    The density, with respect to the elements below the diagonal, is proportional to the product of
    L[k, k]^(dimension - k + 2 concentration - 2), k = 1, ..., dimension.

    Parameters
    ----------
    dimension : int
        Order of the matrix.
    concentration : array, shape (...), default 1
        Positive, by name; also `eta`.

    Notes
    -----
    Lewandowski, Kurowicka and Joe (2009), "Generating random correlation matrices based on vines
    and extended onion method".

    Examples
    --------
    >>> round(float(LKJCholesky(2, concentration=1.0).log_prob(np.eye(2))), 12)
    -0.69314718056
    """

    support = correlation_cholesky

    def _log_prob(self, value: Any) -> Any:
        logs = np.log(np.diagonal(value, axis1=-2, axis2=-1)[..., 1:])
        after = np.arange(self._dimension - 2.0, -1.0, -1.0)
        power = after + 2.0 * (self.concentration[..., None] - 1.0)
        return np.sum(power * logs, axis=-1) - self._log_volume()

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._draw_factor(rng, shape)

    def _rests(self) -> Any:
        """Log of the expectation of 1 - z^2 in the columns, added up along a row from 0."""
        b = self._shapes(np.arange(self._dimension - 1.0))
        logs = -np.cumsum(np.log1p(0.5 / b), axis=-1)
        return np.concatenate([np.zeros((*np.shape(logs)[:-1], 1)), logs], axis=-1)

    def _log_diagonal(self) -> Any:
        """Log of the expectations on the diagonal: of products of sqrt(1 - z^2)."""
        b = self._shapes(np.arange(self._dimension - 1.0))
        logs = 2.0 * np.cumsum(log_gamma_half_step(b), axis=-1)
        return np.concatenate([np.zeros((*np.shape(logs)[:-1], 1)), logs], axis=-1)

    def _mean(self) -> Any:
        return np.exp(self._log_diagonal())[..., None] * np.eye(self._dimension)

    def _variance(self) -> Any:
        n, rests, mean = self._dimension, self._rests(), self._log_diagonal()
        diagonal = np.exp(2.0 * mean) * np.expm1(rests - 2.0 * mean)
        squares = 1.0 / (2.0 * self._shapes(np.arange(float(n))) + 1.0)
        below = (squares * np.exp(rests))[..., None, :] * np.tri(n, k=-1)
        return below + diagonal[..., None] * np.eye(n)

    def _covariance(self) -> Any:
        # Rows are independent, and in one the signs of the partial correlations are.
        eye = np.eye(self._dimension)
        return self._variance()[..., None, None] * (eye[:, None, :, None] * eye[:, None, :])

    def _entropy(self) -> Any:
        # log L[i, i] is half the sum of log(1 - z^2) along its row.
        expected = 0.5 * np.cumsum(self._expected_logs(), axis=-1)
        after = np.arange(self._dimension - 2.0, -1.0, -1.0)
        power = after + 2.0 * (self.concentration[..., None] - 1.0)
        return self._log_volume() - np.sum(power * expected, axis=-1)

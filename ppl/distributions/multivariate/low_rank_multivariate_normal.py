"""The multivariate normal law with a covariance matrix of low rank and a diagonal."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import positive_vector, real_matrix, real_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.gaussian import log_diagonal, solved, times, transpose
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI


class LowRankMultivariateNormal(EventLaw):
    """Normal law with covariance matrix W W' + diag(d), in time linear in the length of the vector.

    Parameters
    ----------
    loc : array, shape (..., n), default 0
        Mean; also `mu`.
    cov_factor : array, shape (..., n, r)
        W, by name.
    cov_diag : array, shape (..., n)
        d, positive, by name.

    Notes
    -----
    With C = I + W' d^-1 W, b = C^-1 W' d^-1 x and e = x - W b, the quadratic form of x is
    e' d^-1 e + b' b: a sum in which nothing cancels. The determinant is that of C times that of d.

    Examples
    --------
    >>> law = LowRankMultivariateNormal(0.0, cov_factor=[[1.0], [1.0]], cov_diag=[1.0, 1.0])
    >>> law.covariance.tolist()
    [[2.0, 1.0], [1.0, 2.0]]
    """

    loc = parameter(real_vector, default=0.0, aliases=("mu",))
    cov_factor = parameter(real_matrix, keyword_only=True)
    cov_diag = parameter(positive_vector, keyword_only=True)
    axes: ClassVar[Mapping[str, str]] = {"loc": "n", "cov_factor": "nr", "cov_diag": "n"}
    event = "n"
    stretched = ("loc",)
    support = real_vector

    def _capacitance(self) -> Any:
        """Cholesky factor of I + W' d^-1 W."""
        scaled = self.cov_factor / np.sqrt(self.cov_diag)[..., None]
        inner = transpose(scaled) @ scaled
        return ad.linalg.cholesky(inner + np.eye(self._sizes["r"]))

    def _volume(self, factor: Any) -> Any:
        """Half the log determinant of the covariance matrix."""
        return log_diagonal(factor) + 0.5 * np.sum(np.log(self.cov_diag), axis=-1)

    def _log_prob(self, value: Any) -> Any:
        factor = self._capacitance()
        centred = value - self.loc
        pulled = times(transpose(self.cov_factor), centred / self.cov_diag)
        explained = solved(factor, solved(factor, pulled), transposed=True)
        left = centred - times(self.cov_factor, explained)
        square = np.sum(left * left / self.cov_diag, axis=-1)
        square = square + np.sum(explained * explained, axis=-1)
        return -0.5 * square - self._volume(factor) - self._sizes["n"] * HALF_LOG_2PI

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        common = rng.standard_normal((*shape, self._sizes["r"]))
        own = rng.standard_normal((*shape, self._sizes["n"]))
        return self.loc + times(self.cov_factor, common) + np.sqrt(self.cov_diag) * own

    def _mean(self) -> Any:
        return self.loc

    def _variance(self) -> Any:
        return np.sum(self.cov_factor * self.cov_factor, axis=-1) + self.cov_diag

    def _covariance(self) -> Any:
        diagonal = self.cov_diag[..., None] * np.eye(self._sizes["n"])
        return self.cov_factor @ transpose(self.cov_factor) + diagonal

    def _entropy(self) -> Any:
        return self._volume(self._capacitance()) + self._sizes["n"] * (HALF_LOG_2PI + 0.5)

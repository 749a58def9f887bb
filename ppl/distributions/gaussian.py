"""What normal laws of vectors and their relatives share: triangular factors and their use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import ad
from ppl.constraints import covariance_cholesky, positive_definite, real_vector
from ppl.distributions.events import EventLaw
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.distributions.base import Shape


def transpose(matrix: Any) -> Any:
    """Swap the last two axes."""
    return np.swapaxes(matrix, -1, -2)


def log_diagonal(factor: Any) -> Any:
    """Half the log determinant of L L': the sum of the logarithms of the diagonal of L."""
    return np.sum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)


def solved(factor: Any, vectors: Any, *, transposed: bool = False) -> Any:
    """L^-1 v, or L'^-1 v, of vectors on the last axis, L lower triangular.

    Parameters
    ----------
    factor : array, shape (..., n, n)
    vectors : array, shape (..., n)
        The batches broadcast.
    transposed : bool
        Whether to solve with L'.
    """
    trans = 1 if transposed else 0
    shape = np.shape(vectors)
    if np.ndim(factor) == 2 and len(shape) > 1:  # one factor: all vectors in one call
        columns = np.transpose(np.reshape(vectors, (-1, shape[-1])))
        result = ad.linalg.solve_triangular(factor, columns, trans=trans, lower=True)
        return np.reshape(np.transpose(result), shape)
    result = ad.linalg.solve_triangular(factor, vectors[..., None], trans=trans, lower=True)
    return result[..., 0]


def times(matrix: Any, vectors: Any) -> Any:
    """M v of vectors on the last axis; the batches broadcast."""
    if np.ndim(matrix) == 2:
        return vectors @ transpose(matrix)
    return (matrix @ vectors[..., None])[..., 0]


def inverse_of(factor: Any) -> Any:
    """(L L')^-1, for moments only: densities solve instead."""
    inverse = ad.linalg.solve_triangular(factor, np.eye(np.shape(factor)[-1]), lower=True)
    return transpose(inverse) @ inverse


class Gaussian(EventLaw):
    """A law made of a normal vector, with its location and one of three forms of its covariance."""

    loc = parameter(real_vector, default=0.0, aliases=("mu",))
    covariance_matrix = parameter(
        positive_definite,
        keyword_only=True,
        group="covariance",
        aliases=("cov",),
        derived=lambda law: law._dense(),  # noqa: SLF001 - of this very class
    )
    precision_matrix = parameter(
        positive_definite, keyword_only=True, group="covariance", aliases=("tau",)
    )
    scale_tril = parameter(
        covariance_cholesky(),
        keyword_only=True,
        group="covariance",
        aliases=("chol",),
        derived=lambda law: law._factor(),  # noqa: SLF001 - of this very class
    )
    axes: ClassVar[Mapping[str, str]] = {
        "loc": "n",
        "covariance_matrix": "nn",
        "precision_matrix": "nn",
        "scale_tril": "nn",
    }
    event = "n"
    stretched = ("loc",)

    def _dense(self) -> Any:
        if "precision_matrix" in self._given:
            return inverse_of(self._precision_factor())
        return self.scale_tril @ transpose(self.scale_tril)

    def _factor(self) -> Any:
        if "precision_matrix" in self._given:
            return ad.linalg.cholesky(self._dense())
        return ad.linalg.cholesky(self.covariance_matrix)

    def _precision_factor(self) -> Any:
        return ad.linalg.cholesky(self.precision_matrix)

    def _normal_log_prob(self, vector: Any) -> Any:
        """Log density of the normal vector."""
        centred = vector - self.loc
        if "precision_matrix" in self._given:
            factor = self._precision_factor()
            white = times(transpose(factor), centred)
            volume = -log_diagonal(factor)
        else:
            white = solved(self.scale_tril, centred)
            volume = log_diagonal(self.scale_tril)
        n = self._sizes["n"]
        return -0.5 * np.sum(white * white, axis=-1) - volume - n * HALF_LOG_2PI

    def _normal_entropy(self) -> Any:
        if "precision_matrix" in self._given:
            volume = -log_diagonal(self._precision_factor())
        else:
            volume = log_diagonal(self.scale_tril)
        return volume + self._sizes["n"] * (HALF_LOG_2PI + 0.5)

    def _normal_draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        white = rng.standard_normal((*shape, self._sizes["n"]))
        if "precision_matrix" in self._given:
            return self.loc + solved(self._precision_factor(), white, transposed=True)
        return self.loc + times(self.scale_tril, white)

    def _normal_variance(self) -> Any:
        if "precision_matrix" in self._given:
            return np.diagonal(self._dense(), axis1=-2, axis2=-1)
        return np.sum(self.scale_tril * self.scale_tril, axis=-1)

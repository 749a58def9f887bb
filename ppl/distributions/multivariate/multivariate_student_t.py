"""Student's t law of a vector."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import covariance_cholesky, positive, positive_definite, real_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.gaussian import log_diagonal, solved, times, transpose
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_PI, log_gamma_increase


class MultivariateStudentT(EventLaw):
    """Law of loc + y sqrt(df / w), y normal with covariance `scale_matrix`, w chi-squared with df.

    Exactly one of the matrices is given, by name. `scale_matrix` is not the covariance, which is
    df / (df - 2) times as large.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, positive; also `nu`.
    loc : array, shape (..., n), default 0
        Also `mu`.
    scale_matrix : array, shape (..., n, n)
        Symmetric positive definite.
    scale_tril : array, shape (..., n, n)
        Its lower Cholesky factor; also `chol`.

    Examples
    --------
    >>> law = MultivariateStudentT(4.0, [0.0, 0.0], scale_tril=[[1.0, 0.0], [0.0, 1.0]])
    >>> law.variance.tolist()
    [2.0, 2.0]
    """

    df = parameter(positive, aliases=("nu",))
    loc = parameter(real_vector, default=0.0, aliases=("mu",))
    scale_matrix = parameter(
        positive_definite,
        keyword_only=True,
        group="scale",
        derived=lambda law: law.scale_tril @ transpose(law.scale_tril),
    )
    scale_tril = parameter(
        covariance_cholesky(),
        keyword_only=True,
        group="scale",
        aliases=("chol",),
        derived=lambda law: ad.linalg.cholesky(law.scale_matrix),
    )
    axes: ClassVar[Mapping[str, str]] = {"loc": "n", "scale_matrix": "nn", "scale_tril": "nn"}
    event = "n"
    stretched = ("loc",)
    support = real_vector

    def _log_prob(self, value: Any) -> Any:
        n = self._sizes["n"]
        white = solved(self.scale_tril, value - self.loc)
        square = np.sum(white * white, axis=-1)
        constant = log_gamma_increase(0.5 * self.df, 0.5 * n)
        constant = constant - 0.5 * n * (np.log(self.df) + LOG_PI) - log_diagonal(self.scale_tril)
        return constant - 0.5 * (self.df + n) * np.log1p(square / self.df)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        white = rng.standard_normal((*shape, self._sizes["n"]))
        shrink = np.sqrt(rng.chisquare(np.broadcast_to(self.df, shape)) / self.df)
        return self.loc + times(self.scale_tril, white) / shrink[..., None]

    def _inflation(self) -> Any:
        """Variance of a standard t variable: infinite for df of 2 or less, nan for 1 or less."""
        df = np.where(self.df > 2.0, self.df, 3.0)
        few = np.where(self.df > 1.0, np.inf, np.nan)
        return np.where(self.df > 2.0, df / (df - 2.0), few)

    def _mean(self) -> Any:
        return np.where(self.df > 1.0, 0.0, np.nan)[..., None] + self.loc

    def _variance(self) -> Any:
        square = np.sum(self.scale_tril * self.scale_tril, axis=-1)
        return self._inflation()[..., None] * square

    def _covariance(self) -> Any:
        return self._inflation()[..., None, None] * self.scale_matrix

    def _entropy(self) -> Any:
        n, half = self._sizes["n"], 0.5 * self.df
        slope = ad.special.digamma(half + 0.5 * n) - ad.special.digamma(half)
        constant = 0.5 * n * (np.log(self.df) + LOG_PI) - log_gamma_increase(half, 0.5 * n)
        return constant + log_diagonal(self.scale_tril) + (half + 0.5 * n) * slope

"""The normal law of a matrix."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import covariance_cholesky, positive_definite, real_matrix
from ppl.distributions.base import Shape
from ppl.distributions.gaussian import transpose
from ppl.distributions.parameter import parameter
from ppl.distributions.rows_columns import RowsAndColumns
from ppl.distributions.wisharts import squares
from ppl.numerics import HALF_LOG_2PI


class MatrixNormal(RowsAndColumns):
    """Law of loc + A Z B', Z a matrix of independent standard normal variables.

    A A' is the covariance of the rows' elements, B B' that of the columns': read row by row, the
    covariance matrix is the Kronecker product of the two. Exactly one of the matrices of each pair
    is given, by name.

    Parameters
    ----------
    loc : array, shape (..., n, m), default 0
        Mean; also `mu`.
    row_covariance, scale_tril_row : array, shape (..., n, n)
        A A' or its lower Cholesky factor; also `rowcov`, `rowchol`.
    column_covariance, scale_tril_column : array, shape (..., m, m)
        B B' or its lower Cholesky factor; also `colcov`, `colchol`.

    Examples
    --------
    >>> law = MatrixNormal(row_covariance=[[2.0]], column_covariance=[[3.0, 0.0], [0.0, 1.0]])
    >>> law.variance.round(12).tolist()
    [[6.0, 2.0]]
    """

    loc = parameter(real_matrix, default=0.0, aliases=("mu",))
    row_covariance = parameter(
        positive_definite,
        keyword_only=True,
        group="rows",
        aliases=("rowcov",),
        derived=lambda law: law.scale_tril_row @ transpose(law.scale_tril_row),
    )
    scale_tril_row = parameter(
        covariance_cholesky(),
        keyword_only=True,
        group="rows",
        aliases=("rowchol",),
        derived=lambda law: ad.linalg.cholesky(law.row_covariance),
    )
    column_covariance = parameter(
        positive_definite,
        keyword_only=True,
        group="columns",
        aliases=("colcov",),
        derived=lambda law: law.scale_tril_column @ transpose(law.scale_tril_column),
    )
    scale_tril_column = parameter(
        covariance_cholesky(),
        keyword_only=True,
        group="columns",
        aliases=("colchol",),
        derived=lambda law: ad.linalg.cholesky(law.column_covariance),
    )
    axes: ClassVar[Mapping[str, str]] = {
        **RowsAndColumns.axes,
        "row_covariance": "nn",
        "column_covariance": "mm",
    }

    def _log_prob(self, value: Any) -> Any:
        white = self._white(value)
        count = self._sizes["n"] * self._sizes["m"]
        return -0.5 * squares(white) - self._volume() - count * HALF_LOG_2PI

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        white = rng.standard_normal((*shape, self._sizes["n"], self._sizes["m"]))
        return self._coloured(white)

    def _mean(self) -> Any:
        return self.loc

    def _variance(self) -> Any:
        return self._squares()

    def _covariance(self) -> Any:
        return self._products()

    def _entropy(self) -> Any:
        count = self._sizes["n"] * self._sizes["m"]
        return self._volume() + count * (HALF_LOG_2PI + 0.5)

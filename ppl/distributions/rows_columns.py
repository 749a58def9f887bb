"""What laws of matrices share whose rows and columns have a scale matrix each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import ad
from ppl.constraints import real_matrix
from ppl.distributions.events import EventLaw
from ppl.distributions.gaussian import log_diagonal, transpose

if TYPE_CHECKING:
    from collections.abc import Mapping


def crossed(rows: Any, columns: Any) -> Any:
    """Products rows[i, k] columns[j, l], shape (..., n, m, n, m)."""
    return rows[..., :, None, :, None] * columns[..., None, :, None, :]


class RowsAndColumns(EventLaw):
    """Law of loc + A Z B' with the factors A, `scale_tril_row`, and B, `scale_tril_column`."""

    axes: ClassVar[Mapping[str, str]] = {
        "loc": "nm",
        "scale_tril_row": "nn",
        "scale_tril_column": "mm",
    }
    event = "nm"
    stretched = ("loc",)
    support = real_matrix
    loc: Any
    scale_tril_row: Any
    scale_tril_column: Any

    def _white(self, value: Any) -> Any:
        """The transpose of Z."""
        half = ad.linalg.solve_triangular(self.scale_tril_row, value - self.loc, lower=True)
        return ad.linalg.solve_triangular(self.scale_tril_column, transpose(half), lower=True)

    def _coloured(self, white: Any) -> Any:
        """The value of Z."""
        return self.loc + self.scale_tril_row @ white @ transpose(self.scale_tril_column)

    def _volume(self) -> Any:
        """Log of the factor by which A Z B' changes volumes."""
        n, m = self._sizes["n"], self._sizes["m"]
        return m * log_diagonal(self.scale_tril_row) + n * log_diagonal(self.scale_tril_column)

    def _products(self) -> Any:
        """Covariance of A Z B' where the elements of Z are uncorrelated with variance 1."""
        rows, columns = self.scale_tril_row, self.scale_tril_column
        return crossed(rows @ transpose(rows), columns @ transpose(columns))

    def _squares(self) -> Any:
        """The variances that belong to `_products`."""
        rows = np.sum(self.scale_tril_row * self.scale_tril_row, axis=-1)
        columns = np.sum(self.scale_tril_column * self.scale_tril_column, axis=-1)
        return rows[..., None] * columns[..., None, :]

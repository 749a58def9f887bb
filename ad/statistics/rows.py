"""Statistics of data columns, by group: totals, and triangular factors of small least squares.

With the columns D of one group factored as D = Q R, sum((D c)^2) is |R c|^2: no square of the data
is ever formed (G. H. Golub and C. F. Van Loan, 2013, "Matrix Computations", section 5.2). All
groups are factored at once, by the modified Gram-Schmidt method with every projection taken twice,
which keeps the factors orthogonal to rounding (same, section 5.2.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.statistics.values import Group

BLOCK = 4096  # rows factored at a time
# What is left of a column after projection is noise below so many units of its own rounding.
NOISE = 8.0 * float(np.finfo(float).eps)


class Rows:
    """The elements of an index space, in groups (or all in one)."""

    def __init__(self, size: int, group: Group | None) -> None:
        self.size = size
        self.groups = 1 if group is None else group.size
        self.grouped = group is not None
        self.positions = None if group is None else group.positions

    def totals(self, column: Any) -> Any:
        """Sum of a column over each group, shape (groups,)."""
        if self.positions is None:
            return np.sum(column, keepdims=True)
        return np.bincount(self.positions, weights=column, minlength=self.groups)

    def spread(self, values: Any) -> Any:
        """For each element the value of its group."""
        return values if self.positions is None else values[self.positions]

    def means(self, column: Any, counts: Any) -> Any:
        """Mean of a column over each group; 0 where it is empty or not finite."""
        return _quotient(self.totals(column), counts)


class Factors(NamedTuple):
    """Triangular factors of D = [own, shared]: coefficients of `own` may differ by group.

    Attributes
    ----------
    own : dict
        R by (row, column), row <= column, each of shape (groups,).
    mixed : list
        One (groups, number of shared columns) for each of `own`: what shared columns have in the
        directions of that one.
    shared : array
        Factor of what is left of the shared columns, over all groups together.
    own_centres, shared_centres : arrays
        Multiples of the first of `own` that were taken off columns before anything else, shape
        (number of columns, groups).
    own_shares, shared_shares : arrays
        Multiples of other columns that the residual column (the last of the shared ones, else of
        `own`) was reduced by, shape (number of own, groups) and (number of shared,).
    """

    own: dict[tuple[int, int], Any]
    mixed: list[Any]
    shared: Any
    own_centres: Any
    shared_centres: Any
    own_shares: Any
    shared_shares: Any


class Columns:
    """Columns to factor, by group; what is taken off them is remembered.

    Parameters
    ----------
    rows : Rows
    own : sequence of arrays, shape (N,)
    shared : array, shape (N, k)
        Columns whose coefficients are the same for all groups.
    """

    def __init__(self, rows: Rows, own: Sequence[Any], shared: Any) -> None:
        self.rows, self.own, self.shared = rows, list(own), np.array(shared, order="F")
        groups, wide = rows.groups, self.shared.shape[1]
        self.own_centres = np.zeros((len(self.own), groups))
        self.shared_centres = np.zeros((wide, groups))
        self.own_shares = np.zeros((len(self.own), groups))
        self.shared_shares = np.zeros(wide)

    def centre(self, wide: bool, k: int) -> None:
        """Take off a column (shared, or of `own`) its mean multiple of the first of `own`."""
        first, rows = self.own[0], self.rows
        column = self.shared[:, k] if wide else self.own[k]
        mean = _quotient(rows.totals(first * column), rows.totals(first * first))
        left = column - rows.spread(mean) * first
        if wide:
            self.shared[:, k], self.shared_centres[k] = left, mean
        else:
            self.own[k], self.own_centres[k] = left, mean

    def reduce_last(self) -> None:
        """Replace the last column by what the others leave of it.

        Small differences of large numbers then keep their digits.
        """
        rows, wide = self.rows, self.shared.shape[1]
        others = self.own if wide else self.own[:-1]
        target = self.shared[:, -1] if wide else self.own[-1]
        directions, triangle = _orthogonal(rows, others)
        _, along = _project(rows, directions, target[:, None])
        for k, share in enumerate(_back_substituted(triangle, [a[:, 0] for a in along])):
            self.own_shares[k] = share
            target = target - rows.spread(share) * others[k]
        if wide > 1:  # now that the target is small, what is taken off it is not rounded away
            self.shared[:, -1] = target
            left, _ = _project(rows, directions, self.shared)
            self.shared_shares[:-1] = _shares(left)
            target = target - self.shared[:, :-1] @ self.shared_shares[:-1]
        if wide:
            self.shared[:, -1] = target
        else:
            self.own[-1] = target

    def factors(self) -> Factors:
        """Triangular factors of the columns as they are now."""
        directions, triangle = _orthogonal(self.rows, self.own)
        left, mixed = _project(self.rows, directions, self.shared)
        rest = _triangular(left) if left.shape[1] else np.zeros((0, 0))
        taken = (self.own_centres, self.shared_centres, self.own_shares, self.shared_shares)
        return Factors(triangle, mixed, rest, *taken)


def _quotient(x: Any, y: Any) -> Any:
    """Quotient x / y, and 0 where it is not finite."""
    quotient = np.where(y == 0.0, 0.0, x / np.where(y == 0.0, 1.0, y))
    return np.where(np.isfinite(quotient), quotient, 0.0)


def _triangular(matrix: Any) -> Any:
    """Square triangular factor; nan where the data are not finite.

    Blocks of rows that fit the cache are factored first, and then their factors together.
    """
    width = matrix.shape[1]
    if not np.isfinite(matrix).all():
        return np.full((width, width), np.nan)
    starts = range(0, max(len(matrix), 1), BLOCK)
    blocks = [np.linalg.qr(matrix[start : start + BLOCK], mode="r") for start in starts]
    result = blocks[0] if len(blocks) == 1 else np.linalg.qr(np.concatenate(blocks), mode="r")
    padded = np.zeros((width, width))
    padded[: len(result)] = result
    return padded


def _shares(matrix: Any) -> Any:
    """Coefficients of the columns nearest to the last; any will do, so 0 where there are none."""
    triangle = _triangular(matrix)
    if not np.isfinite(triangle).all():
        return np.zeros(matrix.shape[1] - 1)
    return np.linalg.lstsq(triangle[:, :-1], triangle[:, -1], rcond=None)[0]


def _orthogonal(rows: Rows, columns: Sequence[Any]) -> tuple[list[Any], dict[Any, Any]]:
    """Orthonormal directions of the columns within each group, and the triangular factor."""
    directions: list[Any] = []
    triangle: dict[tuple[int, int], Any] = {}
    for k, column in enumerate(columns):
        whole = np.sqrt(rows.totals(column * column))
        left, along = _project(rows, directions, column[:, None])
        for row, amounts in enumerate(along):
            triangle[row, k] = amounts[:, 0]
        rest = left[:, 0]
        length = np.sqrt(rows.totals(rest * rest))
        length = np.where(length <= NOISE * whole, 0.0, length)
        triangle[k, k] = length
        inverse = np.where(length == 0.0, 0.0, 1.0 / np.where(length == 0.0, 1.0, length))
        directions.append(rest * rows.spread(inverse))
    return directions, triangle


def _project(rows: Rows, directions: Sequence[Any], columns: Any) -> tuple[Any, list[Any]]:
    """What is left of columns, and for each direction the amounts (groups, number of columns)."""
    left = np.array(columns, order="F")
    amounts = [np.zeros((rows.groups, left.shape[1])) for _ in directions]
    for _ in range(2 if directions else 0):
        for direction, total in zip(directions, amounts, strict=True):
            for k, column in enumerate(left.T):
                along = rows.totals(direction * column) if rows.grouped else direction @ column
                left[:, k] -= rows.spread(along) * direction
                total[:, k] += along
    return left, amounts


def _back_substituted(triangle: dict[Any, Any], right: list[Any]) -> list[Any]:
    """Solution of R s = r in every group; 0 along directions that a group has not."""
    solution: list[Any] = [None] * len(right)
    for row in reversed(range(len(right))):
        total = right[row]
        for k in range(row + 1, len(right)):
            total = total - triangle[row, k] * solution[k]
        solution[row] = _quotient(total, triangle[row, row])
    return solution

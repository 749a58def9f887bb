"""Whether ranks are uniform: exact simultaneous bounds for their empirical distribution.

The number of ranks below a point is binomial at each point. A band that holds at all points
together is made of the pointwise bounds whose level is lowered until the chance of staying inside
everywhere is the one wanted (Säilynoja, Bürkner and Vehtari 2022). That chance is exact here: the
counts of a uniform sample are those of independent Poisson variables given their sum, so that a
recursion over the points, a convolution each, gives it (Moscovich and Nadler 2017, section 2).

References
----------
T. Säilynoja, P.-C. Bürkner and A. Vehtari (2022), Graphical test for discrete uniformity and its
applications in goodness-of-fit evaluation and multiple sample comparison, Statistics and Computing
32, 32.
A. Moscovich and B. Nadler (2017), Fast calculation of boundary crossing probabilities for Poisson
processes, Statistics and Probability Letters 123, 177-182.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

Array = np.ndarray[Any, Any]
MOST_POINTS = 100
# A pointwise tail at a bound may differ from the bound's own level by rounding.
SLACK = 1e-9


class Uniformity:
    """Test of `count` independent ranks for being uniform on 0, 1, ..., `cells` - 1.

    Parameters
    ----------
    count : int
        Number of ranks.
    cells : int
        Number of values that a rank can have.

    Attributes
    ----------
    points : array of int, shape (points,)
        Where the distribution is looked at: ranks below each point are counted. All between 1 and
        `cells` - 1, or about a hundred of them, evenly spaced.

    Examples
    --------
    >>> import numpy as np
    >>> test = Uniformity(200, 100)
    >>> round(test.p_value(np.arange(200) // 2), 3)
    1.0
    >>> test.p_value(np.zeros(200, dtype=int)) < 1e-12
    True
    """

    def __init__(self, count: int, cells: int) -> None:
        self.count, self.cells = count, cells
        self.points = np.arange(1, cells)[:: -(-(cells - 1) // MOST_POINTS)]
        edges = np.concatenate([[0], self.points, [cells]])
        rates = count * np.diff(edges) / cells
        steps = np.arange(count + 1)
        kinds, self._kind = np.unique(rates, return_inverse=True)
        self._kernels = _poisson(steps, kinds[:, None])
        self._whole = float(_poisson(np.array(count), np.array(float(count))))

    @cached_property
    def _tails(self) -> tuple[Array, Array]:
        """Chances of at most, and of at least, k ranks below each point; (count + 1, points)."""
        k, share = np.arange(self.count + 1)[:, None], self.points / self.cells
        return special.bdtr(k, self.count, share), special.bdtrc(k - 1, self.count, share)

    def counts(self, ranks: Array) -> Array:
        """Number of ranks below each point."""
        return np.searchsorted(np.sort(ranks), self.points, side="left")

    def bounds(self, level: float) -> tuple[Array, Array]:
        """Least and greatest counts whose tails on either side are above `level` / 2."""
        below, above = self._tails
        low = np.argmax(below > 0.5 * level, axis=0)
        high = self.count - np.argmax(above[::-1] > 0.5 * level, axis=0)
        return low, high

    def coverage(self, low: Array, high: Array) -> float:
        """Chance that uniform ranks have counts from `low` to `high` at every point."""
        chance, start = np.ones(1), 0  # of the counts from `start` on
        for point, (first, last) in enumerate(zip(low, high, strict=True)):
            if last < max(first, start):
                return 0.0
            kernel = self._kernels[self._kind[point], : last - start + 1]
            grown = np.convolve(chance, kernel)[max(first - start, 0) : last - start + 1]
            chance, start = grown, max(int(first), start)
        rest = self.count - (start + np.arange(len(chance)))
        return float(chance @ self._kernels[self._kind[-1], rest]) / self._whole

    def p_value(self, ranks: Array) -> float:
        """Chance that the smallest two-sided tail over the points is as small as here, or smaller.

        Parameters
        ----------
        ranks : array of int, shape (count,)

        Returns
        -------
        float
            Exact, with an absolute error near 1e-13.
        """
        counts, columns = self.counts(ranks), np.arange(len(self.points))
        below, above = self._tails
        level = 2.0 * min(np.min(below[counts, columns]), np.min(above[counts, columns]))
        inside = self.coverage(*self.bounds(level * (1.0 + SLACK)))
        return min(max(1.0 - inside, 0.0), 1.0)

    def band(self, probability: float = 0.95) -> tuple[Array, Array]:
        """Counts between which uniform ranks stay at all points with at least this probability."""
        low, high = 1e-12, 1.0 - probability  # pointwise levels; the second is Bonferroni's bound
        for _ in range(40):
            middle = np.sqrt(low * high)
            covered = self.coverage(*self.bounds(middle)) >= probability
            low, high = (middle, high) if covered else (low, middle)
            if high / low < 1.001:
                break
        return self.bounds(low)


def _poisson(k: Array, rate: Array) -> Array:
    """Probabilities of a Poisson law."""
    found: Array = np.exp(special.xlogy(k, rate) - rate - special.gammaln(k + 1.0))
    return found

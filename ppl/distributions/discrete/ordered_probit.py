"""The ordered probit law."""

from typing import Any

import numpy as np

from ppl.distributions.base import Shape
from ppl.distributions.grades import Graded
from ppl.numerics import log_ndtr_difference


class OrderedProbit(Graded):
    """Law of a grade 0, 1, ..., k whose distribution function is Phi(cutpoint - predictor).

    Parameters
    ----------
    predictor : array, shape (...)
        Moves all grades up; also `eta`.
    cutpoints : array, shape (..., k)
        Strictly increasing on the last axis; the batch shape is that of the axes before it.

    Notes
    -----
    McCullagh (1980), "Regression models for ordinal data".

    Examples
    --------
    >>> float(OrderedProbit(0.0, [0.0, 1.0]).cdf(0))
    0.5
    """

    def _between(self, lower: Any, upper: Any, first: Any, last: Any) -> Any:
        # A first or last grade has one tail only: the other cutpoint is infinite.
        return log_ndtr_difference(np.where(first, -1e10, lower), np.where(last, 1e10, upper))

    def _noise(self, rng: np.random.Generator, shape: Shape) -> Any:
        return rng.standard_normal(shape)

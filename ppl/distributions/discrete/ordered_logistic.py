"""The ordered logistic law."""

from typing import Any

import numpy as np

import ad
from ppl.distributions.base import Shape
from ppl.distributions.grades import Graded


class OrderedLogistic(Graded):
    """Law of a grade 0, 1, ..., k whose distribution function is expit(cutpoint - predictor).

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
    >>> float(OrderedLogistic(0.0, [0.0, 1.0]).cdf(0))
    0.5
    """

    def _between(self, lower: Any, upper: Any, first: Any, last: Any) -> Any:
        # expit(u) - expit(l) = expit(u) expit(-l) (1 - exp(l - u))
        end = first | last
        gap = np.where(end, -1.0, np.where(end, 0.0, lower) - np.where(end, 1.0, upper))
        below = np.where(last, 0.0, ad.special.log_expit(upper))
        above = np.where(first, 0.0, ad.special.log_expit(-lower))
        return below + above + np.where(end, 0.0, ad.special.log1m_exp(gap))

    def _noise(self, rng: np.random.Generator, shape: Shape) -> Any:
        return rng.logistic(size=shape)

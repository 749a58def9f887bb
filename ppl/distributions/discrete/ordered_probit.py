"""The ordered probit law."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, integer_interval, ordered, real
from ppl.distributions.base import Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.summation import Summed, pick
from ppl.numerics import log_ndtr_difference


class OrderedProbit(Summed):
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

    predictor = parameter(real, aliases=("eta",))
    cutpoints = parameter(ordered)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The integers from 0 to the number of cutpoints."""
        return integer_interval(0.0, float(self._count()))

    def _count(self) -> int:
        return int(np.shape(self.cutpoints)[-1])

    def _log_prob(self, value: Any) -> Any:
        first, last = value <= 0.0, value >= self._count()
        upper = pick(self.cutpoints, np.where(last, self._count() - 1.0, value)) - self.predictor
        lower = pick(self.cutpoints, np.where(first, 0.0, value - 1.0)) - self.predictor
        # A first or last grade has one tail only: the other cutpoint is infinite.
        return log_ndtr_difference(np.where(first, -1e10, lower), np.where(last, 1e10, upper))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        noisy = self.predictor + rng.standard_normal(shape)
        return np.sum(noisy[..., None] > self.cutpoints, axis=-1)

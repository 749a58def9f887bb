"""The degenerate law."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, Interval, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class _Point(Interval):
    """A single value, as a countable set."""

    discrete = True

    def __init__(self, value: Any) -> None:
        super().__init__(value, value)

    def __str__(self) -> str:
        return "the value given"


class Delta(Distribution):
    """Law of a value that is certain.

    Its `log_prob` is a log probability, 0 at that value, not a density.

    Parameters
    ----------
    value : array, shape (...)
        The value; also `c`.

    Examples
    --------
    >>> float(Delta(2.0).log_prob(2.0))
    0.0
    """

    value = parameter(real, aliases=("c",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The one value."""
        return _Point(self.value)

    def _log_prob(self, value: Any) -> Any:
        return 0.0 * value

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:  # noqa: ARG002 - nothing to draw
        return np.broadcast_to(self.value, shape).copy()

    def _mean(self) -> Any:
        return self.value

    def _variance(self) -> Any:
        return np.zeros(self.batch_shape)

    def _cdf(self, value: Any) -> Any:
        return np.where(value >= self.value, 1.0, 0.0)

    def _entropy(self) -> Any:
        return np.zeros(self.batch_shape)

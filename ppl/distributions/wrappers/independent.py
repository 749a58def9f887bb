"""Batch axes of a law taken as axes of one draw."""

import math
import operator
from typing import Any

import numpy as np

from ppl.constraints import Constraint
from ppl.distributions.base import Shape
from ppl.distributions.wrapping import Wrapper
from ppl.errors import ShapeError, show, where


class Independent(Wrapper):
    """Law of an array of independent values: the last batch axes of `base` are those of one draw.

    `base.to_event(count)` makes it.

    Parameters
    ----------
    base : Distribution
    count : int
        How many of the last batch axes.

    Raises
    ------
    ShapeError
        If `base` has fewer batch axes.

    Examples
    --------
    >>> from ppl import Normal
    >>> law = Normal(np.zeros((3, 4)), 1.0).to_event(1)
    >>> law.batch_shape, law.event_shape, law.log_prob(np.zeros((3, 4))).shape
    ((3,), (4,), (3,))
    """

    def __init__(self, base: Any = None, count: int = 1) -> None:
        self._require_base(base)
        try:
            self.count = operator.index(count)
        except TypeError:
            self.count = -1
        if self.count < 0:
            raise TypeError(
                f"Independent: count must be a nonnegative integer, got {show(count)} {where()}. "
                "Give the number of last batch axes."
            )
        if self.count > len(base.batch_shape):
            raise ShapeError(
                f"Independent: count must be at most the number of batch axes, got {count} for "
                f"batch shape {base.batch_shape} {where()}. Expand the law first: "
                "law.expand((3,)).to_event(1)."
            )
        super().__init__(base)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # that of the base
        """That of `base`, of each element."""
        return self.base.support

    @property
    def event_shape(self) -> Shape:
        """The axes taken, and those of `base`."""
        return self.base.batch_shape[self._cut() :] + self.base.event_shape

    def _cut(self) -> int:
        return len(self.base.batch_shape) - self.count

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shape of `base`, without the axes taken."""
        return {"base": self.base.batch_shape[: self._cut()]}

    def log_prob(self, value: Any) -> Any:
        """Return the sum of the elements' log densities; see `Distribution.log_prob`."""
        return self._sum(self.base.log_prob(value))

    def log_prob_inside(self, value: Any) -> Any:
        """Return `log_prob` of values known to lie in the support."""
        return self._sum(self.base.log_prob_inside(value))

    def _sum(self, elements: Any) -> Any:
        return np.sum(elements, axis=tuple(range(-self.count, 0))) if self.count else elements

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.base.draw(rng, shape + self.base.batch_shape[self._cut() :])

    def _mean(self) -> Any:
        return self.base.mean

    def _variance(self) -> Any:
        return self.base.variance

    def _covariance(self) -> Any:
        # Elements of one value of the base vary together, those of two do not.
        own, event = self.base.event_shape, self.event_shape
        count, size = math.prod(event[: self.count]), math.prod(own)
        each = np.reshape(self.base.covariance, (*self.batch_shape, count, size, size))
        apart = np.eye(count)[:, None, :, None]
        return np.reshape(each[..., :, :, None, :] * apart, (*self.batch_shape, *event, *event))

    def entropy(self) -> Any:
        """Return the sum of the elements' entropies, shape batch_shape, in nats."""
        return self._sum(self.base.entropy())

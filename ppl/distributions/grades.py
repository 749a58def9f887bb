"""Laws of grades: a noisy predictor between cutpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.constraints import Constraint, integer_interval, ordered, real
from ppl.distributions.parameter import parameter
from ppl.distributions.summation import Summed, pick

if TYPE_CHECKING:
    from ppl.distributions.base import Shape


class Graded(Summed):
    """Law of how many cutpoints are below predictor + noise.

    Laws give `_between`, the log probability of the noise between two ends, and `_noise`.
    """

    predictor = parameter(real, aliases=("eta",))
    cutpoints = parameter(ordered)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The integers from 0 to the number of cutpoints."""
        return integer_interval(0.0, float(self._count()))

    def _count(self) -> int:
        return int(np.shape(self.cutpoints)[-1])

    def _between(self, lower: Any, upper: Any, first: Any, last: Any) -> Any:
        """Log probability from `lower` (-inf where `first`) to `upper` (inf where `last`)."""
        raise NotImplementedError

    def _noise(self, rng: np.random.Generator, shape: Shape) -> Any:
        raise NotImplementedError

    def _log_prob(self, value: Any) -> Any:
        first, last = value <= 0.0, value >= self._count()
        upper = pick(self.cutpoints, np.where(last, self._count() - 1.0, value)) - self.predictor
        lower = pick(self.cutpoints, np.where(first, 0.0, value - 1.0)) - self.predictor
        return self._between(lower, upper, first, last)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        noisy = self.predictor + self._noise(rng, shape)
        return np.sum(noisy[..., None] > self.cutpoints, axis=-1)

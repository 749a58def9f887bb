"""The law of a number drawn from data."""

from typing import Any

import numpy as np

from ppl.constraints import real_vector
from ppl.distributions.parameter import parameter
from ppl.distributions.points import PointsLaw


class Empirical(PointsLaw):
    """Law of one of several given numbers, all equally probable.

    Parameters
    ----------
    points : array, shape (..., k)
        Values on the last axis, in any order; one that is there m times has probability m / k.
        Also `samples`.

    Examples
    --------
    >>> law = Empirical([2.0, 1.0, 2.0, 5.0])
    >>> round(float(law.cdf(2.0)), 12), float(law.icdf(0.8)), float(law.mean)
    (0.75, 5.0, 2.5)
    """

    points = parameter(real_vector, aliases=("samples",))

    def log_weights(self) -> Any:
        """Return the log probabilities of all points, shape (k,), in nats."""
        size = np.shape(self.points)[-1]
        return np.full(size, -np.log(float(size)))

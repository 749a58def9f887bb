"""The law on finitely many given numbers."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import real_vector, simplex
from ppl.distributions.parameter import parameter
from ppl.distributions.points import PointsLaw


class Finite(PointsLaw):
    """Law of one of several given numbers, with given probabilities.

    Exactly one of `probs` and `logits` is given, by name. Vectors lie on the last axis.

    Parameters
    ----------
    points : array, shape (..., k)
        Values, in any order; the probabilities of equal ones add up.
    probs : array, shape (..., k)
        Probabilities, with sum 1.
    logits : array, shape (..., k)
        Log probabilities up to a constant.

    Notes
    -----
    A value has the probability of a point if it is the same double.

    Examples
    --------
    >>> law = Finite([0.5, 1.0, 4.0], probs=[0.2, 0.5, 0.3])
    >>> round(float(law.mean), 12), float(law.cdf(2.0)), float(law.log_prob(3.0))
    (1.8, 0.7, -inf)
    """

    points = parameter(real_vector)
    probs = parameter(
        simplex,
        keyword_only=True,
        group="probability",
        derived=lambda law: ad.special.softmax(law.logits, axis=-1),
    )
    logits = parameter(
        real_vector,
        keyword_only=True,
        group="probability",
        derived=lambda law: np.log(law.probs),
    )

    def log_weights(self) -> Any:
        """Return the log probabilities of all points, shape (..., k), in nats."""
        if "logits" in self._given:
            return ad.special.log_softmax(self.logits, axis=-1)
        return np.log(self.probs)

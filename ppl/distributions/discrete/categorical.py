"""The categorical law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, integer_interval
from ppl.distributions.base import Shape
from ppl.distributions.probabilities import probabilities
from ppl.distributions.summation import Summed, pick


class Categorical(Summed):
    """Law of the number, from 0, of one of several categories.

    Exactly one of the parameters is given, by name. Each is a vector over the categories on its
    last axis; the batch shape is that of the axes before it.

    Parameters
    ----------
    probs : array, shape (..., k)
        Probabilities, with sum 1; also `p`.
    logits : array, shape (..., k)
        Log probabilities up to a constant; also `logit_p`.

    Examples
    --------
    >>> round(float(Categorical(probs=[0.2, 0.5, 0.3]).cdf(1)), 12)
    0.7
    """

    probs, logits = probabilities()

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The integers from 0 to the number of categories less 1."""
        return integer_interval(0.0, float(self.category_count - 1))

    @property
    def category_count(self) -> int:
        """Number of categories."""
        return int(np.shape(vars(self)[self._given[0]])[-1])

    def log_probs(self) -> Any:
        """Return the log probabilities of all categories, shape (..., k), in nats."""
        if "logits" in self._given:
            return ad.special.log_softmax(self.logits, axis=-1)
        return np.log(self.probs)

    def _log_prob(self, value: Any) -> Any:
        if "logits" in self._given:
            return pick(self.log_probs(), value)
        return np.log(pick(self.probs, value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        # The greatest of the log probabilities with Gumbel noise is at each with its probability.
        noisy = self.logits + rng.gumbel(size=(*shape, np.shape(self.logits)[-1]))
        return np.argmax(noisy, axis=-1)

"""The categorical law of a vector with one 1."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import one_hot
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.probabilities import probabilities


class OneHotCategorical(EventLaw):
    """Law of a vector of zeros with a 1 at the place of a category.

    Exactly one of the parameters is given, by name.

    Parameters
    ----------
    probs : array, shape (..., k)
        Probabilities, with sum 1; also `p`.
    logits : array, shape (..., k)
        Log probabilities up to a constant; also `logit_p`.

    Examples
    --------
    >>> round(float(np.exp(OneHotCategorical(probs=[0.2, 0.8]).log_prob([0, 1]))), 12)
    0.8
    """

    probs, logits = probabilities()
    axes: ClassVar[Mapping[str, str]] = {"probs": "k", "logits": "k"}
    event = "k"
    support = one_hot

    def _log_prob(self, value: Any) -> Any:
        if "logits" in self._given:
            return np.sum(value * ad.special.log_softmax(self.logits, axis=-1), axis=-1)
        return np.sum(ad.special.xlogy(value, self.probs), axis=-1)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        noisy = self.logits + rng.gumbel(size=(*shape, self._sizes["k"]))
        return np.eye(self._sizes["k"])[np.argmax(noisy, axis=-1)]

    def _mean(self) -> Any:
        return self.probs

    def _variance(self) -> Any:
        return self.probs * (1.0 - self.probs)

    def _covariance(self) -> Any:
        return self.probs[..., None] * (np.eye(self._sizes["k"]) - self.probs[..., None, :])

    def _entropy(self) -> Any:
        return np.sum(ad.special.entr(self.probs), axis=-1)

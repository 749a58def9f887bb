"""The Concrete law: a smooth stand-in for a category."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import positive, simplex
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.probabilities import probabilities


class RelaxedOneHotCategorical(EventLaw):
    """Law of softmax((logits + Gumbel noise) / temperature) on the simplex.

    Exactly one of `probs` and `logits` is given, by name. The density is with respect to the first
    k - 1 elements.

    Parameters
    ----------
    temperature : array, shape (...)
        Positive; towards 0 the values are those of `OneHotCategorical`.
    probs : array, shape (..., k)
        Probabilities, with sum 1; also `p`.
    logits : array, shape (..., k)
        Log probabilities up to a constant; also `logit_p`.

    Notes
    -----
    Maddison, Mnih and Teh (2017), "The Concrete distribution", equation 10.

    Examples
    --------
    >>> law = RelaxedOneHotCategorical(1.0, probs=[0.5, 0.5])
    >>> round(float(law.log_prob([0.5, 0.5])), 12)
    0.0
    """

    temperature = parameter(positive)
    probs, logits = probabilities()
    axes: ClassVar[Mapping[str, str]] = {"probs": "k", "logits": "k"}
    event = "k"
    support = simplex

    def _log_prob(self, value: Any) -> Any:
        k, logs = self._sizes["k"], np.log(value)
        score = self.logits - self.temperature[..., None] * logs
        constant = ad.special.gammaln(float(k)) + (k - 1.0) * np.log(self.temperature)
        rest = np.sum(score - logs, axis=-1)
        return constant + rest - k * ad.special.logsumexp(score, axis=-1)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        noisy = self.logits + rng.gumbel(size=(*shape, self._sizes["k"]))
        return ad.special.softmax(noisy / self.temperature[..., None], axis=-1)

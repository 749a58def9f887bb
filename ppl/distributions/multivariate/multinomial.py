"""The multinomial law."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import Constraint, counts, nonnegative_integer, real_vector, simplex
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.parameter import parameter


class Multinomial(EventLaw):
    """Law of the counts of each category among `total_count` independent draws.

    Exactly one of `probs` and `logits` is given, by name.

    Parameters
    ----------
    total_count : array, shape (...)
        Nonnegative integer; also `n`.
    probs : array, shape (..., k)
        Probabilities, with sum 1; also `p`.
    logits : array, shape (..., k)
        Log probabilities up to a constant; also `logit_p`.

    Examples
    --------
    >>> law = Multinomial(4, probs=[0.25, 0.25, 0.5])
    >>> round(float(np.exp(law.log_prob([1, 1, 2]))), 12)
    0.1875
    """

    total_count = parameter(nonnegative_integer, aliases=("n",))
    probs = parameter(
        simplex,
        keyword_only=True,
        group="probability",
        aliases=("p",),
        derived=lambda law: ad.special.softmax(law.logits, axis=-1),
    )
    logits = parameter(
        real_vector,
        keyword_only=True,
        group="probability",
        aliases=("logit_p",),
        derived=lambda law: np.log(law.probs),
    )
    axes: ClassVar[Mapping[str, str]] = {"probs": "k", "logits": "k"}
    event = "k"

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """Counts with sum `total_count`."""
        return counts(self.total_count)

    def _log_prob(self, value: Any) -> Any:
        if "logits" in self._given:
            terms = value * ad.special.log_softmax(self.logits, axis=-1)
        else:
            terms = ad.special.xlogy(value, self.probs)
        ways = ad.special.gammaln(self.total_count + 1.0)
        return ways + np.sum(terms - ad.special.gammaln(value + 1.0), axis=-1)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        probs = np.asarray(self.probs)
        total = np.broadcast_to(self.total_count, shape).astype(np.int64)
        return rng.multinomial(total, probs / np.sum(probs, axis=-1, keepdims=True))

    def _mean(self) -> Any:
        return self.total_count[..., None] * self.probs

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self.probs)

    def _covariance(self) -> Any:
        each = self.probs[..., None] * (np.eye(self._sizes["k"]) - self.probs[..., None, :])
        return self.total_count[..., None, None] * each

"""The multinomial law."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import Constraint, counts, nonnegative_integer
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.probabilities import probabilities
from ppl.large_counts import refine_multinomial
from ppl.saddle_point import information, log_binomial


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

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the means in their last places changes, for counts of any size. That of a
    model's traced density is so too where counts reach 2^19; below, its absolute error is up to
    2e-9.

    Examples
    --------
    >>> law = Multinomial(4, probs=[0.25, 0.25, 0.5])
    >>> round(float(np.exp(law.log_prob([1, 1, 2]))), 12)
    0.1875
    """

    total_count = parameter(nonnegative_integer, aliases=("n",))
    probs, logits = probabilities()
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
        usual = ways + np.sum(terms - ad.special.gammaln(value + 1.0), axis=-1)
        return refine_multinomial(usual, value, self.probs)

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

    def _entropy(self) -> Any:
        if ad.is_traced(self.probs) or ad.is_traced(self.total_count):
            raise self._undefined("entropy of traced parameters")
        n = np.broadcast_to(np.asarray(self.total_count), self.batch_shape)
        probs = np.broadcast_to(self.probs, (*self.batch_shape, self._sizes["k"]))
        each = [
            sum(_expected_information(float(m), float(p)) for p in row)
            for m, row in zip(n.ravel(), probs.reshape(-1, probs.shape[-1]), strict=True)
        ]
        whole = information(np.maximum(n, 1.0)) * (n > 0.0)
        return np.reshape(each, n.shape) - whole


def _expected_information(n: float, p: float) -> float:
    """Mean of a category's terms of -log of the probability, as in `ppl.saddle_point`."""
    mean = n * p
    if mean == 0.0 or p >= 1.0:
        return float(information(n)) if mean > 0.0 else 0.0
    # Beyond it the mass is below 1e-25, by Bernstein's inequality.
    reach = 60.0 + 12.0 * np.sqrt(mean * (1.0 - p))
    x = np.arange(max(np.floor(mean - reach), 0.0), min(np.ceil(mean + reach), n) + 1.0)
    mass = np.exp(log_binomial(x, n - x, p, 1.0 - p))
    some = np.maximum(x, 1.0)
    terms = ad.special.kl_div(x, mean) + np.where(x > 0.0, information(some), 0.0)
    return float(mass @ terms)

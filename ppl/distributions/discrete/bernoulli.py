"""The Bernoulli law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import boolean
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.probabilities import probability


class Bernoulli(Distribution):
    """Law of a trial that succeeds (1) or fails (0).

    Exactly one of the parameters is given, by name.

    Parameters
    ----------
    probs : array, shape (...)
        Probability of 1; also `p`.
    logits : array, shape (...)
        Log odds of 1, log(p / (1 - p)); also `logit_p`. `log_prob` keeps full relative accuracy
        for log odds of any size.

    Examples
    --------
    >>> round(float(Bernoulli(logits=0.0).log_prob(1)), 12)
    -0.69314718056
    """

    probs, logits = probability()
    support = boolean

    def _log_prob(self, value: Any) -> Any:
        if "logits" in self._given:
            # log p and log(1 - p) are one function of the log odds, with their sign turned.
            return ad.special.log_expit((2.0 * value - 1.0) * self.logits)
        return ad.special.xlogy(value, self.probs) + ad.special.xlog1py(1.0 - value, -self.probs)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return (rng.random(shape) < self.probs).astype(np.int64)

    def _mean(self) -> Any:
        return self.probs

    def _variance(self) -> Any:
        return self.probs * (1.0 - self.probs)

    def _cdf(self, value: Any) -> Any:
        return np.where(value < 1.0, 1.0 - self.probs, 1.0)

    def _log_sf(self, value: Any) -> Any:
        return self._log_prob(1.0) + 0.0 * value

    def _icdf(self, q: Any) -> Any:
        return np.where(q > 1.0 - self.probs, 1.0, 0.0)

    def _entropy(self) -> Any:
        p = self.probs
        return -(ad.special.xlogy(p, p) + ad.special.xlog1py(1.0 - p, -p))

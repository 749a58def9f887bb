"""The geometric law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative_integer, open_unit_interval
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.probabilities import probability


class Geometric(Distribution):
    """Law of the number of failures before the first success: 0, 1, 2 and so on.

    Exactly one of the parameters is given, by name. (PyMC and SciPy count the success too: their
    values are greater by 1.)

    Parameters
    ----------
    probs : array, shape (...)
        Probability of success, strictly between 0 and 1; also `p`.
    logits : array, shape (...)
        Log odds of success; also `logit_p`.

    Examples
    --------
    >>> round(float(Geometric(probs=0.25).mean), 12)
    3.0
    """

    probs, logits = probability(open_unit_interval)
    support = nonnegative_integer

    def _log_failure(self) -> Any:
        if "logits" in self._given:
            return ad.special.log_expit(-self.logits)
        return np.log1p(-self.probs)

    def _log_success(self) -> Any:
        return ad.special.log_expit(self.logits) if "logits" in self._given else np.log(self.probs)

    def _log_prob(self, value: Any) -> Any:
        return value * self._log_failure() + self._log_success()

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return np.floor(rng.standard_exponential(shape) / -self._log_failure()).astype(np.int64)

    def _mean(self) -> Any:
        return np.exp(self._log_failure() - self._log_success())

    def _variance(self) -> Any:
        return np.exp(self._log_failure() - 2.0 * self._log_success())

    def _cdf(self, value: Any) -> Any:
        return -np.expm1((value + 1.0) * self._log_failure())

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log1m_exp((value + 1.0) * self._log_failure())

    def _log_sf(self, value: Any) -> Any:
        return (value + 1.0) * self._log_failure()

    def _entropy(self) -> Any:
        return -self._log_success() - self._mean() * self._log_failure()

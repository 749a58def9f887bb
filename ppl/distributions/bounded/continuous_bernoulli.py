"""The continuous Bernoulli law."""

from typing import Any

import numpy as np

from ppl.constraints import open_unit_interval, unit_interval
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.probabilities import probability
from ppl.numerics import log_sinhc


class ContinuousBernoulli(Distribution):
    """Law on [0, 1] with density proportional to probs^value (1 - probs)^(1 - value).

    Exactly one of the parameters is given, by name.

    Parameters
    ----------
    probs : array, shape (...)
        Strictly between 0 and 1; also `p`. It is not the mean.
    logits : array, shape (...)
        log(probs / (1 - probs)), the slope of the log density; also `logit_p`.

    Notes
    -----
    Loaiza-Ganem and Cunningham (2019), "The continuous Bernoulli: fixing a pervasive error in
    variational autoencoders". With h = logits / 2 the log density is
    2 h (value - 1/2) - log(sinh(h) / h), which has no removable singularity to step over.

    Examples
    --------
    >>> float(ContinuousBernoulli(probs=0.5).log_prob(0.75))
    0.0
    """

    probs, logits = probability(open_unit_interval)
    support = unit_interval

    def _log_prob(self, value: Any) -> Any:
        return self.logits * (value - 0.5) - log_sinhc(0.5 * self.logits)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._icdf(rng.random(shape))

    def _mean(self) -> Any:
        return 0.5 + 0.5 * _langevin(0.5 * self.logits)

    def _variance(self) -> Any:
        h = 0.5 * self.logits
        near = np.abs(h) < 0.1
        square = np.where(near, h, 0.0) ** 2
        series = 1.0 / 3.0 - square * (1.0 / 15.0 - square * (2.0 / 189.0 - square / 675.0))
        far = np.where(near, 1.0, np.minimum(np.abs(h), 300.0))
        direct = 1.0 / far**2 - 1.0 / np.sinh(far) ** 2
        return 0.25 * np.where(near, series, direct)

    def _cdf(self, value: Any) -> Any:
        # With a negative slope nothing overflows; a positive one is turned round.
        size = -np.abs(self.logits)
        safe = np.where(size == 0.0, -1.0, size)
        whole = np.expm1(safe)
        falling = np.expm1(safe * value) / whole
        rising = np.exp(safe * (1.0 - value)) * np.expm1(safe * value) / whole
        part = np.where(self.logits > 0.0, rising, falling)
        return np.where(size == 0.0, value, part)

    def _sf(self, value: Any) -> Any:
        size = -np.abs(self.logits)
        safe = np.where(size == 0.0, -1.0, size)
        whole = np.expm1(safe)
        falling = np.exp(safe * value) * np.expm1(safe * (1.0 - value)) / whole
        rising = np.expm1(safe * (1.0 - value)) / whole
        part = np.where(self.logits > 0.0, rising, falling)
        return np.where(size == 0.0, 1.0 - value, part)

    def _icdf(self, q: Any) -> Any:
        size = -np.abs(self.logits)
        safe = np.where(size == 0.0, -1.0, size)
        turned = np.where(self.logits > 0.0, 1.0 - q, q)
        value = np.log1p(turned * np.expm1(safe)) / safe
        return np.where(size == 0.0, q, np.where(self.logits > 0.0, 1.0 - value, value))

    def _entropy(self) -> Any:
        h = 0.5 * self.logits
        return log_sinhc(h) - h * _langevin(h)


def _langevin(h: Any) -> Any:
    """Compute coth(h) - 1/h, by its series around 0 (DLMF 4.19.6, with the sign of h^2 turned)."""
    near = np.abs(h) < 0.1
    small = np.where(near, h, 0.0)
    square = small**2
    series = small * (1.0 / 3.0 - square * (1.0 / 45.0 - square * (2.0 / 945.0 - square / 4725.0)))
    far = np.where(near, 1.0, h)
    return np.where(near, series, 1.0 / np.tanh(far) - 1.0 / far)

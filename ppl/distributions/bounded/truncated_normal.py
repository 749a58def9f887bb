"""The truncated normal law."""

import importlib
import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import (
    Above,
    Constraint,
    at_least,
    at_most,
    extended_real,
    interval,
    positive,
    real,
)
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, log_ndtr_difference

FAR = 1e10


class TruncatedNormal(Distribution):
    """Normal law given that the value is at least `low` and at most `high`.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean of the normal law; also `mu`.
    scale : array, shape (...), default 1
        Standard deviation of the normal law, positive; also `sigma`.
    low : array, shape (...), default -inf
        Lower end, by name; also `lower`.
    high : array, shape (...), default inf
        Upper end, greater than `low`, by name; also `upper`.

    Notes
    -----
    Exact also where the interval is far out in a tail of the normal law. Mean, variance and
    entropy lose digits there.

    Examples
    --------
    >>> round(float(TruncatedNormal(0, 1, low=0.0).log_prob(0.0)), 12)
    -0.225791352645
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    low = parameter(extended_real, default=-math.inf, keyword_only=True, aliases=("lower",))
    high = parameter(
        lambda law: Above(law.low), default=math.inf, keyword_only=True, aliases=("upper",)
    )

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The interval, of which ends given as numbers may be infinite."""
        below, above = _endless(self.low), _endless(self.high)
        if below and above:
            return real
        if above:
            return at_least(self.low)
        return at_most(self.high) if below else interval(self.low, self.high)

    def _standard(self, value: Any) -> Any:
        """Standardise; infinite ends become +-1e10, beyond which nothing is left."""
        infinite = np.abs(value) == np.inf
        z = (np.where(infinite, 0.0, value) - self.loc) / self.scale
        return np.where(infinite, np.where(value > 0.0, FAR, -FAR), z)

    def _log_share(self) -> Any:
        return log_ndtr_difference(self._standard(self.low), self._standard(self.high))

    def _log_prob(self, value: Any) -> Any:
        z = (value - self.loc) / self.scale
        return -0.5 * (z * z) - np.log(self.scale) - HALF_LOG_2PI - self._log_share()

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._icdf(rng.random(shape))

    def _edges(self) -> tuple[Any, Any, Any, Any]:
        """Both ends in standard units, and the densities there as shares of the mass."""
        a, b, log_mass = self._standard(self.low), self._standard(self.high), self._log_share()
        at_low = np.exp(-0.5 * (a * a) - HALF_LOG_2PI - log_mass)
        return a, b, at_low, np.exp(-0.5 * (b * b) - HALF_LOG_2PI - log_mass)

    def _mean(self) -> Any:
        _, _, at_low, at_high = self._edges()
        return self.loc + self.scale * (at_low - at_high)

    def _variance(self) -> Any:
        a, b, at_low, at_high = self._edges()
        return self.scale**2 * (1.0 + a * at_low - b * at_high - (at_low - at_high) ** 2)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        start = value <= self.low
        z = np.where(start, self._standard(self.high), self._standard(value))
        log_part = log_ndtr_difference(self._standard(self.low), z)
        return np.where(start, -np.inf, np.minimum(log_part - self._log_share(), 0.0))

    def _log_sf(self, value: Any) -> Any:
        end = value >= self.high
        z = np.where(end, self._standard(self.low), self._standard(value))
        log_part = log_ndtr_difference(z, self._standard(self.high))
        return np.where(end, -np.inf, np.minimum(log_part - self._log_share(), 0.0))

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        a, b = self._standard(self.low), self._standard(self.high)
        # By logarithms of the nearer tail, so that a far interval keeps its digits.
        right = a > 0.0
        outer = ad.special.log_ndtr(np.where(right, -b, a))
        part = np.log(np.where(right, 1.0 - q, q)) + self._log_share()
        z = special.ndtri_exp(np.minimum(np.logaddexp(outer, part), 0.0))
        value = self.loc + self.scale * np.where(right, -z, z)
        return np.minimum(np.maximum(value, self.low), self.high)

    def _entropy(self) -> Any:
        a, b, at_low, at_high = self._edges()
        log_size = np.log(self.scale) + self._log_share() + HALF_LOG_2PI + 0.5
        return log_size + 0.5 * (a * at_low - b * at_high)


def _endless(bound: Any) -> bool:
    return not ad.is_traced(bound) and bool(np.all(np.abs(bound) == np.inf))

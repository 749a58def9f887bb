"""The generalized extreme value law."""

import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import (
    Constraint,
    OpenInterval,
    greater_than,
    less_than,
    positive,
    real,
)
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import expm1_ratio, log1p_ratio
from ppl.tails import log_rare

# Within these distances of 0 the moments are those of the series in the concentration.
MEAN_SERIES, VARIANCE_SERIES = 1e-6, 1e-4
APERY = 1.2020569031595942  # zeta(3)


class _Beyond(OpenInterval):
    """An interval of which one end, or both, may be infinite; without a smooth map onto it."""

    def _contains(self, value: Any) -> Any:
        return super()._contains(value) & (np.abs(value) < np.inf)

    def _interior(self, _event_shape: Shape) -> Any:
        below = np.where(np.isfinite(self.low), self.low, 0.0) + 1.0
        return np.where(np.isfinite(self.high), self.high, below + 1.0) - 1.0


class GeneralizedExtremeValue(Distribution):
    """Law of maxima with distribution function exp(-(1 + xi z)^(-1/xi)), z = (value - loc) / scale.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Also `mu`.
    scale : array, shape (...), default 1
        Positive; also `sigma`.
    concentration : array, shape (...)
        Shape xi of the textbooks, by name (SciPy's `c` is -xi): a heavy right tail above 0, the
        Gumbel law at 0, a finite upper end below 0. Also `xi`.

    Notes
    -----
    Coles (2001), "An introduction to statistical modeling of extreme values", eq. 3.2. The
    support is where 1 + xi z > 0. The mean is infinite for xi >= 1, the variance for xi >= 1/2.
    Next to xi = 0 the variance has a relative error of up to 1e-7.

    Examples
    --------
    >>> float(GeneralizedExtremeValue(0, 1, concentration=0.0).log_prob(0.0))
    -1.0
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    concentration = parameter(real, keyword_only=True, aliases=("xi",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """Where 1 + xi z > 0."""
        xi = self.concentration
        if not ad.is_traced(xi) and np.ndim(xi) == 0:  # the side is known
            if xi == 0.0:
                return real
            end = self.loc - self.scale / xi
            return greater_than(end) if xi > 0.0 else less_than(end)
        end = self.loc - self.scale / np.where(xi == 0.0, 1.0, xi)
        return _Beyond(np.where(xi > 0.0, end, -np.inf), np.where(xi < 0.0, end, np.inf))

    def _reduced(self, value: Any) -> Any:
        """Y = log(1 + xi z) / xi, which is Gumbel."""
        z = (value - self.loc) / self.scale
        return z * log1p_ratio(self.concentration * z)

    def _log_prob(self, value: Any) -> Any:
        y = self._reduced(value)
        return -(1.0 + self.concentration) * y - np.exp(-y) - np.log(self.scale)

    def _value(self, y: Any) -> Any:
        return self.loc + self.scale * y * expm1_ratio(self.concentration * y)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._value(-np.log(rng.standard_exponential(shape)))

    def _mean(self) -> Any:
        xi = self.concentration
        near = np.abs(xi) < MEAN_SERIES
        far = np.where(near | (xi >= 1.0), 0.5, xi)
        direct = np.expm1(ad.special.gammaln(1.0 - far)) / far
        series = np.euler_gamma + xi * (np.euler_gamma**2 + math.pi**2 / 6.0) / 2.0
        ratio = np.where(xi < 1.0, np.where(near, series, direct), np.inf)
        return self.loc + self.scale * ratio

    def _variance(self) -> Any:
        xi = self.concentration
        near = np.abs(xi) < VARIANCE_SERIES
        far = np.where(near | (xi >= 0.5), 0.25, xi)
        first, second = ad.special.gammaln(1.0 - far), ad.special.gammaln(1.0 - 2.0 * far)
        direct = np.exp(2.0 * first) * np.expm1(second - 2.0 * first) / far**2
        # Cumulants of log E, E exponential: gamma, pi^2/6, 2 zeta(3).
        series = math.pi**2 / 6.0 + xi * (2.0 * APERY + np.euler_gamma * math.pi**2 / 3.0)
        return self.scale**2 * np.where(xi < 0.5, np.where(near, series, direct), np.inf)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        return -np.exp(-self._reduced(value))

    def _log_sf(self, value: Any) -> Any:
        return log_rare(-self._reduced(value))

    def _icdf(self, q: Any) -> Any:
        return self._value(-np.log(-np.log(q)))

    def _entropy(self) -> Any:
        return np.log(self.scale) + np.euler_gamma * (1.0 + self.concentration) + 1.0

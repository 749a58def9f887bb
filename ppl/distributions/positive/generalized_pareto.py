"""The generalized Pareto law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, Interval, at_least, interval, positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import expm1_ratio, log1p_ratio


class _Beyond(Interval):
    """An interval whose upper end may be infinite; without a smooth map onto it."""

    def _contains(self, value: Any) -> Any:
        return super()._contains(value) & (value < np.inf)

    def _interior(self, _event_shape: Shape) -> Any:
        return self.low + 0.5 * np.where(np.isfinite(self.high), self.high - self.low, 2.0)


class GeneralizedPareto(Distribution):
    """Law of exceedances, with distribution function 1 - (1 + xi z)^(-1/xi).

    Here z = (value - loc) / scale and xi = concentration.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Lower end; also `mu`.
    scale : array, shape (...), default 1
        Positive; also `sigma`.
    concentration : array, shape (...)
        Shape xi, by name (SciPy's `c`): a heavy tail above 0, the exponential law at 0, an upper
        end at loc - scale / xi below 0. Also `xi`. The mean is infinite for xi >= 1, the variance
        for xi >= 1/2.

    Notes
    -----
    Coles (2001), "An introduction to statistical modeling of extreme values", eq. 4.2.

    Examples
    --------
    >>> float(GeneralizedPareto(0, 1, concentration=0.0).log_prob(2.0))
    -2.0
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    concentration = parameter(real, keyword_only=True, aliases=("xi",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """From `loc` up, for negative concentrations to loc - scale / xi."""
        xi = self.concentration
        if not ad.is_traced(xi) and np.ndim(xi) == 0:  # the side is known
            return at_least(self.loc) if xi >= 0.0 else interval(self.loc, self._end())
        return _Beyond(self.loc, np.where(xi < 0.0, self._end(), np.inf))

    def _end(self) -> Any:
        xi = np.where(self.concentration < 0.0, self.concentration, -1.0)
        return self.loc - self.scale / xi

    def _reduced(self, value: Any) -> Any:
        """Y = log(1 + xi z) / xi, which is exponential."""
        z = (value - self.loc) / self.scale
        # At the upper end rounding must not pass the pole of the logarithm.
        return z * log1p_ratio(np.maximum(self.concentration * z, -1.0))

    def _log_prob(self, value: Any) -> Any:
        log_one = (1.0 + self.concentration) * self._reduced(value)
        return np.where(self.concentration == -1.0, 0.0, -log_one) - np.log(self.scale)

    def _value(self, y: Any) -> Any:
        return self.loc + self.scale * y * expm1_ratio(self.concentration * y)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._value(rng.standard_exponential(shape))

    def _mean(self) -> Any:
        xi = np.where(self.concentration < 1.0, self.concentration, 0.0)
        return np.where(self.concentration < 1.0, self.loc + self.scale / (1.0 - xi), np.inf)

    def _variance(self) -> Any:
        xi = np.where(self.concentration < 0.5, self.concentration, 0.0)
        variance = (self.scale / (1.0 - xi)) ** 2 / (1.0 - 2.0 * xi)
        return np.where(self.concentration < 0.5, variance, np.inf)

    def _cdf(self, value: Any) -> Any:
        return -np.expm1(-self._reduced(value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log1m_exp(-self._reduced(value))

    def _log_sf(self, value: Any) -> Any:
        return -self._reduced(value)

    def _icdf(self, q: Any) -> Any:
        inside = np.where(q < 1.0, q, 0.5)
        end = np.where(self.concentration < 0.0, self._end(), np.inf)
        return np.where(q < 1.0, self._value(-np.log1p(-inside)), end)

    def _entropy(self) -> Any:
        return np.log(self.scale) + self.concentration + 1.0

"""The Pareto law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, at_least, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Pareto(Distribution):
    """Pareto law with density concentration scale^concentration / value^(concentration + 1).

    Both parameters must be named: their order differs between systems.

    Parameters
    ----------
    scale : array, shape (...)
        Smallest value, positive; also `m`.
    concentration : array, shape (...)
        Exponent of the tail, positive; also `alpha`. The mean is infinite for 1 or less, the
        variance for 2 or less.

    Examples
    --------
    >>> float(Pareto(scale=2.0, concentration=3.0).mean)
    3.0
    """

    scale = parameter(positive, keyword_only=True, aliases=("m",))
    concentration = parameter(positive, keyword_only=True, aliases=("alpha",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The values from `scale` up."""
        return at_least(self.scale)

    def _tail(self, value: Any) -> Any:
        """Return minus the log of the probability of more than `value`."""
        # The difference of near values is exact; their quotient is not.
        near = value < 2.0 * self.scale
        gap = np.where(near, value - self.scale, self.scale) / self.scale
        far = np.log(np.where(near, 2.0 * self.scale, value) / self.scale)
        return self.concentration * np.where(near, np.log1p(gap), far)

    def _log_prob(self, value: Any) -> Any:
        return np.log(self.concentration) - np.log(value) - self._tail(value)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * np.exp(rng.standard_exponential(shape) / self.concentration)

    def _mean(self) -> Any:
        a = np.where(self.concentration > 1.0, self.concentration, 2.0)
        return np.where(self.concentration > 1.0, self.scale * a / (a - 1.0), np.inf)

    def _variance(self) -> Any:
        a = np.where(self.concentration > 2.0, self.concentration, 3.0)
        variance = (self.scale / (a - 1.0)) ** 2 * a / (a - 2.0)
        return np.where(self.concentration > 2.0, variance, np.inf)

    def _cdf(self, value: Any) -> Any:
        return -np.expm1(-self._tail(value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log1m_exp(-self._tail(value))

    def _log_sf(self, value: Any) -> Any:
        return -self._tail(value)

    def _icdf(self, q: Any) -> Any:
        return self.scale * np.exp(-np.log1p(-q) / self.concentration)

    def _entropy(self) -> Any:
        return np.log(self.scale) - np.log(self.concentration) + 1.0 / self.concentration + 1.0

"""The normal law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, log_ndtr_difference


class Normal(Distribution):
    """Normal law with density exp(-z^2/2) / (scale sqrt(2 pi)), z = (value - loc) / scale.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean; also `mu`.
    scale : array, shape (...), default 1
        Standard deviation, positive; also `sigma`.

    Examples
    --------
    >>> float(Normal(0, 1).log_prob(0.0))
    -0.9189385332046727
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _log_prob(self, value: Any) -> Any:
        z = self._standard(value)
        return -0.5 * (z * z) - np.log(self.scale) - HALF_LOG_2PI

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.loc + self.scale * rng.standard_normal(shape)

    def _mean(self) -> Any:
        return self.loc + 0.0 * self.scale

    def _variance(self) -> Any:
        return self.scale**2 + 0.0 * self.loc

    def _cdf(self, value: Any) -> Any:
        return ad.special.ndtr(self._standard(value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log_ndtr(self._standard(value))

    def _log_sf(self, value: Any) -> Any:
        return ad.special.log_ndtr(-self._standard(value))

    def _icdf(self, q: Any) -> Any:
        return self.loc + self.scale * importlib.import_module("scipy.special").ndtri(q)

    def _entropy(self) -> Any:
        return np.log(self.scale) + (HALF_LOG_2PI + 0.5) + 0.0 * self.loc

    def _log_mass(self, low: Any, high: Any) -> Any:
        # Beyond 1e10 standard deviations nothing is left, and infinite ends would give NaN.
        a, b = (np.minimum(np.maximum(self._standard(end), -1e10), 1e10) for end in (low, high))
        same = a >= b
        part = log_ndtr_difference(np.where(same, -1.0, a), np.where(same, 1.0, b))
        narrow = (b - a) * (1.0 + np.maximum(np.abs(a), np.abs(b))) < 1e-3
        narrow = narrow & (low < high) & (high - low < np.inf)
        return self._refined(np.where(same, -np.inf, part), narrow, low, high)

"""The log-normal law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI


class LogNormal(Distribution):
    """Law of a positive value whose logarithm is normal.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean of the logarithm; also `mu`.
    scale : array, shape (...), default 1
        Standard deviation of the logarithm, positive; also `sigma`.

    Examples
    --------
    >>> round(float(LogNormal(0, 1).mean), 12)
    1.6487212707
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = positive

    def _standard(self, value: Any) -> Any:
        return (np.log(value) - self.loc) / self.scale

    def _log_prob(self, value: Any) -> Any:
        z = self._standard(value)
        return -0.5 * (z * z) - np.log(value) - np.log(self.scale) - HALF_LOG_2PI

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return np.exp(self.loc + self.scale * rng.standard_normal(shape))

    def _mean(self) -> Any:
        return np.exp(self.loc + 0.5 * self.scale**2)

    def _variance(self) -> Any:
        return np.expm1(self.scale**2) * np.exp(2.0 * self.loc + self.scale**2)

    def _cdf(self, value: Any) -> Any:
        return ad.special.ndtr(self._standard(value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log_ndtr(self._standard(value))

    def _log_sf(self, value: Any) -> Any:
        return ad.special.log_ndtr(-self._standard(value))

    def _icdf(self, q: Any) -> Any:
        z = importlib.import_module("scipy.special").ndtri(q)
        return np.exp(self.loc + self.scale * z)

    def _entropy(self) -> Any:
        return self.loc + np.log(self.scale) + (HALF_LOG_2PI + 0.5)

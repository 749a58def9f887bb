"""The exponentially modified normal law."""

import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2

SQRT_HALF = math.sqrt(0.5)


class ExGaussian(Distribution):
    """Law of the sum of a normal and an independent exponential variable.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean of the normal part; also `mu`.
    scale : array, shape (...), default 1
        Standard deviation of the normal part, positive; also `sigma`.
    rate : array, shape (...)
        One over the mean of the exponential part, positive, by name; also `lam`. (PyMC's `nu` is
        that mean.)

    Notes
    -----
    Grushka (1972), "Characterization of exponentially modified Gaussian peaks in chromatography".

    Examples
    --------
    >>> float(ExGaussian(1, 2, rate=0.5).mean)
    3.0
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    rate = parameter(positive, keyword_only=True, aliases=("lam",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _log_shape(self, z: Any) -> Any:
        """Log of exp(r^2/2 - r z) Phi(z - r) with r = rate scale."""
        r = self.rate * self.scale
        far = z > r
        # On the left the exponents cancel: what is left of them is -z^2/2, by erfcx.
        left = np.where(far, r, z)
        near = np.log(ad.special.erfcx((r - left) * SQRT_HALF)) - LOG_2 - 0.5 * (left * left)
        right = np.where(far, z, r)
        return np.where(far, r * (0.5 * r - right) + ad.special.log_ndtr(right - r), near)

    def _log_prob(self, value: Any) -> Any:
        return np.log(self.rate) + self._log_shape(self._standard(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        normal = self.loc + self.scale * rng.standard_normal(shape)
        return normal + rng.standard_exponential(shape) / self.rate

    def _mean(self) -> Any:
        return self.loc + 1.0 / self.rate

    def _variance(self) -> Any:
        return self.scale**2 + self.rate**-2

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        z = self._standard(value)
        log_normal = ad.special.log_ndtr(z)
        return log_normal + ad.special.log1m_exp(np.minimum(self._log_shape(z) - log_normal, 0.0))

    def _log_sf(self, value: Any) -> Any:
        z = self._standard(value)
        return np.minimum(ad.special.logaddexp(ad.special.log_ndtr(-z), self._log_shape(z)), 0.0)

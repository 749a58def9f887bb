"""The normal-inverse Gaussian law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import OpenInterval, positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, LOG_PI
from ppl.quadrature import in_blocks

_STEP = 1.0 / 18.0
_NODES = np.arange(-288.0, 289.0) * _STEP


class NormalInverseGaussian(Distribution):
    """Law of loc + skewness v + sqrt(v) x, with x standard normal and v inverse Gaussian.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Also `mu`.
    scale : array, shape (...), default 1
        Positive; also `delta`.
    tailweight : array, shape (...)
        Positive, by name: the tails fall like exp(-tailweight |value|). Also `alpha`.
    skewness : array, shape (...)
        Between -tailweight and tailweight, by name; also `beta`.

    Notes
    -----
    Barndorff-Nielsen (1997), "Normal inverse Gaussian distributions and stochastic volatility
    modelling", eq. 2.3. The absolute error of `log_prob` is a few units in the last place of its
    largest term. The distribution function is an integral over the mixing variable.

    Examples
    --------
    >>> float(NormalInverseGaussian(1.0, 2.0, tailweight=5.0, skewness=3.0).mean)
    2.5
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("delta",))
    tailweight = parameter(positive, keyword_only=True, aliases=("alpha",))
    skewness = parameter(
        lambda law: OpenInterval(-law.tailweight, law.tailweight),
        keyword_only=True,
        aliases=("beta",),
    )
    support = real

    def _rest(self) -> Any:
        """Square root of tailweight^2 - skewness^2."""
        return np.sqrt((self.tailweight - self.skewness) * (self.tailweight + self.skewness))

    def _log_prob(self, value: Any) -> Any:
        distance = value - self.loc
        radius = np.hypot(self.scale, distance)
        bessel = ad.special.log_kve(1.0, self.tailweight * radius)
        # skewness distance - tailweight radius, in which the large parts cancel on one side
        size = np.abs(distance)
        over = self.scale * (self.scale / (radius + size))
        slope = self.tailweight - np.where(distance < 0.0, -self.skewness, self.skewness)
        exponent = self.scale * self._rest() - slope * size - self.tailweight * over
        factors = np.log(self.tailweight) + np.log(self.scale) - np.log(radius) - LOG_PI
        return factors + bessel + exponent

    def _log_cdf(self, value: Any) -> Any:
        left, right = self._tails(value)
        return np.where(left < right, left, ad.special.log1m_exp(right))

    def _log_sf(self, value: Any) -> Any:
        left, right = self._tails(value)
        return np.where(left < right, ad.special.log1m_exp(left), right)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    @in_blocks
    def _tails(self, value: Any) -> tuple[Any, Any]:
        """Logarithms of both tails, by the trapezoidal rule over the mixing variable v.

        With radius r = hypot(scale, distance), exponents are -r tailweight cosh(log v - log(r /
        tailweight)), thus Gaussian in w = sqrt(2 r tailweight) sinh(half of that); w = sinh(t)
        covers all sizes, and half = t where r tailweight is small.
        """
        distance = value - self.loc
        radius = np.hypot(self.scale, distance)
        t = _NODES.reshape((-1,) + (1,) * np.ndim(distance))
        size = np.maximum(np.sqrt(2.0 * radius * self.tailweight), 1.0)
        half = np.arcsinh(np.sinh(t) / size)
        log_v = np.log(radius) - np.log(self.tailweight) + 2.0 * half
        root = np.exp(0.5 * log_v)
        z = (distance / root) - self.skewness * root
        rest = self._rest()
        # The inverse Gaussian density of v, and the slope dv / dt over v
        gap = self.scale / root - rest * root
        mixing = np.log(self.scale) - HALF_LOG_2PI - 0.5 * log_v - 0.5 * (gap * gap)
        slope = (
            np.log(2.0 * _STEP) + np.log(np.cosh(t)) - 0.5 * np.log(size * size + np.sinh(t) ** 2)
        )
        weight = mixing + slope
        left = ad.special.logsumexp(weight + ad.special.log_ndtr(z), axis=0)
        right = ad.special.logsumexp(weight + ad.special.log_ndtr(-z), axis=0)
        return np.minimum(left, -1e-300), np.minimum(right, -1e-300)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        v = rng.wald(self.scale / self._rest(), self.scale**2, shape)
        return self.loc + self.skewness * v + np.sqrt(v) * rng.standard_normal(shape)

    def _mean(self) -> Any:
        return self.loc + self.scale * self.skewness / self._rest()

    def _variance(self) -> Any:
        return self.scale * self.tailweight**2 / self._rest() ** 3

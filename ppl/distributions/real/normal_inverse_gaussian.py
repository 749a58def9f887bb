"""The normal-inverse Gaussian law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import OpenInterval, positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_PI


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
    largest term.

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

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        v = rng.wald(self.scale / self._rest(), self.scale**2, shape)
        return self.loc + self.skewness * v + np.sqrt(v) * rng.standard_normal(shape)

    def _mean(self) -> Any:
        return self.loc + self.scale * self.skewness / self._rest()

    def _variance(self) -> Any:
        return self.scale * self.tailweight**2 / self._rest() ** 3

"""The skew-normal law."""

import importlib
import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, LOG_2


class SkewNormal(Distribution):
    """Skew-normal law with density 2 phi(z) Phi(slant z) / scale, z = (value - loc) / scale.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Location, which is the mean only without slant; also `mu`.
    scale : array, shape (...), default 1
        Positive; also `sigma`.
    slant : array, shape (...)
        By name; the normal law for 0, right-skewed above. Also `alpha`.

    Notes
    -----
    Azzalini (1985), "A class of distributions which includes the normal ones". The distribution
    function is Phi(z) - 2 T(z, slant) with Owen's T; where that cancels, in the left tail, the
    density is integrated by Gauss and Legendre's rule.

    Examples
    --------
    >>> round(float(SkewNormal(0, 1, slant=1.0).cdf(0.0)), 12)
    0.25
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    slant = parameter(real, keyword_only=True, aliases=("alpha",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _log_standard(self, z: Any) -> Any:
        return LOG_2 - HALF_LOG_2PI - 0.5 * (z * z) + ad.special.log_ndtr(self.slant * z)

    def _log_prob(self, value: Any) -> Any:
        return self._log_standard(self._standard(value)) - np.log(self.scale)

    def _delta(self) -> Any:
        return self.slant / np.sqrt(1.0 + self.slant**2)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        delta = self._delta()
        rest = np.sqrt((1.0 - delta) * (1.0 + delta)) * rng.standard_normal(shape)
        return self.loc + self.scale * (delta * np.abs(rng.standard_normal(shape)) + rest)

    def _mean(self) -> Any:
        return self.loc + self.scale * self._delta() * math.sqrt(2.0 / math.pi)

    def _variance(self) -> Any:
        return self.scale**2 * (1.0 - 2.0 * self._delta() ** 2 / math.pi)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        z = self._standard(value)
        owen = importlib.import_module("scipy.special").owens_t(z, self.slant)
        usual = np.minimum(ad.special.ndtr(z) - 2.0 * owen, 1.0)
        # Slope of the log density: the tail to the left is at most exponential with it.
        mills = np.exp(
            -0.5 * (self.slant * z) ** 2 - HALF_LOG_2PI - ad.special.log_ndtr(self.slant * z)
        )
        slope = self.slant * mills - z
        tail = (usual < 1e-3) & (slope > 1.0)
        direct = np.log(np.where(tail, 1.0, np.maximum(usual, 0.0)))
        return np.where(
            tail, self._log_tail(np.where(tail, z, -1.0), np.where(tail, slope, 1.0)), direct
        )

    def _log_sf(self, value: Any) -> Any:
        return SkewNormal(-self.loc, self.scale, slant=-self.slant).log_cdf(-value)

    def _log_tail(self, z: Any, slope: Any) -> Any:
        """Log of the mass below z: the integral over 40 lengths of decay, exp(-40) being left."""
        nodes, weights = np.polynomial.legendre.leggauss(80)
        top = self._log_standard(z)
        total = 0.0
        for node, weight in zip(20.0 * (nodes + 1.0), 20.0 * weights, strict=True):
            total = total + weight * np.exp(self._log_standard(z - node / slope) - top)
        return top + np.log(total / slope)

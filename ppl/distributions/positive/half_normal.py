"""The half-normal law."""

import importlib
import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, LOG_2

SQRT_2 = math.sqrt(2.0)


class HalfNormal(Distribution):
    """Law of the absolute value of a normal variable with mean 0.

    Parameters
    ----------
    scale : array, shape (...), default 1
        Standard deviation of that normal variable, positive; also `sigma`.

    Examples
    --------
    >>> round(float(HalfNormal(1).log_prob(0.0)), 12)
    -0.225791352645
    """

    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        z = value / self.scale
        return -0.5 * (z * z) - np.log(self.scale) + (LOG_2 - HALF_LOG_2PI)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * np.abs(rng.standard_normal(shape))

    def _mean(self) -> Any:
        return self.scale * math.sqrt(2.0 / math.pi)

    def _variance(self) -> Any:
        return self.scale**2 * (1.0 - 2.0 / math.pi)

    def _cdf(self, value: Any) -> Any:
        return ad.special.erf(value / (SQRT_2 * self.scale))

    def _log_cdf(self, value: Any) -> Any:
        z = value / self.scale
        near = np.log(ad.special.erf(np.minimum(z, 1.0) / SQRT_2))
        # Far out the logarithm of a number next to 1 is that of the small rest.
        far = np.log1p(-2.0 * ad.special.ndtr(-np.maximum(z, 1.0)))
        return np.where(z < 1.0, near, far)[()]

    def _log_sf(self, value: Any) -> Any:
        return LOG_2 + ad.special.log_ndtr(-value / self.scale)

    def _icdf(self, q: Any) -> Any:
        return self.scale * SQRT_2 * importlib.import_module("scipy.special").erfinv(q)

    def _entropy(self) -> Any:
        return np.log(self.scale) + (HALF_LOG_2PI + 0.5 - LOG_2)

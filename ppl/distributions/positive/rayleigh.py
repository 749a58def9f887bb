"""The Rayleigh law."""

import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2


class Rayleigh(Distribution):
    """Law of the length of a plane vector of two independent normal variables with mean 0.

    The density is z exp(-z^2/2) / scale, z = value / scale.

    Parameters
    ----------
    scale : array, shape (...), default 1
        Standard deviation of these variables, positive; also `sigma`.

    Examples
    --------
    >>> float(Rayleigh(1.0).log_prob(1.0))
    -0.5
    """

    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        z = value / self.scale
        return np.log(value) - 0.5 * (z * z) - 2.0 * np.log(self.scale)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * np.sqrt(2.0 * rng.standard_exponential(shape))

    def _mean(self) -> Any:
        return self.scale * math.sqrt(0.5 * math.pi)

    def _variance(self) -> Any:
        return self.scale**2 * (2.0 - 0.5 * math.pi)

    def _cdf(self, value: Any) -> Any:
        return -np.expm1(-0.5 * (value / self.scale) ** 2)

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log1m_exp(-0.5 * (value / self.scale) ** 2)

    def _log_sf(self, value: Any) -> Any:
        return -0.5 * (value / self.scale) ** 2

    def _icdf(self, q: Any) -> Any:
        return self.scale * np.sqrt(-2.0 * np.log1p(-q))

    def _entropy(self) -> Any:
        return np.log(self.scale) + (1.0 + 0.5 * np.euler_gamma - 0.5 * LOG_2)

"""The Rice law."""

import importlib
import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Rice(Distribution):
    """Law of the distance from 0 of a point in the plane with normal coordinates.

    Parameters
    ----------
    distance : array, shape (...)
        Distance of the mean point from 0, positive; also `nu`.
    scale : array, shape (...), default 1
        Standard deviation of each coordinate, positive; also `sigma`.

    Notes
    -----
    Rice (1945), "Mathematical analysis of random noise". For distance 0 it is the `Rayleigh` law.
    The distribution function is that of a noncentral chi-squared law; it has no derivatives.

    Examples
    --------
    >>> round(float(Rice(1.0, 1.0).log_prob(1.0)), 12)
    -0.764085641493
    """

    distance = parameter(positive, aliases=("nu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        z, d = value / self.scale, self.distance / self.scale
        # I_0(x) = exp(x) times a factor that falls slowly: (z - d)^2 is what is left of exponents.
        bessel = ad.special.log_ive(0.0, z * d)
        return np.log(z) - np.log(self.scale) - 0.5 * (z - d) ** 2 + bessel

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        first = self.distance + self.scale * rng.standard_normal(shape)
        return np.hypot(first, self.scale * rng.standard_normal(shape))

    def _mean(self) -> Any:
        # The Laguerre function of order 1/2, by scaled Bessel functions.
        half = 0.25 * (self.distance / self.scale) ** 2
        ive = ad.special.ive
        laguerre = (1.0 + 2.0 * half) * ive(0.0, half) + 2.0 * half * ive(1.0, half)
        return self.scale * math.sqrt(0.5 * math.pi) * laguerre

    def _variance(self) -> Any:
        return 2.0 * self.scale**2 + self.distance**2 - self._mean() ** 2

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return special.chndtr((value / self.scale) ** 2, 2.0, (self.distance / self.scale) ** 2)

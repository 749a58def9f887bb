"""The Moyal law."""

import importlib
import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, LOG_2


class Moyal(Distribution):
    """Moyal law with density exp(-(z + exp(-z)) / 2) / (scale sqrt(2 pi)).

    Here z = (value - loc) / scale.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mode; also `mu`.
    scale : array, shape (...), default 1
        Positive; the standard deviation is pi scale / sqrt(2). Also `sigma`.

    Notes
    -----
    Moyal (1955), "Theory of ionization fluctuations". exp(-z) is chi-squared with 1 degree of
    freedom.

    Examples
    --------
    >>> round(float(Moyal(0, 1).log_prob(0.0)), 12)
    -1.418938533205
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _log_prob(self, value: Any) -> Any:
        z = self._standard(value)
        return -0.5 * (z + np.exp(-z)) - np.log(self.scale) - HALF_LOG_2PI

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.loc - 2.0 * self.scale * np.log(np.abs(rng.standard_normal(shape)))

    def _mean(self) -> Any:
        return self.loc + self.scale * (np.euler_gamma + LOG_2)

    def _variance(self) -> Any:
        return 0.5 * (math.pi * self.scale) ** 2

    def _cdf(self, value: Any) -> Any:
        return 2.0 * ad.special.ndtr(-np.exp(-0.5 * self._standard(value)))

    def _log_cdf(self, value: Any) -> Any:
        x = np.exp(-0.5 * self._standard(value))
        # Far to the right the mass missing to 1 is that within +-x, about x sqrt(2 / pi).
        above = np.log1p(-ad.special.erf(np.minimum(x, 1.0) * math.sqrt(0.5)))
        return np.where(x < 1.0, above, LOG_2 + ad.special.log_ndtr(-x))

    def _log_sf(self, value: Any) -> Any:
        return np.log(ad.special.erf(np.exp(-0.5 * self._standard(value)) * math.sqrt(0.5)))

    def _icdf(self, q: Any) -> Any:
        root = importlib.import_module("scipy.special").ndtri(0.5 * q)
        return self.loc - 2.0 * self.scale * np.log(-root)

    def _entropy(self) -> Any:
        return np.log(self.scale) + HALF_LOG_2PI + 0.5 * (np.euler_gamma + LOG_2 + 1.0)

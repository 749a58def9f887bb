"""The Maxwell law."""

import importlib
import math
from typing import Any

import numpy as np

from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, LOG_2
from ppl.tails import log_gammainc, log_gammaincc


class Maxwell(Distribution):
    """Law of the length of a vector in space of three independent normal variables with mean 0.

    The density is sqrt(2 / pi) z^2 exp(-z^2/2) / scale, z = value / scale.

    Parameters
    ----------
    scale : array, shape (...), default 1
        Standard deviation of these variables, positive; also `sigma`.

    Examples
    --------
    >>> round(float(Maxwell(1.0).log_prob(1.0)), 12)
    -0.725791352645
    """

    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        z = value / self.scale
        constant = LOG_2 - HALF_LOG_2PI - 3.0 * np.log(self.scale)
        return constant + 2.0 * np.log(value) - 0.5 * (z * z)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * np.sqrt(2.0 * rng.standard_gamma(1.5, shape))

    def _mean(self) -> Any:
        return 2.0 * self.scale * math.sqrt(2.0 / math.pi)

    def _variance(self) -> Any:
        return self.scale**2 * (3.0 - 8.0 / math.pi)

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return special.gammainc(1.5, 0.5 * (value / self.scale) ** 2)

    def _log_cdf(self, value: Any) -> Any:
        return log_gammainc(1.5, 0.5 * (value / self.scale) ** 2)

    def _log_sf(self, value: Any) -> Any:
        return log_gammaincc(1.5, 0.5 * (value / self.scale) ** 2)

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return self.scale * np.sqrt(2.0 * special.gammaincinv(1.5, q))

    def _entropy(self) -> Any:
        return np.log(self.scale) + (HALF_LOG_2PI + np.euler_gamma - 0.5)

"""The half-Cauchy law."""

import math
from typing import Any

import numpy as np

from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2, LOG_PI, log1p_square


class HalfCauchy(Distribution):
    """Law of the absolute value of a Cauchy variable with median 0.

    Parameters
    ----------
    scale : array, shape (...), default 1
        Median of the law, positive; also `beta`.

    Examples
    --------
    >>> round(float(HalfCauchy(5).cdf(5.0)), 12)
    0.5
    """

    scale = parameter(positive, default=1.0, aliases=("beta",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        return -log1p_square(value / self.scale) - np.log(self.scale) + (LOG_2 - LOG_PI)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * np.abs(rng.standard_cauchy(shape))

    def _mean(self) -> Any:
        return np.full(self.batch_shape, np.inf)[()]

    def _variance(self) -> Any:
        return np.full(self.batch_shape, np.inf)[()]

    def _cdf(self, value: Any) -> Any:
        return np.arctan(value / self.scale) * (2.0 / math.pi)

    def _log_cdf(self, value: Any) -> Any:
        z = value / self.scale
        near = np.log(np.arctan(np.minimum(z, 1.0)) * (2.0 / math.pi))
        # arctan(z) = pi/2 - arctan(1/z): what is missing to 1 keeps its digits.
        far = np.log1p(-np.arctan(1.0 / np.maximum(z, 1.0)) * (2.0 / math.pi))
        return np.where(z < 1.0, near, far)[()]

    def _sf(self, value: Any) -> Any:
        z = value / self.scale
        near = 1.0 - np.arctan(np.minimum(z, 1.0)) * (2.0 / math.pi)
        return np.where(z < 1.0, near, np.arctan(1.0 / np.maximum(z, 1.0)) * (2.0 / math.pi))

    def _icdf(self, q: Any) -> Any:
        # tan near pi/2 is the cotangent of the rest, which is exact in 1 - q.
        far = 1.0 / np.tan(0.5 * math.pi * (1.0 - np.maximum(q, 0.5)))
        return self.scale * np.where(q < 0.5, np.tan(0.5 * math.pi * np.minimum(q, 0.5)), far)

    def _entropy(self) -> Any:
        return np.log(2.0 * math.pi * self.scale)

"""The exponential law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class Exponential(Distribution):
    """Exponential law with density rate exp(-rate value).

    Parameters
    ----------
    rate : array, shape (...), default 1
        One over the mean, positive; also `lam`. (SciPy's and Julia's parameter is the mean.)

    Examples
    --------
    >>> float(Exponential(2.0).mean)
    0.5
    """

    rate = parameter(positive, default=1.0, aliases=("lam",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        return np.log(self.rate) - self.rate * value

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return rng.standard_exponential(shape) / self.rate

    def _mean(self) -> Any:
        return 1.0 / self.rate

    def _variance(self) -> Any:
        return 1.0 / self.rate**2

    def _cdf(self, value: Any) -> Any:
        return -np.expm1(-self.rate * value)

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log1m_exp(-self.rate * value)

    def _log_sf(self, value: Any) -> Any:
        return -self.rate * value

    def _icdf(self, q: Any) -> Any:
        return -np.log1p(-q) / self.rate

    def _entropy(self) -> Any:
        return 1.0 - np.log(self.rate)

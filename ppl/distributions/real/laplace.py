"""The Laplace law."""

from typing import Any

import numpy as np

from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2


class Laplace(Distribution):
    """Laplace law with density exp(-|z|) / (2 scale), z = (value - loc) / scale.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean; also `mu`.
    scale : array, shape (...), default 1
        Mean absolute deviation, positive; also `b`.

    Examples
    --------
    >>> float(Laplace(0, 1).cdf(0.0))
    0.5
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("b",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def kinks(self) -> tuple[Any, ...]:
        """Return `loc`, where the density has a corner."""
        return (self.loc,)

    def _log_prob(self, value: Any) -> Any:
        return -abs(self._standard(value)) - np.log(self.scale) - LOG_2

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.loc + self.scale * rng.laplace(size=shape)

    def _mean(self) -> Any:
        return self.loc

    def _variance(self) -> Any:
        return 2.0 * self.scale**2

    def _cdf(self, value: Any) -> Any:
        z = self._standard(value)
        tail = 0.5 * np.exp(-abs(z))
        return np.where(z < 0.0, tail, 1.0 - tail)

    def _log_cdf(self, value: Any) -> Any:
        z = self._standard(value)
        return np.where(z < 0.0, z - LOG_2, np.log1p(-0.5 * np.exp(-abs(z))))

    def _log_sf(self, value: Any) -> Any:
        z = self._standard(value)
        return np.where(z > 0.0, -z - LOG_2, np.log1p(-0.5 * np.exp(-abs(z))))

    def _icdf(self, q: Any) -> Any:
        size = np.log(2.0 * np.minimum(q, 1.0 - q))
        return self.loc + self.scale * np.where(q < 0.5, size, -size)

    def _entropy(self) -> Any:
        return 1.0 + np.log(2.0 * self.scale)

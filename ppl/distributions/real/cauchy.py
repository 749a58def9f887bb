"""The Cauchy law."""

from typing import Any

import numpy as np

from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_PI, log1p_square


class Cauchy(Distribution):
    """Cauchy law with density 1 / (pi scale (1 + z^2)), z = (value - loc) / scale.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Median; also `alpha`.
    scale : array, shape (...), default 1
        Half the distance between the quartiles, positive; also `beta`.

    Examples
    --------
    >>> float(Cauchy(2, 1).cdf(2.0))
    0.5
    """

    loc = parameter(real, default=0.0, aliases=("alpha",))
    scale = parameter(positive, default=1.0, aliases=("beta",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _log_prob(self, value: Any) -> Any:
        return -log1p_square(self._standard(value)) - np.log(self.scale) - LOG_PI

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.loc + self.scale * rng.standard_cauchy(shape)

    def _mean(self) -> Any:
        return np.full(self.batch_shape, np.nan)[()]

    def _variance(self) -> Any:
        return np.full(self.batch_shape, np.nan)[()]

    def _cdf(self, value: Any) -> Any:
        z = self._standard(value)
        # The arctangent of 1/z keeps its digits in the left tail; 1/2 + arctan(z)/pi does not.
        left = np.arctan(-1.0 / np.minimum(z, -1.0)) / np.pi
        return np.where(z < -1.0, left, 0.5 + np.arctan(np.maximum(z, -1.0)) / np.pi)

    def _sf(self, value: Any) -> Any:
        return Cauchy(-self.loc, self.scale).cdf(-value)

    def _icdf(self, q: Any) -> Any:
        # -cot(pi q), turned about the centre so that it keeps its digits at either end.
        tail = np.minimum(q, 1.0 - q)
        size = np.where(tail == 0.5, 0.0, 1.0 / np.tan(np.pi * tail))
        return self.loc + self.scale * np.where(q < 0.5, -size, size)

    def _entropy(self) -> Any:
        return np.log(4.0 * np.pi * self.scale) + 0.0 * self.loc

"""The asymmetric Laplace law."""

from typing import Any

import numpy as np

from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter


class AsymmetricLaplace(Distribution):
    """Two exponential laws back to back, with different scales.

    With z = (value - loc) / scale and k = asymmetry, the density is exp(-k z) on the right and
    exp(z / k) on the left of `loc`, divided by scale (k + 1/k).

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mode; also `mu`.
    scale : array, shape (...), default 1
        Geometric mean of the two sides' scales, positive; also `b`.
    asymmetry : array, shape (...)
        Positive, by name; above 1 the left side is the longer one. Also `kappa`.

    Notes
    -----
    Kotz, Kozubowski and Podgorski (2001), "The Laplace distribution and generalizations", ch. 3.

    Examples
    --------
    >>> float(AsymmetricLaplace(0, 1, asymmetry=2.0).mean)
    -1.5
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("b",))
    asymmetry = parameter(positive, keyword_only=True, aliases=("kappa",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _exponent(self, z: Any) -> Any:
        return np.where(z < 0.0, z / self.asymmetry, -z * self.asymmetry)

    def kinks(self) -> tuple[Any, ...]:
        """Return `loc`, where the density has a corner."""
        return (self.loc,)

    def _log_prob(self, value: Any) -> Any:
        total = self.asymmetry + 1.0 / self.asymmetry
        return self._exponent(self._standard(value)) - np.log(self.scale) - np.log(total)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        right = rng.standard_exponential(shape) / self.asymmetry
        left = rng.standard_exponential(shape) * self.asymmetry
        return self.loc + self.scale * (right - left)

    def _mean(self) -> Any:
        return self.loc + self.scale * (1.0 / self.asymmetry - self.asymmetry)

    def _variance(self) -> Any:
        return self.scale**2 * (self.asymmetry**2 + self.asymmetry**-2)

    def _cdf(self, value: Any) -> Any:
        z = self._standard(value)
        square = self.asymmetry**2
        tail = np.exp(self._exponent(z)) / (1.0 + square)
        return np.where(z < 0.0, square * tail, 1.0 - tail)

    def _log_cdf(self, value: Any) -> Any:
        z = self._standard(value)
        square = self.asymmetry**2
        left = self._exponent(z) - np.log1p(1.0 / square)
        return np.where(z < 0.0, left, np.log1p(-np.exp(self._exponent(z)) / (1.0 + square)))

    def _log_sf(self, value: Any) -> Any:
        z = self._standard(value)
        share = np.exp(self._exponent(z)) / (1.0 + self.asymmetry**-2.0)
        return np.where(z < 0.0, np.log1p(-share), self._exponent(z) - np.log1p(self.asymmetry**2))

    def _icdf(self, q: Any) -> Any:
        square = self.asymmetry**2
        below = square / (1.0 + square)
        left = self.asymmetry * np.log(q / below)
        right = -np.log((1.0 - q) * (1.0 + square)) / self.asymmetry
        return self.loc + self.scale * np.where(q < below, left, right)

    def _entropy(self) -> Any:
        return 1.0 + np.log(self.scale * (self.asymmetry + 1.0 / self.asymmetry))

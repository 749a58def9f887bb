"""The generalized normal law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2


class GeneralizedNormal(Distribution):
    """Law with density exp(-|z|^power) / (2 scale Gamma(1 + 1/power)), z = (value - loc) / scale.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean; also `mu`.
    scale : array, shape (...), default 1
        Positive; for power 2 it is sqrt(2) times the standard deviation.
    power : array, shape (...)
        Positive, by name: 1 for the Laplace law, 2 for the normal one. Also `beta`.

    Notes
    -----
    Nadarajah (2005), "A generalized normal distribution".

    Examples
    --------
    >>> round(float(GeneralizedNormal(0, 1, power=1.0).log_prob(0.0)), 12)
    -0.69314718056
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0)
    power = parameter(positive, keyword_only=True, aliases=("beta",))
    support = real

    def _size(self, value: Any) -> Any:
        z = (value - self.loc) / self.scale
        # At the mode, where a small power has a cusp, the derivative is 0 by symmetry.
        return np.where(z == 0.0, 0.0, np.abs(np.where(z == 0.0, 1.0, z)) ** self.power)

    def kinks(self) -> tuple[Any, ...]:
        """Return `loc`, where the density has a corner."""
        return (self.loc,)

    def _log_prob(self, value: Any) -> Any:
        constant = ad.special.gammaln(1.0 + 1.0 / self.power) + LOG_2
        return -self._size(value) - constant - np.log(self.scale)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        size = rng.standard_gamma(1.0 / self.power, shape) ** (1.0 / self.power)
        return self.loc + self.scale * size * rng.choice((-1.0, 1.0), shape)

    def _mean(self) -> Any:
        return self.loc

    def _variance(self) -> Any:
        inverse = 1.0 / self.power
        ratio = ad.special.gammaln(3.0 * inverse) - ad.special.gammaln(inverse)
        return self.scale**2 * np.exp(ratio)

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        tail = 0.5 * special.gammaincc(1.0 / self.power, self._size(value))
        return np.where(value < self.loc, tail, 1.0 - tail)

    def _sf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        tail = 0.5 * special.gammaincc(1.0 / self.power, self._size(value))
        return np.where(value > self.loc, tail, 1.0 - tail)

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        tail = 2.0 * np.minimum(q, 1.0 - q)
        size = special.gammainccinv(1.0 / self.power, tail) ** (1.0 / self.power)
        return self.loc + self.scale * np.where(q < 0.5, -size, size)

    def _entropy(self) -> Any:
        inverse = 1.0 / self.power
        return inverse + np.log(2.0 * self.scale) + ad.special.gammaln(1.0 + inverse)

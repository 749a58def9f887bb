"""The power spherical law."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import nonnegative, unit_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.spheres import around, covariance_around, half_gap
from ppl.numerics import LOG_2, LOG_PI, log_gamma_increase


class PowerSpherical(EventLaw):
    """Law of a unit vector with density proportional to (1 + loc . value)^concentration.

    The density is with respect to the area of the sphere.

    Parameters
    ----------
    loc : array, shape (..., n)
        Mean direction, of length 1; also `mu`, `mean_direction`.
    concentration : array, shape (...)
        Nonnegative; also `kappa`.

    Notes
    -----
    De Cao and Aziz (2020), "The power spherical distribution". (1 + cosine) / 2 has a beta law.

    Examples
    --------
    >>> round(float(PowerSpherical([0.0, 0.0, 1.0], 0.0).log_prob([1.0, 0.0, 0.0])), 12)
    -2.531024246969
    """

    loc = parameter(unit_vector, aliases=("mu", "mean_direction"))
    concentration = parameter(nonnegative, aliases=("kappa",))
    axes: ClassVar[Mapping[str, str]] = {"loc": "n"}
    event = "n"
    support = unit_vector

    def _log_prob(self, value: Any) -> Any:
        half = 0.5 * (self._sizes["n"] - 1.0)
        closeness = np.log1p(-0.5 * half_gap(self.loc, value))  # log((1 + cosine) / 2)
        constant = (
            2.0 * half * LOG_2 + half * LOG_PI - log_gamma_increase(half + self.concentration, half)
        )
        return self.concentration * closeness - constant

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        half = 0.5 * (self._sizes["n"] - 1.0)
        upper = np.broadcast_to(half + self.concentration, shape)
        return around(rng, self.loc, 2.0 * rng.beta(upper, half) - 1.0)

    def _length(self) -> Any:
        return self.concentration / (self._sizes["n"] - 1.0 + self.concentration)

    def _mean(self) -> Any:
        return self._length()[..., None] * self.loc

    def _covariance(self) -> Any:
        # The cosine is 2 B - 1, B beta with a and b; sines have mean square 4 E[B (1 - B)].
        b = 0.5 * (self._sizes["n"] - 1.0)
        a = b + self.concentration
        across = 2.0 * a / ((a + b) * (a + b + 1.0))
        return covariance_around(self.loc, 2.0 * b * across / (a + b), across)

    def _variance(self) -> Any:
        return np.diagonal(self._covariance(), axis1=-2, axis2=-1)

    def _entropy(self) -> Any:
        half = 0.5 * (self._sizes["n"] - 1.0)
        upper = half + self.concentration
        expected = ad.special.digamma(upper) - ad.special.digamma(upper + half)
        constant = 2.0 * half * LOG_2 + half * LOG_PI - log_gamma_increase(upper, half)
        return constant - self.concentration * expected

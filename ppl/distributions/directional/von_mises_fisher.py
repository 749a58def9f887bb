"""The von Mises-Fisher law."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import positive, unit_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.spheres import around, covariance_around, half_gap
from ppl.numerics import LOG_2, LOG_PI


class VonMisesFisher(EventLaw):
    """Law of a unit vector with density proportional to exp(concentration loc . value).

    The density is with respect to the area of the sphere.

    Parameters
    ----------
    loc : array, shape (..., n)
        Mean direction, of length 1; also `mu`, `mean_direction`.
    concentration : array, shape (...)
        Positive, from 1e-20 to 1e10; also `kappa`.

    Notes
    -----
    Fisher (1953), "Dispersion on a sphere"; draws by the method of Wood (1994), "Simulation of the
    von Mises Fisher distribution".

    Examples
    --------
    >>> law = VonMisesFisher([0.0, 0.0, 1.0], 2.0)  # here the mean length is coth(2) - 1 / 2
    >>> law.mean.round(9).tolist()
    [0.0, 0.0, 0.537314721]
    """

    loc = parameter(unit_vector, aliases=("mu", "mean_direction"))
    concentration = parameter(positive, aliases=("kappa",))
    axes: ClassVar[Mapping[str, str]] = {"loc": "n"}
    event = "n"
    support = unit_vector

    def _log_scale(self) -> Any:
        """Log of the normalisation at the mean direction: of exp(concentration (cos - 1))."""
        n = self._sizes["n"]
        order = 0.5 * n - 1.0
        bessel = ad.special.log_ive(order, self.concentration)
        return order * np.log(self.concentration) - 0.5 * n * (LOG_2 + LOG_PI) - bessel

    def _log_prob(self, value: Any) -> Any:
        return self._log_scale() - self.concentration * half_gap(self.loc, value)

    def _length(self) -> Any:
        """Length of the mean vector."""
        half = 0.5 * self._sizes["n"]
        log_ive = ad.special.log_ive
        return np.exp(log_ive(half, self.concentration) - log_ive(half - 1.0, self.concentration))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        kappa = np.broadcast_to(self.concentration, shape)
        return around(rng, self.loc, _cosines(rng, kappa, self._sizes["n"] - 1.0))

    def _mean(self) -> Any:
        return self._length()[..., None] * self.loc

    def _covariance(self) -> Any:
        n, length = self._sizes["n"], self._length()
        across = length / self.concentration
        along = 1.0 - length * length - (n - 1.0) * across
        return covariance_around(self.loc, along, across)

    def _variance(self) -> Any:
        return np.diagonal(self._covariance(), axis1=-2, axis2=-1)

    def _entropy(self) -> Any:
        return self.concentration * (1.0 - self._length()) - self._log_scale()


def _cosines(rng: np.random.Generator, kappa: Any, m: float) -> Any:
    """Cosines to the mean direction, density exp(kappa w) (1 - w^2)^((m - 2) / 2), by rejection."""
    b = m / (2.0 * kappa + np.sqrt(4.0 * kappa * kappa + m * m))
    x = (1.0 - b) / (1.0 + b)
    log_1m_x2 = np.log(4.0 * b / (1.0 + b) ** 2)
    c = kappa * x + m * log_1m_x2
    result = np.empty(np.shape(kappa))
    waiting = np.ones(np.shape(kappa), dtype=bool)
    while np.any(waiting):
        z = rng.beta(0.5 * m, 0.5 * m, size=np.shape(kappa))
        w = (1.0 - (1.0 + b) * z) / (1.0 - (1.0 - b) * z)
        accepted = kappa * w + m * np.log1p(-x * w) - c >= -rng.standard_exponential(
            np.shape(kappa)
        )
        result = np.where(waiting & accepted, w, result)
        waiting &= ~accepted
    return result

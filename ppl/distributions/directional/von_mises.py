"""The von Mises law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import angle, nonnegative, real
from ppl.distributions.arcs import log_arc
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2, LOG_PI


class VonMises(Distribution):
    """Law of an angle with density exp(concentration cos(value - loc)) / (2 pi I0(concentration)).

    Values are angles from -pi to pi, as `sample` and latent sites give them; others have to be
    wound there.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean direction, any angle; also `mu`.
    concentration : array, shape (...), default 1
        Nonnegative; 0 is the uniform law; also `kappa`.

    Notes
    -----
    `mean` is `loc` wound to the angles from -pi to pi: the mean direction; `variance` is the
    circular variance 1 - I1(concentration) / I0(concentration). `cdf` begins at -pi; it is a
    quadrature of the density, in logarithms, right to a relative 1e-13 in both tails.

    Examples
    --------
    >>> round(float(VonMises(0.0, 0.0).log_prob(1.0)), 12)
    -1.837877066409
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    concentration = parameter(nonnegative, default=1.0, aliases=("kappa",))
    support = angle

    def _log_prob(self, value: Any) -> Any:
        # cos(x) - 1 = -2 sin(x / 2)^2, and I0 scaled by its exponential.
        half = np.sin(0.5 * (value - self.loc))
        scaled = ad.special.ive(0.0, self.concentration)
        return -2.0 * self.concentration * half * half - np.log(scaled) - LOG_2 - LOG_PI

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        turned = rng.vonmises(0.0, np.broadcast_to(self.concentration, shape)) + self.loc
        return wound(turned)

    def _mean(self) -> Any:
        return wound(self.loc)

    def _variance(self) -> Any:
        return 1.0 - self._ratio()

    def _ratio(self) -> Any:
        return ad.special.ive(1.0, self.concentration) / ad.special.ive(0.0, self.concentration)

    def _entropy(self) -> Any:
        scaled = np.log(ad.special.ive(0.0, self.concentration))
        return LOG_2 + LOG_PI + scaled + self.concentration * (1.0 - self._ratio())

    def _log_cdf(self, value: Any) -> Any:
        return self._log_arc(self.loc, value)

    def _log_sf(self, value: Any) -> Any:
        # The arc from the value to pi, seen in a mirror
        return self._log_arc(-self.loc, -value)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_arc(self, loc: Any, value: Any) -> Any:
        """Log probability of the arc from -pi on."""
        start = wound(-np.pi - loc)
        shape = np.broadcast_shapes(np.shape(start), np.shape(value), self.batch_shape)
        given = (self.concentration, start, value + np.pi)
        return log_arc(*(np.broadcast_to(part, shape) for part in given))

    def skewed_moments(self) -> tuple[Any, Any]:
        """Return the means of cos(value - loc) and of sin(value - loc)^2, shape batch_shape."""
        ratio, some = self._ratio(), self.concentration > 0.0
        return ratio, np.where(some, ratio / np.where(some, self.concentration, 1.0), 0.5)


def wound(x: Any) -> Any:
    """Add turns to angles, so that they lie from -pi to pi."""
    turns = np.floor((x + np.pi) / (2.0 * np.pi))
    return np.clip(x - 2.0 * np.pi * turns, -np.pi, np.pi)

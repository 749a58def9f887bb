"""The sine law of two angles."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import ad
from ppl.constraints import angle, nonnegative, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.directional.von_mises import wound
from ppl.distributions.parameter import parameter
from ppl.numerics import LOG_2, LOG_PI

_NODES = 512
_BLOCK = 1 << 14
_BINS = 1024


class SineBivariateVonMises(Distribution):
    """Law of two angles, the value's last axis, each von Mises given the other.

    The log density is, up to the normalisation, phi_concentration cos(a) + psi_concentration cos(b)
    + correlation sin(a) sin(b), where a = value[0] - phi_loc and b = value[1] - psi_loc.

    Parameters
    ----------
    phi_loc, psi_loc : array, shape (...)
        Mean angles.
    phi_concentration, psi_concentration : array, shape (...)
        Nonnegative.
    correlation : array, shape (...), default 0
        Any sign; with its square above the product of the concentrations there are two modes.

    Notes
    -----
    Singh, Hnizdo and Demchuk (2002), "Probabilistic model for two dependent circular variables".
    The normalisation is an integral over one angle by 512 points, exact to rounding (the integrand
    is periodic) while phi_concentration and the correlation are below about 1000.

    `mean` has both mean directions, `phi_loc` and `psi_loc` wound to the angles from -pi to pi;
    `variance` both circular variances, 1 - E cos(value - loc).

    Examples
    --------
    >>> law = SineBivariateVonMises(0.0, 0.0, 0.0, 0.0)
    >>> round(float(law.log_prob([1.0, -2.0])), 12)
    -3.675754132819
    """

    phi_loc = parameter(real)
    psi_loc = parameter(real)
    phi_concentration = parameter(nonnegative)
    psi_concentration = parameter(nonnegative)
    correlation = parameter(real, default=0.0)
    support = angle

    @property
    def event_shape(self) -> Shape:
        """(2,)."""
        return (2,)

    def _log_marginal(self, a: Any) -> Any:
        """Log of the density of a, up to the normalisation, and less both concentrations.

        The second angle is integrated out: it is von Mises with a concentration of size `reach`.
        """
        across = self.correlation[..., None] * np.sin(a)
        second = self.psi_concentration[..., None]
        square = second * second + across * across
        reach = np.sqrt(np.where(square > 0.0, square, 1.0)) * np.where(square > 0.0, 1.0, 0.0)
        half = np.sin(0.5 * a)
        first = -2.0 * self.phi_concentration[..., None] * half * half
        # reach - second without cancellation
        total = np.where(square > 0.0, reach + second, 1.0)
        return first + across * across / total + np.log(ad.special.ive(0.0, reach))

    def _log_scale(self) -> Any:
        nodes = -np.pi + 2.0 * np.pi / _NODES * np.arange(float(_NODES))
        logs = self._log_marginal(nodes)
        return ad.special.logsumexp(logs, axis=-1) + 2.0 * (LOG_2 + LOG_PI) - np.log(float(_NODES))

    def _log_prob(self, value: Any) -> Any:
        a, b = value[..., 0] - self.phi_loc, value[..., 1] - self.psi_loc
        first, second = np.sin(0.5 * a), np.sin(0.5 * b)
        kept = self.phi_concentration * first * first + self.psi_concentration * second * second
        return -2.0 * kept + self.correlation * np.sin(a) * np.sin(b) - self._log_scale()

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        count = math.prod(shape)
        if count > _BLOCK and shape[0] > 1 and len(shape) > len(self.batch_shape):
            # A draw takes a table of bins for a while: one block of them at a time.
            rows = max(_BLOCK * shape[0] // count, 1)
            starts = range(0, shape[0], rows)
            blocks = [(min(rows, shape[0] - start), *shape[1:]) for start in starts]
            return np.concatenate([self._draw(rng, block) for block in blocks])
        a = self._first_angles(rng, shape)
        turn = np.arctan2(self.correlation * np.sin(a), self.psi_concentration)
        reach = np.hypot(self.psi_concentration, self.correlation * np.sin(a))
        b = turn + rng.vonmises(0.0, np.broadcast_to(reach, shape))
        both = np.stack([a + self.phi_loc, b + self.psi_loc], axis=-1)
        return wound(both)

    def _first_angles(self, rng: np.random.Generator, shape: Shape) -> Any:
        """Draw a by rejection from a step function above its density."""
        width = 2.0 * np.pi / _BINS
        edges = -np.pi + width * np.arange(_BINS + 1.0)
        logs = np.broadcast_to(self._log_marginal(edges), (*shape, _BINS + 1))
        # The log density has a slope of at most this, so within a bin it rises by half a width's.
        steepest = self.phi_concentration + np.abs(self.correlation)
        top = np.maximum(logs[..., 1:], logs[..., :-1]) + (0.5 * width * steepest)[..., None]
        weights = np.exp(top - np.max(top, axis=-1, keepdims=True))
        upto = np.cumsum(weights, axis=-1)
        result, waiting = np.zeros(shape), np.ones(shape, dtype=bool)
        while np.any(waiting):
            u = rng.random(shape)[..., None] * upto[..., -1:]
            bins = np.minimum(np.sum(u >= upto, axis=-1), _BINS - 1)
            a = -np.pi + width * (bins + rng.random(shape))
            height = np.take_along_axis(top, bins[..., None], axis=-1)[..., 0]
            log = self._log_marginal(a[..., None])[..., 0]
            accepted = log - height >= -rng.standard_exponential(shape)
            result = np.where(waiting & accepted, a, result)
            waiting &= ~accepted
        return result

    def _means(self, function: Callable[[Any, Any], Any]) -> Any:
        """Mean over both angles of a function of a and of the moments of b given a.

        The function is given a, shape (..., nodes), and the means of 1 - cos b, sin b and sin^2 b.
        """
        a = -np.pi + 2.0 * np.pi / _NODES * np.arange(float(_NODES))
        across = self.correlation[..., None] * np.sin(a)
        second = self.psi_concentration[..., None] + 0.0 * a
        square = second * second + across * across
        some = square > 0.0
        reach = np.sqrt(np.where(some, square, 1.0))
        # The mean length of b's direction, its cosine and its sine
        scale = ad.special.ive(0.0, reach)
        length = np.where(some, ad.special.ive(1.0, reach) / scale, 0.0)
        turned = across / reach
        gap = 1.0 - length + length * turned * across / (reach + second)
        twice = np.where(some, 1.0 - 2.0 * length / reach, 0.0)
        squares = 0.5 * (1.0 - twice * (1.0 - 2.0 * turned * turned))
        moments = gap, length * turned, squares
        return np.sum(ad.special.softmax(self._log_marginal(a), axis=-1) * function(a, moments), -1)

    def _gaps(self) -> tuple[Any, Any]:
        """Means of 1 - cos a and 1 - cos b."""
        first = self._means(lambda a, _: 2.0 * np.sin(0.5 * a) ** 2)
        return first, self._means(lambda _, b: b[0])

    def _mean(self) -> Any:
        locs = (np.broadcast_to(loc, self.batch_shape) for loc in (self.phi_loc, self.psi_loc))
        return wound(np.stack(list(locs), axis=-1))

    def _variance(self) -> Any:
        gaps = (np.broadcast_to(gap, self.batch_shape) for gap in self._gaps())
        return np.stack(list(gaps), axis=-1)

    def skewed_moments(self) -> tuple[Any, Any]:
        """Return the means of both cosines, (..., 2), and of products of sines, (..., 2, 2)."""
        first = self._means(lambda a, _: np.sin(a) ** 2)
        product = self._means(lambda a, b: np.sin(a) * b[1])
        second = self._means(lambda _, b: b[2])
        rows = np.stack([first, product], -1), np.stack([product, second], -1)
        return 1.0 - self._variance(), np.stack(rows, axis=-2)

    def _entropy(self) -> Any:
        first, second = self._gaps()
        product = self._means(lambda a, b: np.sin(a) * b[1])
        kept = self.phi_concentration * first + self.psi_concentration * second
        return self._log_scale() + kept - self.correlation * product

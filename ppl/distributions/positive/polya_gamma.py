"""Polya and Gamma's law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.polya_gamma_parts import in_series, integral, saddle, series
from ppl.numerics import HALF_LOG_2PI, LOG_2
from ppl.quadrature import in_blocks

_TERMS = 64


class PolyaGamma(Distribution):
    """Law of a weighted sum of gamma variables that turns logistic terms into normal ones.

    PG(b, c) is the law of sum over k of g_k / (2 pi^2 (k - 1/2)^2 + c^2 / 2), the g_k being
    Gamma(b, 1). Its Laplace transform is (cosh(c / 2) / cosh(sqrt(t / 2 + c^2 / 4)))^b.

    Parameters
    ----------
    concentration : array, shape (...), default 1
        b, positive; also `h`, as in PyMC.
    tilt : array, shape (...), default 0
        c, of either sign; also `z`.

    Notes
    -----
    Polson, Scott and Windle (2013), "Bayesian inference for logistic models using Polya-Gamma
    latent variables". NumPyro's and Pyro's `TruncatedPolyaGamma` is the series for b = 1 up to 2.5;
    here density and distribution function are inverted from the transform, for any value, to about
    1e-13 of themselves. A draw is the sum of 64 terms exactly and of all others by a gamma variable
    of their mean and variance.

    Examples
    --------
    >>> float(PolyaGamma(2.0).mean)
    0.5
    >>> round(float(PolyaGamma().log_prob(0.25)), 6)
    0.604021
    """

    concentration = parameter(positive, default=1.0, aliases=("h",))
    tilt = parameter(real, default=0.0, aliases=("z",))
    support = positive

    def _log_tilted(self) -> Any:
        """Log of the transform's numerator, b log cosh(c / 2)."""
        size = np.abs(self.tilt)
        return self.concentration * (0.5 * size + np.log1p(np.exp(-size)) - LOG_2)

    def _spread(self, value: Any) -> tuple[Any, Any]:
        shape = np.broadcast_shapes(np.shape(value), np.shape(self.concentration))
        shape = np.broadcast_shapes(shape, np.shape(self.tilt))
        return np.broadcast_to(value, shape), np.broadcast_to(self.concentration, shape)

    def _log_prob(self, value: Any) -> Any:
        x, b = self._spread(value)
        short = in_series(x, b)
        small, less = np.where(short, x, 0.5), np.where(short, b, 0.5)
        # (2 n + b) exp(-(2 n + b)^2 / (8 x)) over that of n = 0
        ratio = series(
            less, lambda n, _: (1.0 + 2.0 * n / less) * np.exp(-n * (n + less) / (2.0 * small))
        )
        first = (less - 1.0) * LOG_2 + np.log(less) - 1.5 * np.log(small) - HALF_LOG_2PI
        summed = first - less * less / (8.0 * small) + np.log(ratio)
        far, more = np.where(short, 1.0, x), np.where(short, 1.0, b)
        top, rest = integral(far, more, saddle(more / (4.0 * far)))
        plain = np.where(short, summed, top + np.log(rest))
        return plain + self._log_tilted() - 0.5 * self.tilt * self.tilt * x

    @in_blocks
    def _tails(self, value: Any) -> tuple[Any, Any]:
        """Logarithms of both tails.

        The transform of a tail has a pole at w = sqrt(c^2 + pi^2) / 2. Lines on its right give the
        lower tail, those on its left the upper one; they keep away from it.
        """
        x, b = self._spread(value)
        short = in_series(x, b)
        early = self._early(np.where(short, x, 0.5), np.where(short, b, 0.5))
        below, above = self._late(np.where(short, 1.0, x), np.where(short, 1.0, b))
        early = np.minimum(early, -1e-300)
        return np.where(short, early, below), np.where(short, ad.special.log1m_exp(early), above)

    def _early(self, x: Any, b: Any) -> Any:
        """Log of the lower tail by the series, whose terms are those of inverse Gaussian laws."""
        tilt, root = np.abs(self.tilt), np.sqrt(x)
        log_ndtr = ad.special.log_ndtr

        def term(n: float, a: Any) -> Any:
            near = np.exp(log_ndtr((tilt * x - a) / root) - n * tilt)
            return near + np.exp(log_ndtr(-(tilt * x + a) / root) + (a + 0.5 * b) * tilt)

        return np.log(series(b, term)) + b * np.log1p(np.exp(-tilt))

    def _late(self, x: Any, b: Any) -> tuple[Any, Any]:
        pole = 0.5 * np.hypot(self.tilt, np.pi)
        line = saddle(b / (4.0 * x))
        away = 2.0 / np.sqrt(4.0 * x + 2.0 * b / (2.0 * line * line + b))
        upper = (line < pole) & (pole > 1.25 * away)
        right = np.maximum(line, pole + away)
        left = np.where(upper, np.minimum(line, pole - np.where(upper, away, 0.0)), right)
        tail = self._side(x, b, left, pole, np.where(upper, -1.0, 1.0))
        tail = np.minimum(tail, -1e-300)
        other = ad.special.log1m_exp(tail)
        return np.where(upper, other, tail), np.where(upper, tail, other)

    def _side(self, x: Any, b: Any, line: Any, pole: Any, sign: Any) -> Any:
        top, rest = integral(x, b, line, lambda w: sign / (2.0 * (w - pole) * (w + pole)))
        scaled = top + self._log_tilted() - 0.5 * self.tilt * self.tilt * x
        return scaled + np.log(np.maximum(rest, 1e-300))

    def _log_cdf(self, value: Any) -> Any:
        below, above = self._tails(value)
        return np.where(below < -LOG_2, below, ad.special.log1m_exp(above))

    def _log_sf(self, value: Any) -> Any:
        below, above = self._tails(value)
        return np.where(below < -LOG_2, ad.special.log1m_exp(below), above)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        b, c = np.broadcast_to(self.concentration, shape), np.broadcast_to(self.tilt, shape)
        total = np.zeros(shape)
        first = second = 0.0  # sums of the weights that are drawn, and of their squares
        for k in range(_TERMS):
            weight = 1.0 / (2.0 * np.pi**2 * (k + 0.5) ** 2 + 0.5 * c * c)
            total += rng.standard_gamma(b) * weight
            first, second = first + weight, second + weight * weight
        mean = self._mean_of_one(c) - first
        variance = self._variance_of_one(c) - second
        # What is left loses digits in the difference, and is small.
        return total + rng.standard_gamma(b * mean * mean / variance) * (variance / mean)

    def _mean(self) -> Any:
        return self.concentration * self._mean_of_one(self.tilt)

    def _variance(self) -> Any:
        return self.concentration * self._variance_of_one(self.tilt)

    @staticmethod
    def _mean_of_one(tilt: Any) -> Any:
        small = np.abs(tilt) < 1e-2
        c = np.where(small, 1.0, tilt)
        return np.where(
            small, 0.25 - tilt**2 / 48.0 + tilt**4 / 480.0, np.tanh(0.5 * c) / (2.0 * c)
        )

    @staticmethod
    def _variance_of_one(tilt: Any) -> Any:
        # (sinh c - c) / (4 c^3 cosh(c / 2)^2), by its series around 0
        small = np.abs(tilt) < 0.5
        c, z = np.abs(np.where(small, 1.0, tilt)), np.where(small, tilt, 0.0) ** 2
        series: Any = 0.0
        for coefficient in _VARIANCE:
            series = coefficient + z * series
        decay = np.exp(-c)
        far = (0.5 * (1.0 - decay * decay) - c * decay) / (c**3 * (1.0 + decay) ** 2)
        return np.where(small, series, far)


def _variance_series() -> tuple[float, ...]:
    """Coefficients in c^2, highest first: sums over the terms' squared weights."""
    zeta = importlib.import_module("scipy.special").zeta
    return tuple(
        (-0.5) ** n * (n + 1) * (2.0 * np.pi**2) ** (-n - 2) * float(zeta(2 * (n + 2), 0.5))
        for n in range(12, -1, -1)
    )


_VARIANCE = _variance_series()

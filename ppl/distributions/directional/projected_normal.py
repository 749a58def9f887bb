"""The projected normal law."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import real_vector, unit_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, expm1_ratio

_TERMS = 80  # of the continued fraction, used below -2: to rounding
_FAR = -2.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(56)
_DROP = 40.0


class ProjectedNormal(EventLaw):
    """Law of x / |x|, x normal with mean `concentration` and the identity as its covariance matrix.

    The density is with respect to the area of the sphere (in two dimensions, the angle).

    Parameters
    ----------
    concentration : array, shape (..., n)
        Its direction is the mean direction, its length says how close values are to it.

    Notes
    -----
    With t = concentration . value the density is exp(-|concentration|^2 / 2) (2 pi)^(-n/2) times
    the integral over r > 0 of r^(n-1) exp(-r^2 / 2 + r t): Presnell, Morrison and Littell (1998),
    "Projected multivariate linear models for directional data".

    The mean and variances across it are right to a relative 1e-13; the variance along it, which is
    small for a long `concentration`, to 1e-13.

    Examples
    --------
    >>> round(float(ProjectedNormal([0.0, 0.0]).log_prob([0.6, 0.8])), 12)
    -1.837877066409
    """

    concentration = parameter(real_vector)
    axes: ClassVar[Mapping[str, str]] = {"concentration": "n"}
    event = "n"
    support = unit_vector

    def _log_prob(self, value: Any) -> Any:
        n = self._sizes["n"]
        along = np.sum(self.concentration * value, axis=-1)
        across = self.concentration - along[..., None] * value
        # |concentration|^2 is along^2 and across^2: with the first the integral does not overflow.
        rest = -0.5 * np.sum(across * across, axis=-1) - n * HALF_LOG_2PI
        return rest + _log_moment(n - 1, along)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        x = self.concentration + rng.standard_normal((*shape, self._sizes["n"]))
        return x / np.linalg.norm(x, axis=-1, keepdims=True)

    def _integrals(self) -> tuple[Any, Any, Any]:
        """Ratio of the mean to `concentration`, mean square across it, and what is more along it.

        With r = |concentration| these are integrals over an angle from 0 to pi/2: of
        sqrt(2 / pi) exp(-r^2 sin^2 / 2) cos^n and exp(-r^2 sin^2 / 2) sin cos^(n-1); the last is
        (1 - n across) / r^2. They are Kummer's functions 1F1(1/2; n/2 + 1; -r^2 / 2) and
        1F1(1; n/2 + 1; -r^2 / 2) up to factors.
        """
        n = self._sizes["n"]
        half = 0.5 * np.sum(self.concentration * self.concentration, axis=-1)
        # Up to where nothing is left of the exponential
        all_ = half <= _DROP
        last = np.where(all_, 0.5 * np.pi, np.arcsin(np.sqrt(_DROP / np.where(all_, 80.0, half))))
        width = 0.5 * last[..., None]
        angle = width * (1.0 + _NODES)
        sine, cosine = np.sin(angle), np.cos(angle)
        weights = width * _WEIGHTS * np.exp(-half[..., None] * sine * sine) * cosine ** (n - 1.0)
        ratio = math.sqrt(2.0 / math.pi) * np.sum(weights * cosine, axis=-1)
        across = np.sum(weights * sine, axis=-1)
        near = half < 1.0
        small = np.where(near, half, 0.0)[..., None]
        angle = 0.25 * np.pi * (1.0 + _NODES)
        square, cosine = np.sin(angle) ** 2, np.cos(angle)
        weights = 0.125 * np.pi * n * _WEIGHTS * np.sin(angle) * cosine ** (n - 1.0)
        flat = np.sum(weights * square * expm1_ratio(-small * square), axis=-1)
        return ratio, across, np.where(near, flat, (1.0 - n * across) / (2.0 * half + near))

    def _mean(self) -> Any:
        return self._integrals()[0][..., None] * self.concentration

    def _covariance(self) -> Any:
        ratio, across, along = self._integrals()
        outer = self.concentration[..., None] * self.concentration[..., None, :]
        more = (along - ratio * ratio)[..., None, None] * outer
        return across[..., None, None] * np.eye(self._sizes["n"]) + more

    def _variance(self) -> Any:
        return np.diagonal(self._covariance(), axis1=-2, axis2=-1)


def _log_moment(k: int, t: Any) -> Any:
    """Log of the integral over r > 0 of r^k exp(-(r - t)^2 / 2).

    I_0 = sqrt(2 pi) ndtr(t), I_1 = exp(-t^2 / 2) + t I_0, I_{k+1} = t I_k + k I_{k-1}. For negative
    t the terms cancel; there the ratios I_k / I_{k-1} = k / (I_{k+1} / I_k - t) of the minimal
    solution are found downwards, in which all terms are positive.
    """
    far = t < _FAR
    near = np.where(far, 0.0, t)
    # Both scaled by I_0, whose logarithm is exact everywhere.
    inverse_mills = np.exp(-0.5 * near * near - HALF_LOG_2PI - ad.special.log_ndtr(near))
    before: Any = 1.0
    now = near + inverse_mills
    for j in range(1, k):
        before, now = now, near * now + j * before
    upward = np.log(now) if k else np.zeros(np.shape(t))
    beyond = np.where(far, t, _FAR)
    last = _TERMS + k
    ratio = 0.5 * (beyond + np.sqrt(beyond * beyond + 4.0 * (last + 1.0)))
    downward: Any = 0.0
    for j in range(last, 0, -1):
        ratio = j / (ratio - beyond)
        if j <= k:
            downward = downward + np.log(ratio)
    return HALF_LOG_2PI + ad.special.log_ndtr(t) + np.where(far, downward, upward)

"""The projected normal law."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import real_vector, unit_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI

_TERMS = 80  # of the continued fraction, used below -2: to rounding
_FAR = -2.0


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

"""The logit-normal law."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.constraints import positive, real, unit_interval
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI

if TYPE_CHECKING:
    from ppl.distributions.expectation import Function


class LogitNormal(Distribution):
    """Law of a value between 0 and 1 whose log odds are normal.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean of the log odds; also `mu`.
    scale : array, shape (...), default 1
        Standard deviation of the log odds, positive; also `sigma`.

    Notes
    -----
    The density at either end is 0. Its moments are computed by quadrature.

    Examples
    --------
    >>> float(LogitNormal(0, 1).cdf(0.5))
    0.5
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = unit_interval

    def _standard(self, value: Any) -> Any:
        return (ad.special.logit(value) - self.loc) / self.scale

    def _log_prob(self, value: Any) -> Any:
        end = (value == 0.0) | (value == 1.0)
        inside = np.where(end, 0.5, value)
        z = self._standard(inside)
        slope = -np.log(inside) - np.log1p(-inside) - np.log(self.scale)
        return np.where(end, -np.inf, slope - 0.5 * (z * z) - HALF_LOG_2PI)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return ad.special.expit(self.loc + self.scale * rng.standard_normal(shape))

    def _expectation(self, function: Function) -> Any:
        ppl = importlib.import_module("ppl")
        odds = ppl.Normal(self.loc, self.scale)
        law = ppl.Transformed(odds.expand(self.batch_shape), ppl.transforms.Sigmoid())
        return law._expectation(function)  # noqa: SLF001 - of the same layer

    def _cdf(self, value: Any) -> Any:
        return ad.special.ndtr(self._standard(value))

    def _log_cdf(self, value: Any) -> Any:
        return ad.special.log_ndtr(self._standard(value))

    def _log_sf(self, value: Any) -> Any:
        return ad.special.log_ndtr(-self._standard(value))

    def _icdf(self, q: Any) -> Any:
        z = importlib.import_module("scipy.special").ndtri(q)
        return ad.special.expit(self.loc + self.scale * z)

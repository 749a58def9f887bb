"""The Lévy law."""

import importlib
import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, greater_than, positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, LOG_2


class Levy(Distribution):
    """Law of loc + scale / x^2 for a standard normal x: a stable law with index 1/2.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Lower end of the support; also `mu`.
    scale : array, shape (...), default 1
        Positive; also `c`.

    Notes
    -----
    Mean and variance are infinite. Nolan (2020), "Univariate stable distributions", sec. 1.1.

    Examples
    --------
    >>> round(float(Levy(0.0, 1.0).cdf(1.0)), 12)
    0.317310507863
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("c",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The numbers above `loc`."""
        return greater_than(self.loc)

    def _ratio(self, value: Any) -> Any:
        return self.scale / (value - self.loc)

    def _log_prob(self, value: Any) -> Any:
        distance = value - self.loc
        constant = 0.5 * np.log(self.scale) - HALF_LOG_2PI
        return constant - 0.5 * self.scale / distance - 1.5 * np.log(distance)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.loc + self.scale / rng.standard_normal(shape) ** 2

    def _mean(self) -> Any:
        return np.inf + 0.0 * self.loc

    def _variance(self) -> Any:
        return np.inf + 0.0 * self.loc

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        root = np.sqrt(self._ratio(value))
        above = np.log1p(-ad.special.erf(np.minimum(root, 1.0) * math.sqrt(0.5)))
        return np.where(root < 1.0, above, LOG_2 + ad.special.log_ndtr(-root))

    def _sf(self, value: Any) -> Any:
        return ad.special.erf(np.sqrt(0.5 * self._ratio(value)))

    def _icdf(self, q: Any) -> Any:
        return self.loc + self.scale / importlib.import_module("scipy.special").ndtri(0.5 * q) ** 2

    def _entropy(self) -> Any:
        return 0.5 * (1.0 + 3.0 * np.euler_gamma + math.log(16.0 * math.pi)) + np.log(self.scale)

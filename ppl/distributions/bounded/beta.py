"""The beta law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, unit_interval
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.large_counts import refine_binomial
from ppl.saddle_point import log_pair


class Beta(Distribution):
    """Beta law with density value^(concentration1 - 1) (1 - value)^(concentration0 - 1) / B.

    Parameters
    ----------
    concentration1 : array, shape (...)
        Weight towards 1, positive; also `alpha`.
    concentration0 : array, shape (...)
        Weight towards 0, positive; also `beta`.

    Notes
    -----
    At an end the density is infinite, finite, or 0 for that end's concentration below, at, or
    above 1.

    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the mean in its last place changes, for any size of the concentrations. Of a
    traced concentration its absolute error is a few units in the last place of its largest term.

    Examples
    --------
    >>> float(Beta(2.0, 3.0).mean)
    0.4
    """

    concentration1 = parameter(positive, aliases=("alpha",))
    concentration0 = parameter(positive, aliases=("beta",))
    support = unit_interval

    def _log_prob(self, value: Any) -> Any:
        a, b = self.concentration1, self.concentration0
        ends = ad.special.xlogy(a - 1.0, value) + ad.special.xlog1py(b - 1.0, -value)
        usual = ends - ad.special.betaln(a, b)
        rest = 1.0 - value
        return refine_binomial(
            usual, (a, b), (value, rest), lambda: log_pair(a, b) - np.log(value) - np.log(rest)
        )

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return rng.beta(self.concentration1, self.concentration0, shape)

    def _mean(self) -> Any:
        return self.concentration1 / (self.concentration1 + self.concentration0)

    def _variance(self) -> Any:
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total**2 * (total + 1.0))

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return special.betainc(self.concentration1, self.concentration0, value)

    def _sf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return special.betaincc(self.concentration1, self.concentration0, value)

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return special.betaincinv(self.concentration1, self.concentration0, q)

    def _entropy(self) -> Any:
        a, b = self.concentration1, self.concentration0
        digamma = ad.special.digamma
        spread = (a + b - 2.0) * digamma(a + b)
        return ad.special.betaln(a, b) - (a - 1.0) * digamma(a) - (b - 1.0) * digamma(b) + spread

"""The half Student t law."""

import importlib
import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, LOG_2, log1p_square, log_gamma_half_step


class HalfStudentT(Distribution):
    """Law of the absolute value of a Student t variable with median 0.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, positive; also `nu`. The mean is infinite for 1 or less, the variance
        for 2 or less.
    scale : array, shape (...), default 1
        Scale of that variable, positive; also `sigma`.

    Examples
    --------
    >>> round(float(HalfStudentT(4, 2.5).log_prob(0.0)), 12)
    -1.203972804326
    """

    df = parameter(positive, aliases=("nu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = nonnegative

    def _log_prob(self, value: Any) -> Any:
        # The constant tends to the half-normal law's as df grows, without cancellation.
        constant = log_gamma_half_step(0.5 * self.df) + (LOG_2 - HALF_LOG_2PI)
        tail = log1p_square(value / self.scale / np.sqrt(self.df))
        return constant - np.log(self.scale) - 0.5 * (self.df + 1.0) * tail

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.scale * np.abs(rng.standard_t(self.df, shape))

    def _mean(self) -> Any:
        df = np.where(self.df > 1.0, self.df, 2.0)
        ratio = df / (df - 1.0) * np.exp(log_gamma_half_step(0.5 * df))
        return np.where(self.df > 1.0, self.scale * ratio * math.sqrt(2.0 / math.pi), np.inf)

    def _variance(self) -> Any:
        df = np.where(self.df > 2.0, self.df, 3.0)
        variance = self.scale**2 * df / (df - 2.0) - self._mean() ** 2
        return np.where(self.df > 2.0, variance, np.inf)

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        z = value / self.scale / np.sqrt(self.df)
        # Either form of the beta integral keeps its digits on its side of the centre.
        near = special.betainc(0.5, 0.5 * self.df, z * z / (1.0 + z * z))
        far = special.betaincc(0.5 * self.df, 0.5, 1.0 / (1.0 + z * z))
        return np.where(z < 1.0, near, far)

    def _sf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        z = value / self.scale / np.sqrt(self.df)
        near = special.betaincc(0.5, 0.5 * self.df, z * z / (1.0 + z * z))
        far = special.betainc(0.5 * self.df, 0.5, 1.0 / (1.0 + z * z))
        return np.where(z < 1.0, near, far)

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return self.scale * np.sqrt(special.fdtri(1.0, self.df, q))

    def _entropy(self) -> Any:
        half = 0.5 * self.df
        slope = ad.special.digamma(half + 0.5) - ad.special.digamma(half)
        constant = (HALF_LOG_2PI - LOG_2) - log_gamma_half_step(half) + np.log(self.scale)
        return (half + 0.5) * slope + constant

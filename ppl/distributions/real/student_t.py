"""Student's t law."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI, log1p_square, log_gamma_half_step


class StudentT(Distribution):
    """Student's t law with `df` degrees of freedom, moved by `loc` and stretched by `scale`.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, positive; also `nu`.
    loc : array, shape (...), default 0
        Median; also `mu`.
    scale : array, shape (...), default 1
        Positive; the standard deviation is scale sqrt(df / (df - 2)) for df > 2. Also `sigma`.

    Examples
    --------
    >>> round(float(StudentT(4, 0, 1).log_prob(0.0)), 12)
    -0.980829253012
    """

    df = parameter(positive, aliases=("nu",))
    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    support = real

    def _standard(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def _log_prob(self, value: Any) -> Any:
        # The constant tends to the normal law's as df grows, without cancellation.
        constant = log_gamma_half_step(0.5 * self.df) - HALF_LOG_2PI - np.log(self.scale)
        tail = log1p_square(self._standard(value) / np.sqrt(self.df))
        return constant - 0.5 * (self.df + 1.0) * tail

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.loc + self.scale * rng.standard_t(self.df, shape)

    def _mean(self) -> Any:
        return np.where(self.df > 1, self.loc + 0.0 * self.scale, np.nan)[()]

    def _variance(self) -> Any:
        ratio = np.where(self.df > 2, self.df / (self.df - 2), np.inf)
        return np.where(self.df > 1, ratio * self.scale**2 + 0.0 * self.loc, np.nan)[()]

    def _cdf(self, value: Any) -> Any:
        return importlib.import_module("scipy.special").stdtr(self.df, self._standard(value))

    def _sf(self, value: Any) -> Any:
        return importlib.import_module("scipy.special").stdtr(self.df, -self._standard(value))

    def _icdf(self, q: Any) -> Any:
        z = importlib.import_module("scipy.special").stdtrit(self.df, q)
        return self.loc + self.scale * z

    def _entropy(self) -> Any:
        half = 0.5 * self.df
        slope = ad.special.digamma(half + 0.5) - ad.special.digamma(half)
        constant = HALF_LOG_2PI - log_gamma_half_step(half) + np.log(self.scale)
        return (half + 0.5) * slope + constant + 0.0 * self.loc

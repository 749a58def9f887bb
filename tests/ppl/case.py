"""What a row of the tables of cases is, and reference laws that SciPy lacks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import ppl

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A law, its textbook density in mpmath, and SciPy's law of the same parameters.

    Attributes
    ----------
    law : type
    logpdf : callable (x, **parameters)
        Log density on the support, in mpmath numbers.
    scipy : callable (**parameters)
        SciPy's frozen law, or one with the methods used here.
    parameters : tuple of dict
        Ordinary values first (moments are taken with the first), then extreme ones. A vector is a
        tuple.
    tails : tuple of float
        Points of the support far beyond any quantile.
    edges : tuple of float
        Ends of the support; there SciPy's value counts.
    outside : tuple of float
        Points outside the support.
    wrong : dict
        Parameters, each outside its constraint, with the message's words.
    kinks : tuple of float
        Points inside the support where the first row's density is not smooth.
    largest : callable (x, **parameters), optional
        Size of the largest term of the formula, where terms cancel: the error is relative to it.
    missing : tuple of str
        What the law does not have: "cdf slope".
    moments : bool
        Whether moments and entropy are compared with integrals of the textbook density, where SciPy
        has none.
    make : callable (**parameters), optional
        Builds the law, where that is not the class itself.
    tail_slope : float
        Relative accuracy to which the tails change as the density says.
    """

    law: type[ppl.Distribution]
    logpdf: Callable[..., Any]
    scipy: Callable[..., Any]
    parameters: tuple[Parameters, ...]
    wrong: dict[str, tuple[Any, str]]
    tails: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    outside: tuple[float, ...] = ()
    kinks: tuple[float, ...] = ()
    largest: Callable[..., float] = lambda _x, **_: 1.0
    missing: tuple[str, ...] = ()
    moments: bool = False
    make: Callable[..., Any] | None = None
    tail_slope: float = 1e-10

    @property
    def name(self) -> str:
        return self.law.__name__

    def __call__(self, **parameters: Any) -> Any:
        return (self.make or self.law)(**parameters)


def log_normal_density(x: Any, loc: Any, scale: Any) -> Any:
    return -(((x - loc) / scale) ** 2) / 2 - mp.log(scale) - mp.log(2 * mp.pi) / 2


def log_beta_density(x: Any, a: Any, b: Any) -> Any:
    ends = (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x)
    return ends - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b)


def textbook_moments(case: Case, parameters: Parameters) -> dict[str, float]:
    """Mean, variance and entropy, by integrals or sums of the textbook density."""
    reference = case.scipy(**parameters)
    levels = [1e-12, 1e-6, 1e-3, 0.05, 0.3, 0.5, 0.7, 0.95, 0.999, 1 - 1e-6, 1 - 1e-12]
    levels = levels[2:-2] if case(**parameters).discrete else levels
    cuts = [float(v) for v in np.ravel(reference.ppf(np.array(levels)))]
    with mp.workdps(20):
        exactly = {
            name: [mp.mpf(v) for v in value] if isinstance(value, tuple) else mp.mpf(value)
            for name, value in parameters.items()
        }

        @cache  # the integrals share their nodes
        def log_density(x: Any) -> Any:
            return case.logpdf(mp.mpf(x), **exactly)

        if case(**parameters).discrete:
            step = float(parameters.get("step", 1.0))
            total = [0 * mp.mpf(1)] * 4
            support = case(**parameters).support
            low, high = float(support.lowest()), float(support.clip(math.inf))
            middle = step * round(cuts[len(cuts) // 2] / step)
            for way in (1, -1):
                x = middle if way == 1 else middle - step
                while low <= x <= high:
                    log_prob = log_density(x)
                    p = mp.exp(log_prob) if log_prob > -mp.inf else mp.mpf(0)
                    terms = p, p * x, p * x * x, -p * log_prob if p else mp.mpf(0)
                    total = [a + b for a, b in zip(total, terms, strict=True)]
                    if terms[2] < mp.mpf(10) ** -22 * total[2] and p < mp.mpf(10) ** -22:
                        break
                    x += way * step
        else:
            middle, far = cuts[len(cuts) // 2], 3.0 * (cuts[-1] - cuts[0])
            ends = sorted({*map(float, case(**parameters).kinks()), *cuts})
            ends = [middle - far, *ends, middle + far]
            low = float(case(**parameters).support.lowest())
            high = float(case(**parameters).support.clip(math.inf))
            ends = sorted({min(max(x, low), high) for x in ends})

            def integral(function: Callable[[Any, Any], Any]) -> Any:
                def at(x: Any) -> Any:
                    if not low < x < high:
                        return mp.mpf(0)
                    log_prob = log_density(x)
                    return mp.exp(log_prob) * function(x, log_prob)

                return mp.quad(at, ends)

            total = [
                integral(lambda _x, _p: 1),
                integral(lambda x, _p: x),
                integral(lambda x, _p: x * x),
                integral(lambda _x, p: -p),
            ]
        assert abs(total[0] - 1) < 1e-12, total[0]
        mean = total[1]
        return {
            "mean": float(mean),
            "variance": float(total[2] - mean**2),
            "entropy": float(total[3]),
        }


class Mapped:
    """Law of an increasing function of a variable whose law SciPy has.

    The moments and the entropy are integrals of the textbook density.
    """

    def __init__(
        self,
        base: Any,
        forward: Callable[[Any], Any],
        inverse: Callable[[Any], Any],
        logpdf: Callable[[Any], Any],
    ) -> None:
        self._base, self._forward, self._inverse, self._log = base, forward, inverse, logpdf

    def ppf(self, q: Any) -> Any:
        return self._forward(self._base.ppf(q))

    def cdf(self, x: Any) -> Any:
        return self._base.cdf(self._inverse(x))

    def sf(self, x: Any) -> Any:
        return self._base.sf(self._inverse(x))

    def logpdf(self, x: Any) -> float:
        with mp.workdps(30):
            return float(self._log(mp.mpf(x)))

    def support(self) -> tuple[float, float]:
        low, high = self._base.support()
        return float(self._forward(low)), float(self._forward(high))

    def _integral(self, function: Callable[[Any], Any]) -> float:
        low, high = self.support()
        cuts = [low, *(float(v) for v in self.ppf(np.array([0.01, 0.5, 0.99]))), high]
        with mp.workdps(25):
            return float(mp.quad(lambda x: mp.exp(self._log(x)) * function(x), cuts))

    def mean(self) -> float:
        return self._integral(lambda x: x)

    def var(self) -> float:
        mean = self.mean()
        return self._integral(lambda x: (x - mean) ** 2)

    def entropy(self) -> float:
        return self._integral(lambda x: -self._log(x))


class Exact:
    """Law whose distribution and survival functions are given in mpmath; quantiles by bisection.

    Parameters
    ----------
    cdf, sf : callable
        Of an mpmath number inside the support.
    low, high : float
        Ends of the support, maybe infinite.
    mean, var : float
        Infinite where the law compared has no such method: the tests then count quartiles.
    discrete : bool
        Whether values are the integers of the support.
    """

    def __init__(
        self,
        cdf: Callable[[Any], Any],
        sf: Callable[[Any], Any],
        low: float,
        high: float,
        *,
        mean: float = math.nan,
        var: float = math.inf,
        discrete: bool = False,
    ) -> None:
        self._cdf, self._sf, self._ends = cdf, sf, (low, high)
        self._mean, self._var, self._discrete = mean, var, discrete
        self._quantiles: dict[float, float] = {}

    def support(self) -> tuple[float, float]:
        return self._ends

    def mean(self) -> float:
        return self._mean

    def var(self) -> float:
        return self._var

    def _of(self, function: Callable[[Any], Any], x: Any) -> Any:
        with mp.workdps(40):
            return np.vectorize(lambda v: float(function(mp.mpf(float(v)))), otypes=[float])(x)

    def cdf(self, x: Any) -> Any:
        return self._of(self._cdf, x)

    def sf(self, x: Any) -> Any:
        return self._of(self._sf, x)

    def ppf(self, q: Any) -> Any:
        return np.array([self._quantile(float(level)) for level in np.atleast_1d(q)])

    def _quantile(self, q: float) -> float:
        if q not in self._quantiles:
            low, high = (mp.mpf(end) for end in self._ends)
            with mp.workdps(40):
                width = mp.mpf(1)
                while mp.isinf(low) and self._cdf(-width) >= q:
                    width *= 8
                low = -width if mp.isinf(low) else low
                while mp.isinf(high) and self._sf(width) > 1 - mp.mpf(q):
                    width *= 8
                high = max(width, low + 1) if mp.isinf(high) else high
                high = self._narrowed(q, low, high)
            self._quantiles[q] = round(float(high)) if self._discrete else float(high)
        return self._quantiles[q]

    def _narrowed(self, q: float, low: Any, high: Any) -> Any:
        """Upper end of an interval of 1e-17 of its place in which the quantile lies.

        The false position of the logarithm of the smaller tail, and a bisection where that is
        slow, infinite, or of a step function.
        """

        def excess(x: Any) -> Any:
            tail, level = (self._cdf(x), mp.mpf(q)) if q < 0.5 else (self._sf(x), 1 - mp.mpf(q))
            return (mp.log(tail / level) if tail > 0 else -mp.inf) * (1 if q < 0.5 else -1)

        below, above, least = -mp.inf, mp.inf, mp.mpf(10) ** -6
        for step in range(70):
            middle = (low + high) / 2
            if not self._discrete and step % 3 and mp.isfinite(below) and mp.isfinite(above):
                share = below / (below - above)
                middle = low + (high - low) * min(max(share, least), 1 - least)
            value = excess(middle)
            if value >= 0:
                high, above = middle, value
            else:
                low, below = middle, value
            if high - low <= mp.mpf(10) ** -17 * abs(high):
                break
        return high

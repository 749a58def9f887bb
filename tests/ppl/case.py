"""What a row of the tables of cases is, and reference laws that SciPy lacks."""

from __future__ import annotations

from dataclasses import dataclass
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
        What the law does not have: "mean", "variance", "entropy".
    make : callable (**parameters), optional
        Builds the law, where that is not the class itself.
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
    make: Callable[..., Any] | None = None

    @property
    def name(self) -> str:
        return self.law.__name__

    def __call__(self, **parameters: Any) -> Any:
        return (self.make or self.law)(**parameters)


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

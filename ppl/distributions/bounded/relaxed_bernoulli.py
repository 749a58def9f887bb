"""The binary Concrete law: a smooth stand-in for an indicator."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.constraints import open_unit_interval, positive
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.probabilities import probability

if TYPE_CHECKING:
    from ppl.distributions.expectation import Function


class RelaxedBernoulli(Distribution):
    """Law of expit((logits + logistic noise) / temperature).

    Exactly one of `probs` and `logits` is given, by name.

    Parameters
    ----------
    temperature : array, shape (...)
        Positive; towards 0 the values are those of `Bernoulli`.
    probs : array, shape (...)
        Strictly between 0 and 1; also `p`.
    logits : array, shape (...)
        Log odds; also `logit_p`.

    Notes
    -----
    Maddison, Mnih and Teh (2017), "The Concrete distribution", appendix B. Its moments are
    computed by quadrature.

    Examples
    --------
    >>> round(float(RelaxedBernoulli(1.0, probs=0.5).log_prob(0.3)), 12)
    0.0
    """

    temperature = parameter(positive)
    probs, logits = probability(open_unit_interval)
    support = open_unit_interval

    def _log_prob(self, value: Any) -> Any:
        log, log_rest = np.log(value), np.log1p(-value)
        z = self.temperature * (log - log_rest) - self.logits
        density = ad.special.log_expit(z) + ad.special.log_expit(-z)
        return np.log(self.temperature) + density - log - log_rest

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return ad.special.expit((self.logits + rng.logistic(size=shape)) / self.temperature)

    def _expectation(self, function: Function) -> Any:
        ppl = importlib.import_module("ppl")
        odds = ppl.Logistic(self.logits / self.temperature, 1.0 / self.temperature)
        law = ppl.Transformed(odds.expand(self.batch_shape), ppl.transforms.Sigmoid())
        return law._expectation(function)  # noqa: SLF001 - of the same layer

    def _cdf(self, value: Any) -> Any:
        odds = np.log(value) - np.log1p(-value)
        return ad.special.expit(self.temperature * odds - self.logits)

    def _log_cdf(self, value: Any) -> Any:
        odds = np.log(value) - np.log1p(-value)
        return ad.special.log_expit(self.temperature * odds - self.logits)

    def _icdf(self, q: Any) -> Any:
        return ad.special.expit((self.logits + ad.special.logit(q)) / self.temperature)

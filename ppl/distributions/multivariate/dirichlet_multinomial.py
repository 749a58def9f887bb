"""The Dirichlet-multinomial law."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import Constraint, counts, nonnegative_integer, positive_vector
from ppl.distributions.base import Shape
from ppl.distributions.discrete.beta_binomial import BetaBinomial
from ppl.distributions.events import EventLaw
from ppl.distributions.multivariate.dirichlet import log_gamma_draws, log_parts
from ppl.distributions.parameter import parameter
from ppl.large_counts import refine_table
from ppl.numerics import HALF_LOG_2PI, log_gamma_increase
from ppl.saddle_point import stirling_error

_BLOCK = 1 << 16  # counts whose probabilities are computed at once


class DirichletMultinomial(EventLaw):
    """Multinomial law whose probabilities have a Dirichlet law.

    Parameters
    ----------
    concentration : array, shape (..., k)
        Positive, by name; also `alpha`, `a`.
    total_count : array, shape (...)
        Nonnegative integer, by name; also `n`.

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the largest of itself, 1, and the
    three multinomial log probabilities that it is made of. That of a model's traced density is so
    too where counts reach 2^19; below, its absolute error is up to 2e-9.

    Examples
    --------
    >>> law = DirichletMultinomial(concentration=[1.0, 1.0], total_count=3)
    >>> round(float(np.exp(law.log_prob([1, 2]))), 12)
    0.25
    """

    concentration = parameter(positive_vector, keyword_only=True, aliases=("alpha", "a"))
    total_count = parameter(nonnegative_integer, keyword_only=True, aliases=("n",))
    axes: ClassVar[Mapping[str, str]] = {"concentration": "k"}
    event = "k"

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """Counts with sum `total_count`."""
        return counts(self.total_count)

    def _log_prob(self, value: Any) -> Any:
        total = np.sum(self.concentration, axis=-1)
        each = log_gamma_increase(self.concentration, value) - ad.special.gammaln(value + 1.0)
        whole = ad.special.gammaln(self.total_count + 1.0)
        usual = np.sum(each, axis=-1) + whole - log_gamma_increase(total, self.total_count)
        a = self.concentration
        return refine_table(usual, value, a, lambda: log_parts(a) - log_parts(a + value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        logs = log_gamma_draws(rng, self.concentration, shape)
        probs = ad.special.softmax(logs, axis=-1)
        total = np.broadcast_to(self.total_count, shape).astype(np.int64)
        return rng.multinomial(total, probs / np.sum(probs, axis=-1, keepdims=True))

    def _share(self) -> Any:
        return self.concentration / np.sum(self.concentration, axis=-1, keepdims=True)

    def _spread(self) -> Any:
        """Variance in relation to that of the multinomial law of mean probabilities, times n."""
        total = np.sum(self.concentration, axis=-1)
        return self.total_count * (self.total_count + total) / (1.0 + total)

    def _mean(self) -> Any:
        return self.total_count[..., None] * self._share()

    def _variance(self) -> Any:
        share = self._share()
        return self._spread()[..., None] * share * (1.0 - share)

    def _covariance(self) -> Any:
        share = self._share()
        each = share[..., None] * (np.eye(self._sizes["k"]) - share[..., None, :])
        return self._spread()[..., None, None] * each

    def _entropy(self) -> Any:
        if ad.is_traced(self.concentration) or ad.is_traced(self.total_count):
            raise self._undefined("entropy of traced parameters")
        n = np.broadcast_to(np.asarray(self.total_count), self.batch_shape)
        shapes = np.broadcast_to(self.concentration, (*self.batch_shape, self._sizes["k"]))
        each = [
            _entropy(float(m), a)
            for m, a in zip(n.ravel(), shapes.reshape(-1, shapes.shape[-1]), strict=True)
        ]
        return np.reshape(each, n.shape)


def _entropy(n: float, concentration: Any) -> float:
    """Entropy for one total count: each category's part is a mean over its beta-binomial law.

    Gamma(x + a) / (Gamma(a) x!) counts with the factors p^x q^a, p = n / (n + total) and q = 1 - p:
    in the sum they cancel, and large terms of the logarithms do with them.
    """
    total = float(np.sum(concentration))
    if n == 0.0 or len(concentration) == 1:
        return 0.0
    p, q = n / (n + total), total / (n + total)
    result = -float(_information(np.array([n]), total, p, q)[0])
    for i, a in enumerate(concentration.tolist()):
        others = float(np.sum(np.delete(concentration, i)))  # total - a may have lost its digits
        law = BetaBinomial(total_count=n, concentration1=a, concentration0=others)
        for first in np.arange(0.0, n + 1.0, _BLOCK):
            x = np.arange(first, min(first + _BLOCK, n + 1.0))
            result += float(np.exp(law.log_prob(x)) @ _information(x, a, p, q))
    return result


def _information(x: Any, a: float, p: float, q: float) -> Any:
    """-log of Gamma(x + a) / (Gamma(a) x!) p^x q^a, by Stirling's formula as in `saddle_point`."""
    some = np.maximum(x, 1.0)
    whole = some + a
    gap = ad.special.kl_div(some, whole * p) + ad.special.kl_div(a, whole * q)
    spread = 0.5 * (np.log(some) + np.log1p(some / a)) + HALF_LOG_2PI
    rest = stirling_error(a) + stirling_error(some) - stirling_error(whole)
    none = -a * (np.log(q) if q < 0.5 else np.log1p(-p))
    return np.where(x > 0.0, gap + spread + rest, none)

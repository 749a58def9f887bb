"""The Dirichlet-multinomial law."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import Constraint, counts, nonnegative_integer, positive_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.multivariate.dirichlet import log_gamma_draws
from ppl.distributions.parameter import parameter
from ppl.numerics import log_gamma_increase


class DirichletMultinomial(EventLaw):
    """Multinomial law whose probabilities have a Dirichlet law.

    Parameters
    ----------
    concentration : array, shape (..., k)
        Positive, by name; also `alpha`, `a`.
    total_count : array, shape (...)
        Nonnegative integer, by name; also `n`.

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
        return np.sum(each, axis=-1) + whole - log_gamma_increase(total, self.total_count)

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

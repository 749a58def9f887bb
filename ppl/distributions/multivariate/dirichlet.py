"""The Dirichlet law."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import positive_vector, simplex
from ppl.distributions.base import Shape
from ppl.distributions.events import EventLaw
from ppl.distributions.parameter import parameter
from ppl.large_counts import refine_multinomial


class Dirichlet(EventLaw):
    """Law on the simplex with density proportional to the product of value^(concentration - 1).

    The density is with respect to the first n - 1 elements.

    Parameters
    ----------
    concentration : array, shape (..., n)
        Positive; also `alpha`, `a`.

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the larger of itself and 1, and
    to what rounding of the value in its last places changes, for concentrations of any size; a
    value that adds up to 1 only to rounding counts as its shares of the sum. Of a traced
    concentration its absolute error is a few units in the last place of its largest term.

    Examples
    --------
    >>> Dirichlet([1.0, 2.0, 1.0]).mean.tolist()
    [0.25, 0.5, 0.25]
    """

    concentration = parameter(positive_vector, aliases=("alpha", "a"))
    axes: ClassVar[Mapping[str, str]] = {"concentration": "n"}
    event = "n"
    support = simplex

    def _log_beta(self) -> Any:
        """Log of the normalisation."""
        total = np.sum(self.concentration, axis=-1)
        parts = np.sum(ad.special.gammaln(self.concentration), axis=-1)
        return parts - ad.special.gammaln(total)

    def _log_prob(self, value: Any) -> Any:
        terms = ad.special.xlogy(self.concentration - 1.0, value)
        usual = np.sum(terms, axis=-1) - self._log_beta()
        return refine_multinomial(
            usual, self.concentration, value, lambda: log_parts(self.concentration, value)
        )

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return ad.special.softmax(log_gamma_draws(rng, self.concentration, shape), axis=-1)

    def _mean(self) -> Any:
        return self.concentration / np.sum(self.concentration, axis=-1, keepdims=True)

    def _variance(self) -> Any:
        total = np.sum(self.concentration, axis=-1, keepdims=True)
        rest = total - self.concentration
        return self.concentration * rest / (total * total * (total + 1.0))

    def _covariance(self) -> Any:
        mean = self._mean()
        total = np.sum(self.concentration, axis=-1)[..., None, None]
        spread = mean[..., None] * (np.eye(self._sizes["n"]) - mean[..., None, :])
        return spread / (total + 1.0)

    def _entropy(self) -> Any:
        total = np.sum(self.concentration, axis=-1)
        digamma = ad.special.digamma
        each = (self.concentration - 1.0) * digamma(self.concentration)
        rest = (total - self._sizes["n"]) * digamma(total)
        return self._log_beta() + rest - np.sum(each, axis=-1)


def log_parts(concentration: Any, value: Any = 1.0) -> Any:
    """Product of concentrations by their sum and the product of values, as a logarithm.

    Gamma functions of one more are those of the concentrations times that of the first.
    """
    each = np.log(concentration) - np.log(value)
    return np.sum(each, axis=-1) - np.log(np.sum(concentration, axis=-1))


def log_gamma_draws(rng: np.random.Generator, concentration: Any, shape: Shape) -> Any:
    """Draw logarithms of gamma variables, also where these underflow.

    Gamma(a) is Gamma(a + 1) times the power 1 / a of a uniform variable (Marsaglia and Tsang,
    2000).
    """
    full = np.broadcast_to(concentration, (*shape, np.shape(concentration)[-1]))
    return np.log(rng.standard_gamma(full + 1.0)) - rng.standard_exponential(full.shape) / full

"""The hypergeometric law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, integer_interval, nonnegative_integer
from ppl.distributions.base import Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.summation import Summed
from ppl.large_counts import refine_ratio


class Hypergeometric(Summed):
    """Law of the number of marked ones among those drawn without replacement.

    All parameters must be named: systems give the same letters to different ones.

    Parameters
    ----------
    population : array, shape (...)
        How many there are, a nonnegative integer.
    marked : array, shape (...)
        How many of them are marked, at most `population`.
    drawn : array, shape (...)
        How many are drawn, at most `population`.

    Notes
    -----
    `log_prob` of plain arrays is exact to about 1e-14 relative to the largest of itself, 1, and the
    three binomial log probabilities that it is made of. That of a model's traced density is so too
    where counts reach 2^19; below, its absolute error is up to 2e-9. The distribution function is a
    sum.

    Examples
    --------
    >>> float(Hypergeometric(population=10, marked=4, drawn=5).mean)
    2.0
    """

    population = parameter(nonnegative_integer, keyword_only=True)
    marked = parameter(lambda law: integer_interval(0.0, law.population), keyword_only=True)
    drawn = parameter(lambda law: integer_interval(0.0, law.population), keyword_only=True)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The possible numbers."""
        low = np.maximum(self.drawn + self.marked - self.population, 0.0)
        return integer_interval(low, np.minimum(self.marked, self.drawn))

    def _log_prob(self, value: Any) -> Any:
        others = self.population - self.marked
        ways = _log_choose(self.marked, value) + _log_choose(others, self.drawn - value)
        usual = ways - _log_choose(self.population, self.drawn)
        rest = self.drawn - value
        return refine_ratio(usual, (value, self.marked - value), (rest, others - rest))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        marked, population, drawn = (
            np.asarray(n).astype(np.int64) for n in (self.marked, self.population, self.drawn)
        )
        return rng.hypergeometric(marked, population - marked, drawn, shape)

    def _mean(self) -> Any:
        return self.drawn * self.marked / self.population

    def _variance(self) -> Any:
        n, share = self.population, self.marked / self.population
        left = (n - self.drawn) / np.maximum(n - 1.0, 1.0)
        return self.drawn * share * (1.0 - share) * left


def _log_choose(n: Any, k: Any) -> Any:
    gammaln = ad.special.gammaln
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)

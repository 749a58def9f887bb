"""The k-th smallest of several independent values."""

import importlib
from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, integer_at_least, integer_interval
from ppl.distributions.base import Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.wrapping import Wrapper, require_law
from ppl.numerics import log_gamma_increase


class OrderStatistic(Wrapper):
    """Law of the value of rank `rank` among `total_count` independent draws of `base`.

    Parameters
    ----------
    base : Distribution
        A continuous law on numbers, with a distribution function.
    total_count : array, shape (...)
        Number of draws, a positive integer, by name; also `n`.
    rank : array, shape (...)
        From 1, the smallest, to `total_count`, the largest, by name.

    Notes
    -----
    David and Nagaraja (2003), "Order statistics", eq. 2.1.6.

    Examples
    --------
    >>> from ppl import Uniform
    >>> float(OrderStatistic(Uniform(0.0, 1.0), total_count=3, rank=3).cdf(0.5))
    0.125
    """

    total_count = parameter(integer_at_least(1), keyword_only=True, aliases=("n",))
    rank = parameter(lambda law: integer_interval(1.0, law.total_count), keyword_only=True)

    def _require_base(self, base: Any) -> None:
        good = getattr(base, "event_shape", None) == () and not base.has_atoms
        require_law(self, "base", base, kind="a continuous distribution of numbers", good=good)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # that of the base
        """The support of `base`."""
        return self.base.support

    def _sides(self) -> tuple[Any, Any]:
        """How many values lie at most there, and at least there."""
        return self.rank, self.total_count - self.rank + 1.0

    def _log_prob(self, value: Any) -> Any:
        k, m = self._sides()
        # -log B(k, m), in which for many draws two of three log Gammas nearly cancel
        few = np.minimum(k, m)
        constant = log_gamma_increase(np.maximum(k, m), few) - ad.special.gammaln(few)
        below, above = (
            _times(k - 1.0, self.base.log_cdf(value)),
            _times(m - 1.0, self.base.log_sf(value)),
        )
        return self.base.log_prob_inside(value) + constant + below + above

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.base.icdf(rng.beta(*self._sides(), shape))

    def _cdf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        below, above = self.base.cdf(value), self.base.sf(value)
        k, m = self._sides()
        left = below < 0.5
        near = special.betainc(k, m, np.where(left, below, 0.5))
        return np.where(left, near, special.betaincc(m, k, np.where(left, 0.5, above)))

    def _sf(self, value: Any) -> Any:
        special = importlib.import_module("scipy.special")
        below, above = self.base.cdf(value), self.base.sf(value)
        k, m = self._sides()
        left = below < 0.5
        near = special.betaincc(k, m, np.where(left, below, 0.5))
        return np.where(left, near, special.betainc(m, k, np.where(left, 0.5, above)))

    def _icdf(self, q: Any) -> Any:
        special = importlib.import_module("scipy.special")
        return self.base.icdf(special.betaincinv(*self._sides(), q))


def _times(count: Any, log_tail: Any) -> Any:
    """Multiply, where 0 times an infinite logarithm is 0."""
    none = (count == 0.0) & (log_tail == -np.inf)
    return np.where(none, 0.0, count * np.where(none, 0.0, log_tail))

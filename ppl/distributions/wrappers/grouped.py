"""Any law on numbers, of which only the interval between edges is recorded."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, integer_interval, ordered
from ppl.distributions.base import Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.summation import Summed, pick
from ppl.distributions.wrapping import Wrapper, require_law


class Grouped(Wrapper, Summed):
    """Law of the number 0, 1, ..., k of the interval that holds x, for x with law `base`.

    Interval 0 is up to the first edge, interval i from edge i - 1, not included, up to edge i,
    included, and interval k above the last.

    Parameters
    ----------
    base : Distribution
        A law on numbers with a distribution function.
    edges : array, shape (..., k)
        Strictly increasing on the last axis; by name. Each observation may have its own: of one
        known to lie in (a, b] (interval censoring) they are a and b, and its value is 1.

    Notes
    -----
    The log probability is `base.log_mass`, exact in either tail. Heitjan (1989), "Inference from
    grouped continuous data: a review".

    Examples
    --------
    >>> from ppl import Exponential
    >>> law = Grouped(Exponential(1.0), edges=[1.0, 800.0])
    >>> law.log_prob([0, 2]).round(12).tolist()
    [-0.458675145387, -800.0]
    """

    edges = parameter(ordered, keyword_only=True)

    def _require_base(self, base: Any) -> None:
        good = getattr(base, "event_shape", None) == ()
        require_law(self, "base", base, kind="a distribution of numbers", good=good)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The integers from 0 to the number of edges."""
        return integer_interval(0.0, float(self._count()))

    def _count(self) -> int:
        return int(np.shape(self.edges)[-1])

    def _log_prob(self, value: Any) -> Any:
        first, last = value <= 0.0, value >= self._count()
        upper = pick(self.edges, np.where(last, self._count() - 1.0, value))
        lower = pick(self.edges, np.where(first, 0.0, value - 1.0))
        return self.base.log_mass(np.where(first, -np.inf, lower), np.where(last, np.inf, upper))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return np.sum(self.base.draw(rng, shape)[..., None] > self.edges, axis=-1)

    def _cdf(self, value: Any) -> Any:
        return self.base.cdf(pick(self.edges, value))

    def _log_cdf(self, value: Any) -> Any:
        return self.base.log_cdf(pick(self.edges, value))

    def _log_sf(self, value: Any) -> Any:
        return self.base.log_sf(pick(self.edges, value))

"""Any law on numbers, of which values beyond either end are recorded as that end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.constraints import Above, Constraint, extended_real
from ppl.distributions.expectation import atom, expectation
from ppl.distributions.parameter import parameter
from ppl.distributions.wrapping import Wrapper, between, require_law

if TYPE_CHECKING:
    from ppl.distributions.base import Shape
    from ppl.distributions.expectation import Function


class Censored(Wrapper):
    """Law of min(max(x, low), high) for x with law `base`: a value at an end says no more.

    Parameters
    ----------
    base : Distribution
        A law on numbers with a distribution function, discrete or not.
    low : array, shape (...), default -inf
        Detection limit: a value of `low` says that x was at most that. By name; also `lower`.
    high : array, shape (...), default inf
        A value of `high` says that x was at least that. By name; also `upper`. Each observation
        may have its own ends.

    Notes
    -----
    `log_prob` is a log density between the ends and a log probability at them, as in PyMC's
    `Censored` and in Stan's programs with `lcdf` and `lccdf`. Of a value known to lie in an
    interval (interval censoring) the log probability is `base.log_mass(low, high)`: see `Grouped`.

    Examples
    --------
    >>> from ppl import Exponential
    >>> Censored(Exponential(2.0), high=3.0).log_prob([1.0, 3.0]).round(12).tolist()
    [-1.30685281944, -6.0]
    """

    low = parameter(extended_real, default=-math.inf, keyword_only=True, aliases=("lower",))
    high = parameter(
        lambda law: Above(law.low), default=math.inf, keyword_only=True, aliases=("upper",)
    )

    def _require_base(self, base: Any) -> None:
        good = getattr(base, "event_shape", None) == ()
        require_law(self, "base", base, kind="a distribution of numbers", good=good)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """What is left of the base's support; both ends belong to it."""
        whole = self.base.support
        low, high = whole.lowest(), whole.clip(np.inf)
        return _Clipped(
            between(
                np.minimum(np.maximum(low, self.low), self.high),
                np.minimum(np.maximum(high, self.low), self.high),
                discrete=whole.discrete,
            )
        )

    @property
    def has_atoms(self) -> bool:
        """Whether some single value has a positive probability: the ends have."""
        return True

    def _log_prob(self, value: Any) -> Any:
        below, above = value <= self.low, value >= self.high
        at_low, at_high = self.base.log_cdf(self.low), self.base.log_sf(self._last())
        whole = self.base.support
        # At an end the density has no meaning, and may have no value.
        inside = np.where(below | above, whole.interior(), value)
        between_ends = self.base.log_prob(inside)
        return np.where(below, at_low, np.where(above, at_high, between_ends))

    def _last(self) -> Any:
        """Above which the values are those recorded as `high`."""
        return np.ceil(self.high) - 1.0 if self.base.discrete else self.high

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return np.minimum(np.maximum(self.base.draw(rng, shape), self.low), self.high)

    def _expectation(self, function: Function) -> Any:
        if self.base.discrete:
            return expectation(self, function)
        base = self.base.expand(self.batch_shape)
        ends = atom(function, self.low, self.base.log_cdf(self.low))
        ends = ends + atom(function, self.high, self.base.log_sf(self.high))
        return ends + expectation(base, function, self.low, self.high)

    def _cdf(self, value: Any) -> Any:
        return self.base.cdf(value)

    def _log_cdf(self, value: Any) -> Any:
        return self.base.log_cdf(value)

    def _log_sf(self, value: Any) -> Any:
        return self.base.log_sf(value)

    def _icdf(self, q: Any) -> Any:
        return np.minimum(np.maximum(self.base.icdf(q), self.low), self.high)


class _Clipped(Constraint):
    """A set whose ends have probabilities of their own: no smooth map goes onto it."""

    def __init__(self, part: Constraint) -> None:
        self.part = part
        self.discrete = part.discrete

    def __str__(self) -> str:
        return f"{self.part} (ends are probabilities, so it needs data)"

    def _contains(self, value: Any) -> Any:
        return self.part.contains(value)

    def _interior(self, *_event_shape: Shape) -> Any:
        return self.part.interior()

    def _clip(self, value: Any) -> Any:
        return self.part.clip(value)

    def _lowest(self) -> Any:
        return self.part.lowest()

"""Any law on positive numbers or counts, with a probability of 0 of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.constraints import Constraint
from ppl.distributions.expectation import atom, expectation
from ppl.distributions.gated import Gated
from ppl.distributions.wrapping import Wrapper, require_law
from ppl.tails import log_difference

if TYPE_CHECKING:
    from ppl.distributions.base import Shape
    from ppl.distributions.expectation import Function


class Hurdle(Gated, Wrapper):
    """0 with probability `gate`, else a draw of `base` given that it is positive.

    Exactly one of `gate` and `gate_logits` is given, by name.

    Parameters
    ----------
    base : Distribution
        A law on counts, or a continuous one on positive numbers.
    gate : array, shape (...)
        Probability of 0. (PyMC's `psi` is 1 - gate.)
    gate_logits : array, shape (...)
        Log odds of 0.

    Notes
    -----
    Cragg (1971), "Some statistical models for limited dependent variables". With a continuous
    base `log_prob` is a log probability at 0 and a log density elsewhere.

    Examples
    --------
    >>> from ppl import Exponential
    >>> float(Hurdle(Exponential(1.0), gate=0.25).cdf(0.0))
    0.25
    """

    def _require_base(self, base: Any) -> None:
        kind = "a discrete distribution of counts, or one of positive numbers"
        good = getattr(base, "event_shape", None) == () and starts_at_zero(base.support)
        require_law(self, "base", base, kind=kind, good=good)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the base
        """The support of `base`, with 0."""
        return self.base.support if self.base.discrete else _WithZero(self.base.support)

    @property
    def has_atoms(self) -> bool:
        """Whether some single value has a positive probability: 0 has."""
        return True

    def _log_positive(self) -> Any:
        return self.base.log_sf(0.0) if self.base.discrete else 0.0

    def _log_prob(self, value: Any) -> Any:
        log_gate, log_rest = self._log_gate()
        zero = value == 0.0
        other = 1.0 if self.base.discrete else self.base.support.interior()
        inside = self.base.log_prob_inside(np.where(zero, other, value)) - self._log_positive()
        return np.where(zero, log_gate, log_rest + inside)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        if self.base.discrete:
            start = self.base.cdf(0.0)
            values = self.base.icdf(np.minimum(start + (1.0 - start) * rng.random(shape), 1.0))
            values = np.maximum(values, 1.0)  # rounding of a level to that of 0
        else:
            values = self.base.draw(rng, shape)
        return np.where(rng.random(shape) < self.gate, 0.0, values)

    def _mean(self) -> Any:
        return (1.0 - self.gate) * self.base.mean * np.exp(-self._log_positive())

    def _variance(self) -> Any:
        square = (self.base.variance + self.base.mean**2) * np.exp(-self._log_positive())
        return (1.0 - self.gate) * square - self._mean() ** 2

    def _expectation(self, function: Function) -> Any:
        if self.base.discrete:
            return expectation(self, function)
        log_gate, log_rest = self._log_gate()
        values = expectation(
            self.base.expand(self.batch_shape), lambda x, log_prob: function(x, log_prob + log_rest)
        )
        drawn = np.where(log_rest == -np.inf, 0.0, np.exp(log_rest) * values)
        return atom(function, 0.0, log_gate) + drawn

    def _cdf(self, value: Any) -> Any:
        return self.gate + (1.0 - self.gate) * np.exp(self._log_part(value))

    def _log_part(self, value: Any) -> Any:
        """Log of the probability of at most `value` among the positive ones."""
        if not self.base.discrete:
            return self.base.log_cdf(value)
        return log_difference(self.base.log_cdf(value), self.base.log_cdf(0.0)) - (
            self._log_positive()
        )

    def _log_sf(self, value: Any) -> Any:
        return self._log_gate()[1] + self.base.log_sf(value) - self._log_positive()


class _WithZero(Constraint):
    """A set of positive numbers and 0, which has a probability of its own."""

    def __init__(self, positive: Constraint) -> None:
        self.positive = positive

    def __str__(self) -> str:
        return f"0 or {self.positive} (0 is a probability, so it needs data)"

    def _contains(self, value: Any) -> Any:
        return (value == 0.0) | self.positive.contains(value)

    def _interior(self, *_event_shape: Shape) -> Any:
        return self.positive.interior()

    def _clip(self, value: Any) -> Any:
        return np.maximum(np.where(value < self.positive.lowest(), 0.0, value), 0.0)

    def _lowest(self) -> Any:
        return 0.0


def starts_at_zero(support: Constraint) -> bool:
    """Whether a set is known to have no negative numbers."""
    low = support.lowest()
    return not ad.is_traced(low) and bool(np.all(low >= 0.0))

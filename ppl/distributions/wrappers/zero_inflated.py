"""The zero-inflated law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint
from ppl.distributions.base import Shape
from ppl.distributions.gated import Gated
from ppl.distributions.wrapping import Wrapper, require_law


class ZeroInflated(Gated, Wrapper):
    """A law on counts with more zeros: 0 with probability `gate`, else a draw of `base`.

    Exactly one of `gate` and `gate_logits` is given, by name.

    Parameters
    ----------
    base : Distribution
        A discrete law whose support contains 0, for instance `Poisson(3.0)`.
    gate : array, shape (...)
        Probability of an additional zero. (PyMC's `psi` is 1 - gate.)
    gate_logits : array, shape (...)
        Log odds of an additional zero.

    Raises
    ------
    TypeError
        If `base` is not a discrete distribution.

    Examples
    --------
    >>> from ppl import NegativeBinomial2
    >>> float(ZeroInflated(NegativeBinomial2(4.0, 2.0), gate=0.25).mean)
    3.0
    """

    def _require_base(self, base: Any) -> None:
        good = getattr(base, "event_shape", None) == () and base.discrete
        require_law(self, "base", base, kind="a discrete distribution", good=good)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # that of the base
        """The support of `base`."""
        return self.base.support

    def _log_prob(self, value: Any) -> Any:
        log_gate, log_rest = self._log_gate()
        drawn = log_rest + self.base.log_prob_inside(value)
        zero = value == 0.0
        # Elsewhere the gate adds nothing, and its logarithm may be infinite.
        added = ad.special.logaddexp(np.where(zero, log_gate, 0.0), np.where(zero, drawn, 0.0))
        return np.where(zero, added, drawn)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        counts = self.base.draw(rng, shape)
        return np.where(rng.random(shape) < self.gate, 0, counts)

    def _mean(self) -> Any:
        return (1.0 - self.gate) * self.base.mean

    def _variance(self) -> Any:
        return (1.0 - self.gate) * (self.base.variance + self.gate * self.base.mean**2)

    def _cdf(self, value: Any) -> Any:
        below = (1.0 - self.gate) * self.base.cdf(value)
        return below + np.where(value >= 0.0, self.gate, 0.0)

    def _log_sf(self, value: Any) -> Any:
        more = self._log_gate()[1] + self.base.log_sf(value)
        below = value < 0.0
        added = ad.special.logaddexp(np.where(below, self._log_gate()[0], 0.0), more)
        return np.where(below, added, more)

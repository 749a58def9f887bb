"""A probability of its own for zero: the parameters that inflated and hurdle laws share."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, real, unit_interval
from ppl.distributions.base import Distribution
from ppl.distributions.equivalent import Equivalent
from ppl.distributions.parameter import parameter


class Gated(Distribution):
    """A law with a probability `gate`, or its log odds, of a zero."""

    gate = parameter(
        unit_interval,
        keyword_only=True,
        group="gate",
        derived=lambda law: ad.special.expit(law.gate_logits),
    )
    gate_logits = parameter(
        real,
        keyword_only=True,
        group="gate",
        derived=lambda law: ad.special.logit(law.gate),
    )

    def _log_gate(self) -> tuple[Any, Any]:
        """Logarithms of the gate and of the rest."""
        if "gate_logits" in self._given:
            return ad.special.log_expit(self.gate_logits), ad.special.log_expit(-self.gate_logits)
        return np.log(self.gate), np.log1p(-self.gate)


class GatedLaw(Gated, Equivalent):
    """A wrapper with a gate around a law of a fixed family, under one name."""

    _wrapper: type[Distribution]

    def _base(self) -> Distribution:
        """Law around which the wrapper goes."""
        raise NotImplementedError

    def _law(self) -> Distribution:
        gate = {name: vars(self)[name] for name in ("gate", "gate_logits") if name in self._given}
        return self._wrapper(self._base(), **gate)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # that of the wrapped law
        """Zero, and the support of the family."""
        return self._law().support

    @property
    def has_atoms(self) -> bool:
        """Whether some single value has a positive probability: 0 has."""
        return True

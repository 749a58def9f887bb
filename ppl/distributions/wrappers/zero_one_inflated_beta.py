"""The beta law with probabilities of 0 and 1 of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.constraints import Constraint, Interval, positive, unit_interval
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.bounded.beta import Beta
from ppl.distributions.expectation import atom, expectation
from ppl.distributions.parameter import parameter


class _ShareWithEnds(Interval):
    """The unit interval whose ends have probabilities of their own."""

    def __str__(self) -> str:
        return "in the interval [0, 1] (its ends are probabilities, so it needs data)"


if TYPE_CHECKING:
    from ppl.distributions.expectation import Function


class ZeroOneInflatedBeta(Distribution):
    """A share that is an end of [0, 1] with probability `gate`, else a draw of a beta law.

    Parameters
    ----------
    concentration1 : array, shape (...)
        Weight of the beta law towards 1, positive; also `alpha`.
    concentration0 : array, shape (...)
        Weight of the beta law towards 0, positive; also `beta`.
    gate : array, shape (...)
        Probability of 0 or 1, by name; also `zoi`.
    one : array, shape (...)
        Probability of 1 given that it is 0 or 1, by name; also `coi`.

    Notes
    -----
    Ospina and Ferrari (2010), "Inflated beta distributions". `log_prob` is a log probability at 0
    and 1 and a log density between.

    Examples
    --------
    >>> float(ZeroOneInflatedBeta(1.0, 1.0, gate=0.5, one=0.25).mean)
    0.375
    """

    concentration1 = parameter(positive, aliases=("alpha",))
    concentration0 = parameter(positive, aliases=("beta",))
    gate = parameter(unit_interval, keyword_only=True, aliases=("zoi",))
    one = parameter(unit_interval, keyword_only=True, aliases=("coi",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # a set that needs data
        """The unit interval."""
        return _ShareWithEnds()

    @property
    def has_atoms(self) -> bool:
        """Whether some single value has a positive probability: 0 and 1 have."""
        return True

    def _beta(self) -> Beta:
        return Beta(self.concentration1, self.concentration0)

    def _log_prob(self, value: Any) -> Any:
        zero, one = value == 0.0, value == 1.0
        inside = np.log1p(-self.gate) + self._beta().log_prob_inside(
            np.where(zero | one, 0.5, value)
        )
        at_end = np.log(self.gate) + np.where(zero, np.log1p(-self.one), np.log(self.one))
        return np.where(zero | one, at_end, inside)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        ends = (rng.random(shape) < self.one).astype(np.float64)
        inside = self._beta().draw(rng, shape)
        return np.where(rng.random(shape) < self.gate, ends, inside)

    def _mean(self) -> Any:
        return self.gate * self.one + (1.0 - self.gate) * self._beta().mean

    def _variance(self) -> Any:
        inside = self._beta()
        square = self.gate * self.one + (1.0 - self.gate) * (inside.variance + inside.mean**2)
        return square - self._mean() ** 2

    def _expectation(self, function: Function) -> Any:
        log_gate, log_rest = np.log(self.gate), np.log1p(-self.gate)
        inside = self._beta().expand(self.batch_shape)
        values = expectation(inside, lambda x, log_prob: function(x, log_prob + log_rest))
        ends = atom(function, 0.0, log_gate + np.log1p(-self.one))
        ends = ends + atom(function, 1.0, log_gate + np.log(self.one))
        return ends + np.where(log_rest == -np.inf, 0.0, np.exp(log_rest) * values)

    def _cdf(self, value: Any) -> Any:
        return self.gate * (1.0 - self.one) + (1.0 - self.gate) * self._beta().cdf(value)

    def _sf(self, value: Any) -> Any:
        return self.gate * self.one + (1.0 - self.gate) * self._beta().sf(value)

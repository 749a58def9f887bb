"""The improper law with density 1, for models whose parameters have no prior but their bounds."""

import math
from typing import Any

import numpy as np

from ppl import Distribution, constraints, parameter


class Flat(Distribution):
    """Improper law with density 1 between two ends.

    It cannot be drawn from and has no moments. With a parameter as an end it orders parameters:
    ``high = sample("high", Flat(low=low))``.

    Parameters
    ----------
    low : array, shape (...), default -inf
        Lower end, by name.
    high : array, shape (...), default inf
        Upper end, by name.

    Examples
    --------
    >>> float(Flat(low=0).log_prob(3.0))
    0.0
    """

    low = parameter(constraints.extended_real, default=-math.inf, keyword_only=True)
    high = parameter(lambda law: constraints.Above(law.low), default=math.inf, keyword_only=True)

    @property
    def support(self) -> constraints.Constraint:  # type: ignore[override] # depends on the parameters here
        """The numbers between the ends."""
        below, above = _is_infinite(self.low), _is_infinite(self.high)
        if below and above:
            return constraints.real
        if above:
            return constraints.at_least(self.low)
        return (
            constraints.at_most(self.high) if below else constraints.interval(self.low, self.high)
        )

    def _log_prob(self, _value: Any) -> Any:
        return 0.0


def _is_infinite(end: Any) -> bool:
    # A parameter as an end is finite, and it is not a number yet.
    return isinstance(end, int | float | np.ndarray) and bool(np.all(np.isinf(end)))

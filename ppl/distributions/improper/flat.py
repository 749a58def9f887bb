"""The flat prior of a number."""

import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import (
    Above,
    Constraint,
    extended_real,
    greater_than,
    interval,
    less_than,
    real,
)
from ppl.distributions.base import Distribution
from ppl.distributions.parameter import parameter


class Flat(Distribution):
    """Log density 0 between two bounds, either of which may be absent.

    It is a prior, not a probability law: it is not normalised, and cannot be drawn from. A Stan
    parameter declared `real<lower=a>` without a prior is `Flat(lower=a)`.

    Parameters
    ----------
    low : array, shape (...), default -inf
        Lower end; also `lower`. It may be traced.
    high : array, shape (...), default inf
        Upper end, greater than `low`; also `upper`. It may be traced.

    Examples
    --------
    >>> float(Flat(lower=0).log_prob(3.0)), float(Flat(lower=0).log_prob(-3.0))
    (0.0, -inf)
    """

    low = parameter(extended_real, default=-math.inf, aliases=("lower",))
    high = parameter(lambda law: Above(law.low), default=math.inf, aliases=("upper",))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The line, a half line or an interval."""
        below, above = _absent(self.low, -math.inf), _absent(self.high, math.inf)
        if below and above:
            return real
        if above:
            return greater_than(self.low)
        return less_than(self.high) if below else interval(self.low, self.high)

    def _log_prob(self, value: Any) -> Any:
        return np.zeros(np.shape(value))[()]


def _absent(bound: Any, infinite: float) -> bool:
    return not ad.is_traced(bound) and bool(np.all(bound == infinite))

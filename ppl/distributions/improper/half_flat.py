"""The flat prior of a positive number."""

from typing import Any

import numpy as np

from ppl.constraints import positive
from ppl.distributions.base import Distribution


class HalfFlat(Distribution):
    """Log density 0 for positive values: `Flat(lower=0)`.

    It is a prior, not a probability law: it is not normalised, and cannot be drawn from.

    Examples
    --------
    >>> float(HalfFlat().log_prob(3.0)), float(HalfFlat().log_prob(-3.0))
    (0.0, -inf)
    """

    support = positive

    def _log_prob(self, value: Any) -> Any:
        return np.zeros(np.shape(value))[()]

"""A law of which some elements do not count."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, boolean
from ppl.distributions.equivalent import Equivalent
from ppl.distributions.parameter import parameter
from ppl.distributions.wrapping import Wrapper


class Masked(Equivalent, Wrapper):
    """The law `base` with log density 0 for every value where the mask is False.

    `base.mask(mask)` makes it. Draws, moments and distribution functions are those of `base`.

    Parameters
    ----------
    base : Distribution
    mask : array of bool, shape (...)
        Broadcasts with the batch shape of `base`.

    Examples
    --------
    >>> from ppl import Normal
    >>> Normal(0.0, 1.0).mask([True, False]).log_prob([np.nan, np.nan]).tolist()
    [nan, 0.0]
    """

    mask = parameter(boolean)

    def __init__(self, base: Any = None, mask: Any = None) -> None:
        super().__init__(base, mask=mask)

    def _law(self) -> Any:
        return self.base

    @property
    def support(self) -> Constraint:  # type: ignore[override] # that of the base
        """The support of `base`."""
        return self.base.support

    @property
    def has_atoms(self) -> bool:
        """As `base`."""
        return self.base.has_atoms

    def log_prob(self, value: Any) -> Any:
        """Return the log density where the mask is True, else 0; see `Distribution.log_prob`."""
        return self._hide(self.base.log_prob(self._shown(value)))

    def log_prob_inside(self, value: Any) -> Any:
        """Return `log_prob` of values known to lie in the support."""
        return self._hide(self.base.log_prob_inside(self._shown(value)))

    def _shown(self, value: Any) -> Any:
        # Values that do not count may be NaN, whose derivative would be too.
        event = self.event_shape
        counts = np.asarray(self.mask == 1.0)[(..., *(None,) * len(event))]
        return np.where(counts, value, self.base.support.interior(event))

    def _hide(self, log_prob: Any) -> Any:
        return np.where(self.mask == 1.0, log_prob, 0.0)

    def entropy(self) -> Any:
        """Return the entropy of `base`, in nats."""
        return np.broadcast_to(self.base.entropy(), self.batch_shape)

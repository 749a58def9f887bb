"""The zero-inflated Poisson law."""

from ppl.constraints import positive
from ppl.distributions.base import Distribution
from ppl.distributions.discrete.poisson import Poisson
from ppl.distributions.gated import GatedLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.wrappers.zero_inflated import ZeroInflated


class ZeroInflatedPoisson(GatedLaw):
    """Poisson law with more zeros.

    `ZeroInflated(Poisson(...), gate=...)` under one name. Exactly one of `gate` and
    `gate_logits` is given, by name.

    Parameters
    ----------
    rate : array, shape (...)
        Mean of the Poisson law, positive; also `mu`.
    gate : array, shape (...)
        Probability of an additional zero. (PyMC's `psi` is 1 - gate.)
    gate_logits : array, shape (...)
        Log odds of an additional zero.

    Examples
    --------
    >>> float(ZeroInflatedPoisson(4.0, gate=0.25).mean)
    3.0
    """

    rate = parameter(positive, aliases=("mu",))
    _wrapper = ZeroInflated

    def _base(self) -> Distribution:
        return Poisson(self.rate)

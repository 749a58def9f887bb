"""The hurdle Poisson law."""

from ppl.constraints import positive
from ppl.distributions.base import Distribution
from ppl.distributions.discrete.poisson import Poisson
from ppl.distributions.gated import GatedLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.wrappers.hurdle import Hurdle


class HurdlePoisson(GatedLaw):
    """0, or a draw of a Poisson law given that it is positive.

    `Hurdle(Poisson(...), gate=...)` under one name. Exactly one of `gate` and
    `gate_logits` is given, by name.

    Parameters
    ----------
    rate : array, shape (...)
        Mean of the Poisson law, positive; also `mu`.
    gate : array, shape (...)
        Probability of 0. (PyMC's `psi` is 1 - gate.)
    gate_logits : array, shape (...)
        Log odds of 0.

    Examples
    --------
    >>> float(HurdlePoisson(4.0, gate=0.25).cdf(0.0))
    0.25
    """

    rate = parameter(positive, aliases=("mu",))
    _wrapper = Hurdle

    def _base(self) -> Distribution:
        return Poisson(self.rate)

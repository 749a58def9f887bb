"""The zero-inflated negative binomial law."""

from ppl.constraints import positive
from ppl.distributions.base import Distribution
from ppl.distributions.discrete.negative_binomial2 import NegativeBinomial2
from ppl.distributions.gated import GatedLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.wrappers.zero_inflated import ZeroInflated


class ZeroInflatedNegativeBinomial(GatedLaw):
    """Negative binomial law, by its mean, with more zeros.

    `ZeroInflated(NegativeBinomial2(...), gate=...)` under one name. Exactly one of `gate` and
    `gate_logits` is given, by name.

    Parameters
    ----------
    base_mean : array, shape (...)
        Mean of the negative binomial law, positive; also `mean` and `mu`.
    concentration : array, shape (...)
        Positive; the variance of that law is m + m^2 / concentration, with its mean m.
        Also `alpha`, `phi`.
    gate : array, shape (...)
        Probability of an additional zero. (PyMC's `psi` is 1 - gate.)
    gate_logits : array, shape (...)
        Log odds of an additional zero.

    Examples
    --------
    >>> float(ZeroInflatedNegativeBinomial(4.0, 2.0, gate=0.25).mean)
    3.0
    """

    base_mean = parameter(positive, aliases=("mean", "mu"))
    concentration = parameter(positive, aliases=("alpha", "phi"))
    _wrapper = ZeroInflated

    def _base(self) -> Distribution:
        return NegativeBinomial2(self.base_mean, self.concentration)

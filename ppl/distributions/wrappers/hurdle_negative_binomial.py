"""The hurdle negative binomial law."""

from ppl.constraints import positive
from ppl.distributions.base import Distribution
from ppl.distributions.discrete.negative_binomial2 import NegativeBinomial2
from ppl.distributions.gated import GatedLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.wrappers.hurdle import Hurdle


class HurdleNegativeBinomial(GatedLaw):
    """0, or a draw of a negative binomial law given that it is positive.

    `Hurdle(NegativeBinomial2(...), gate=...)` under one name. Exactly one of `gate` and
    `gate_logits` is given, by name.

    Parameters
    ----------
    base_mean : array, shape (...)
        Mean of the negative binomial law, positive; also `mean` and `mu`.
    concentration : array, shape (...)
        Positive; the variance of that law is m + m^2 / concentration, with its mean m.
        Also `alpha`, `phi`.
    gate : array, shape (...)
        Probability of 0. (PyMC's `psi` is 1 - gate.)
    gate_logits : array, shape (...)
        Log odds of 0.

    Examples
    --------
    >>> float(HurdleNegativeBinomial(4.0, 2.0, gate=0.25).cdf(0.0))
    0.25
    """

    base_mean = parameter(positive, aliases=("mean", "mu"))
    concentration = parameter(positive, aliases=("alpha", "phi"))
    _wrapper = Hurdle

    def _base(self) -> Distribution:
        return NegativeBinomial2(self.base_mean, self.concentration)

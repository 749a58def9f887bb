"""The hurdle gamma law."""

from ppl.constraints import positive
from ppl.distributions.base import Distribution
from ppl.distributions.gated import GatedLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.positive.gamma import Gamma
from ppl.distributions.wrappers.hurdle import Hurdle


class HurdleGamma(GatedLaw):
    """0, or a draw of a gamma law.

    `Hurdle(Gamma(...), gate=...)` under one name. Exactly one of `gate` and
    `gate_logits` is given, by name.

    Parameters
    ----------
    concentration : array, shape (...)
        Shape of the gamma law, positive, by name; also `alpha`.
    rate : array, shape (...)
        Its inverse scale, positive, by name; also `beta`.
    gate : array, shape (...)
        Probability of 0. (PyMC's `psi` is 1 - gate.)
    gate_logits : array, shape (...)
        Log odds of 0.

    Examples
    --------
    >>> float(HurdleGamma(concentration=2.0, rate=1.0, gate=0.25).mean)
    1.5
    """

    concentration = parameter(positive, keyword_only=True, aliases=("alpha",))
    rate = parameter(positive, keyword_only=True, aliases=("beta",))
    _wrapper = Hurdle

    def _base(self) -> Distribution:
        return Gamma(concentration=self.concentration, rate=self.rate)

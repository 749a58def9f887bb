"""The hurdle log-normal law."""

from ppl.constraints import positive, real
from ppl.distributions.base import Distribution
from ppl.distributions.gated import GatedLaw
from ppl.distributions.parameter import parameter
from ppl.distributions.positive.log_normal import LogNormal
from ppl.distributions.wrappers.hurdle import Hurdle


class HurdleLogNormal(GatedLaw):
    """0, or a draw of a log-normal law.

    `Hurdle(LogNormal(...), gate=...)` under one name. Exactly one of `gate` and
    `gate_logits` is given, by name.

    Parameters
    ----------
    loc : array, shape (...), default 0
        Mean of the logarithm; also `mu`.
    scale : array, shape (...), default 1
        Standard deviation of the logarithm, positive; also `sigma`.
    gate : array, shape (...)
        Probability of 0. (PyMC's `psi` is 1 - gate.)
    gate_logits : array, shape (...)
        Log odds of 0.

    Examples
    --------
    >>> float(HurdleLogNormal(0.0, 1.0, gate=0.25).cdf(0.0))
    0.25
    """

    loc = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    _wrapper = Hurdle

    def _base(self) -> Distribution:
        return LogNormal(self.loc, self.scale)

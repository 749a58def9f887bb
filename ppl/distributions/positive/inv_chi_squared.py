"""The inverse chi-squared law."""

from ppl.constraints import positive
from ppl.distributions.base import Distribution
from ppl.distributions.equivalent import Equivalent
from ppl.distributions.parameter import parameter
from ppl.distributions.positive.inverse_gamma import InverseGamma


class InvChiSquared(Equivalent):
    """Law of one over a chi-squared variable.

    It is the inverse gamma law with concentration df / 2 and rate 1/2.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, positive; also `nu`.

    Examples
    --------
    >>> float(InvChiSquared(4.0).mean)
    0.5
    """

    df = parameter(positive, aliases=("nu",))
    support = positive

    def _law(self) -> Distribution:
        return InverseGamma(concentration=0.5 * self.df, rate=0.5)

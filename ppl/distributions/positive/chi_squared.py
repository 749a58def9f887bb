"""The chi-squared law."""

from ppl.constraints import nonnegative, positive
from ppl.distributions.base import Distribution
from ppl.distributions.equivalent import Equivalent
from ppl.distributions.parameter import parameter
from ppl.distributions.positive.gamma import Gamma


class ChiSquared(Equivalent):
    """Law of the sum of squares of `df` independent standard normal variables.

    It is the gamma law with concentration df / 2 and rate 1/2.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, positive; also `nu`.

    Examples
    --------
    >>> float(ChiSquared(3.0).mean)
    3.0
    """

    df = parameter(positive, aliases=("nu",))
    support = nonnegative

    def _law(self) -> Distribution:
        return Gamma(concentration=0.5 * self.df, rate=0.5)

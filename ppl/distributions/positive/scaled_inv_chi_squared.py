"""The scaled inverse chi-squared law."""

from ppl.constraints import positive
from ppl.distributions.base import Distribution
from ppl.distributions.equivalent import Equivalent
from ppl.distributions.parameter import parameter
from ppl.distributions.positive.inverse_gamma import InverseGamma


class ScaledInvChiSquared(Equivalent):
    """Law of df scale^2 over a chi-squared variable: a prior of variances.

    It is the inverse gamma law with concentration df / 2 and rate df scale^2 / 2.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, positive; also `nu`.
    scale : array, shape (...)
        Positive; its square is the size of a typical value. Also `sigma`.

    Notes
    -----
    Gelman et al. (2013), "Bayesian data analysis", 3rd edition, table A.1.

    Examples
    --------
    >>> float(ScaledInvChiSquared(4.0, 2.0).mean)
    8.0
    """

    df = parameter(positive, aliases=("nu",))
    scale = parameter(positive, aliases=("sigma",))
    support = positive

    def _law(self) -> Distribution:
        half = 0.5 * self.df
        return InverseGamma(concentration=half, rate=half * self.scale**2)

"""The beta proportion law."""

from ppl.constraints import open_unit_interval, positive, unit_interval
from ppl.distributions.base import Distribution
from ppl.distributions.bounded.beta import Beta
from ppl.distributions.equivalent import Equivalent
from ppl.distributions.parameter import parameter


class BetaProportion(Equivalent):
    """Beta law by its mean and its precision.

    The concentrations are mean concentration and (1 - mean) concentration.

    Parameters
    ----------
    mean : array, shape (...)
        Strictly between 0 and 1; also `mu`.
    concentration : array, shape (...)
        Positive; the variance is mean (1 - mean) / (1 + concentration). Also `kappa`.

    Examples
    --------
    >>> float(BetaProportion(0.25, 3.0).variance)
    0.046875
    """

    mean = parameter(open_unit_interval, aliases=("mu",))
    concentration = parameter(positive, aliases=("kappa",))
    support = unit_interval

    def _law(self) -> Distribution:
        share, rest = self.mean, 1.0 - self.mean
        return Beta(share * self.concentration, rest * self.concentration)

"""The support of a law onto the unit interval, by its distribution function."""

from typing import TYPE_CHECKING, Any

from ppl.transforms.base import Transform

if TYPE_CHECKING:
    from ppl.distributions.base import Distribution


class CDF(Transform):
    """y = cdf(x) of a continuous law of numbers; `CDF(law).inv` is its quantile function.

    The log-Jacobian is the law's log density. Two of them take one law to another:
    `Compose(CDF(p), CDF(q).inv)` makes draws of q from those of p.

    Parameters
    ----------
    law : Distribution
    """

    def __init__(self, law: "Distribution") -> None:
        if law.discrete or law.event_shape:
            raise self._wrong_size("the law must be continuous and of numbers", law.event_shape)
        self.law = law

    def forward(self, x: Any) -> Any:
        """Return the probability of at most `x`."""
        return self.law.cdf(x)

    def inverse(self, y: Any) -> Any:
        """Return the quantiles."""
        return self.law.icdf(y)

    def log_jacobian(self, x: Any) -> Any:
        """Return the log density."""
        return self.law.log_prob(x)

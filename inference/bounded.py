"""What fits by evidence lower bounds share."""

from inference import fit

FACTORISED = (
    "The family has independent components: it cannot show correlations, and where parameters are "
    "correlated its standard deviations are too small (it matches the precisions, not the "
    "variances). "
)


class Bounded(fit.Fit):
    """Independent draws of a law that was fitted, one chain of them, with its lower bound."""

    @property
    def elbo(self) -> float:
        """Evidence lower bound in nats, or the bound that was climbed: a Monte Carlo estimate."""
        return float(self.attributes["elbo"])

    @property
    def elbo_error(self) -> float:
        """Monte Carlo standard error of `elbo`, in nats."""
        return float(self.attributes["elbo_error"])

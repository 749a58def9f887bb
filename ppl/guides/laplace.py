"""The guide that finds a mode, and then a normal law around it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.errors import ModelError, where
from ppl.guides.base import AutoGuide
from ppl.guides.multivariate_normal import AutoMultivariateNormal
from ppl.primitives import param

if TYPE_CHECKING:
    from ppl.elbo import ELBO


class AutoLaplace(AutoGuide):
    """The posterior's mode on the unconstrained scale, and the curvature there as precision.

    L. Tierney and J. B. Kadane 1986, Accurate Approximations for Posterior Moments and Marginal
    Densities. While it is learnt it is a point; the result draws from the normal law.

    Parameters
    ----------
    model, init, prefix, seed
        See `AutoGuide`.
    """

    def run(self) -> dict[str, Any]:
        """Sample all sites."""
        return self.place_all(param(self.named("loc"), self.joint_start()))

    def finished(self, objective: "ELBO", x: Any) -> "tuple[ELBO, Any]":
        """Objective and parameters of the normal law at the mode `x`.

        Raises
        ------
        ModelError
            If the curvature is not negative in all directions: `x` is not a mode.
        """
        if objective.dimension != self.layout.dimension:
            raise ModelError(
                f"AutoLaplace: the model must have no ppl.param of its own, got "
                f"{objective.dimension - self.layout.dimension} numbers {where()}. Give them "
                "priors, ppl.handlers.lift, or take AutoMultivariateNormal."
            )
        precision = -objective.hessian(x, np.random.default_rng(0))
        try:
            factor = np.linalg.cholesky(0.5 * (precision + precision.T))
        except np.linalg.LinAlgError:
            raise ModelError(
                f"AutoLaplace: the log density must curve down in all directions at a mode, got "
                f"curvatures {np.linalg.eigvalsh(-precision)[[0, -1]]} {where()}. Make more "
                "steps, or take AutoMultivariateNormal."
            ) from None
        covariance = np.linalg.inv(factor @ factor.T)
        start = {name: self.layout.take(x, name) for name in self.sites}
        guide = AutoMultivariateNormal(
            self.model, scale=np.linalg.cholesky(covariance), prefix=self.prefix
        )
        guide.sites, guide.layout, guide.start = self.sites, self.layout, start
        guide.prepare = lambda *_, **__: None  # type: ignore[method-assign] # it is
        law = objective.with_guide(guide)
        return law, law.initial(np.random.default_rng(0))

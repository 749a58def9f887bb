"""The normal guide with all correlations."""

from typing import Any

import numpy as np

from ppl.constraints import CovarianceCholesky
from ppl.distributions.multivariate.multivariate_normal import MultivariateNormal
from ppl.guides.base import AutoGuide, positive_scale
from ppl.primitives import param, sample

SCALE = 0.1


class AutoMultivariateNormal(AutoGuide):
    """One normal law with a full covariance over all sites, unconstrained.

    A. Kucukelbir et al. 2017, section 2.3.2. It has d (d + 3) / 2 parameters for d numbers.

    Parameters
    ----------
    model, init, prefix, seed
        See `AutoGuide`.
    scale : float or array, shape (d, d)
        Standard deviation to start from, or a Cholesky factor of the covariance.
    """

    def __init__(self, model: Any, *, scale: Any = SCALE, **options: Any) -> None:
        super().__init__(model, **options)
        self._scale = np.asarray(positive_scale("AutoMultivariateNormal", scale))

    def run(self) -> dict[str, Any]:
        """Sample all sites."""
        d = self.layout.dimension
        start = self._scale if self._scale.ndim else self._scale * np.eye(d)
        loc = param(self.named("loc"), self.joint_start())
        factor = param(self.named("scale_tril"), start, CovarianceCholesky())
        law = MultivariateNormal(loc, scale_tril=factor)
        return self.place_all(sample(self.named("latent"), law, infer={"is_auxiliary": True}))

"""The normal guide with a few directions of correlation."""

import math
from typing import Any

import numpy as np

from ppl.constraints import positive
from ppl.distributions.multivariate.low_rank_multivariate_normal import LowRankMultivariateNormal
from ppl.errors import show, where
from ppl.guides.base import AutoGuide, positive_scale
from ppl.primitives import param, sample

SCALE = 0.1


class AutoLowRankMultivariateNormal(AutoGuide):
    """One normal law with covariance F F' + D over all sites, unconstrained.

    V. M.-H. Ong, D. J. Nott and M. S. Smith 2018, Gaussian Variational Approximation with a Factor
    Covariance Structure, equation 4. It has d (rank + 2) parameters for d numbers.

    Parameters
    ----------
    model, init, prefix, seed
        See `AutoGuide`.
    rank : int, optional
        Columns of F; by default the square root of d, rounded up.
    scale : float
        Standard deviation to start from.
    """

    def __init__(
        self, model: Any, *, rank: int | None = None, scale: float = SCALE, **options: Any
    ) -> None:
        super().__init__(model, **options)
        whole = isinstance(rank, int) and not isinstance(rank, bool)
        if rank is not None and not (whole and rank >= 1):
            raise ValueError(
                f"AutoLowRankMultivariateNormal: rank must be a positive integer, got "
                f"{show(rank)} {where()}."
            )
        self._rank = rank
        self._scale = positive_scale("AutoLowRankMultivariateNormal", scale)

    def run(self) -> dict[str, Any]:
        """Sample all sites."""
        d = self.layout.dimension
        rank = min(self._rank or math.ceil(math.sqrt(d)), d)
        # Not 0, where the gradient by F vanishes.
        tilt = 0.1 * self._scale * np.random.default_rng(d).standard_normal((d, rank))
        loc = param(self.named("loc"), self.joint_start())
        factor = param(self.named("cov_factor"), tilt)
        spread = param(self.named("scale"), np.full(d, self._scale), positive)
        law = LowRankMultivariateNormal(loc, cov_factor=factor, cov_diag=spread * spread)
        return self.place_all(sample(self.named("latent"), law, infer={"is_auxiliary": True}))

"""Automatic guides: laws for all latent sites of a model, made from the model itself."""

from ppl.guides.delta import AutoDelta
from ppl.guides.laplace import AutoLaplace
from ppl.guides.low_rank import AutoLowRankMultivariateNormal
from ppl.guides.multivariate_normal import AutoMultivariateNormal
from ppl.guides.normal import AutoNormal

__all__ = [
    "AutoDelta",
    "AutoLaplace",
    "AutoLowRankMultivariateNormal",
    "AutoMultivariateNormal",
    "AutoNormal",
]

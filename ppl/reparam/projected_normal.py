"""Directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.distributions import Normal
from ppl.reparam.base import Reparam, law_of

if TYPE_CHECKING:
    from ppl.handlers import Auxiliary, Site


class ProjectedNormalReparam(Reparam):
    """Write a site of law ProjectedNormal as the direction of a normal vector.

    The auxiliary site `NAME_normal` is normal with the law's `concentration` as its mean and unit
    variances; its direction has the law by definition, so no density is needed.
    """

    def __call__(self, site: Site, auxiliary: Auxiliary) -> Any:
        """Return the value of the site."""
        law: Any = law_of(site)
        if type(law).__name__ != "ProjectedNormal":
            raise self.refuse(site, "be ProjectedNormal")
        vector = auxiliary.sample("normal", Normal(0.0, 1.0)) + law.concentration
        return vector / np.sqrt(np.sum(vector * vector, axis=-1))[..., None]

"""Reparameterisations: the same law, written over random variables that are easier to sample.

They are given to `ppl.handlers.reparam`. A new one is a function of a site and of an
`ppl.handlers.Auxiliary`, through which it declares what takes the site's place; it returns the
site's value.
"""

from ppl.reparam.base import Reparam
from ppl.reparam.circular import CircularReparam
from ppl.reparam.loc_scale import LocScaleReparam
from ppl.reparam.projected_normal import ProjectedNormalReparam
from ppl.reparam.transform import TransformReparam

__all__ = [
    "CircularReparam",
    "LocScaleReparam",
    "ProjectedNormalReparam",
    "Reparam",
    "TransformReparam",
]

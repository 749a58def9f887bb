"""The guide of points."""

from typing import Any

from ppl.guides.base import AutoGuide
from ppl.primitives import param


class AutoDelta(AutoGuide):
    """A point for each site: the posterior's mode on the scale of the model's own sites.

    The log-Jacobians of the transforms are left out, as they are no part of the model's density.

    Parameters
    ----------
    model, init, prefix, seed
        See `AutoGuide`.
    """

    def run(self) -> dict[str, Any]:
        """Sample all sites."""
        return {
            name: self.place(name, param(self.named(f"{name}_loc"), start), counted=False)
            for name, start in self.start.items()
        }

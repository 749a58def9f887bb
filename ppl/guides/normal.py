"""The factorised normal guide."""

from typing import Any

import numpy as np

from ppl.constraints import positive
from ppl.distributions.real.normal import Normal
from ppl.guides.base import AutoGuide, positive_scale
from ppl.primitives import param, sample
from ppl.transforms import Identity

SCALE = 0.1


class AutoNormal(AutoGuide):
    """Independent normal laws of all numbers, transformed to each site's support.

    A. Kucukelbir et al. 2017, Automatic Differentiation Variational Inference, section 2.3.1. Its
    standard deviations are too small where numbers are correlated in the posterior.

    Parameters
    ----------
    model, init, prefix, seed
        See `AutoGuide`.
    scale : float
        Standard deviation to start from, unconstrained.
    """

    factorised = True

    def __init__(self, model: Any, *, scale: float = SCALE, **options: Any) -> None:
        super().__init__(model, **options)
        self._scale = positive_scale("AutoNormal", scale)

    def run(self) -> dict[str, Any]:
        """Sample all sites."""
        values = {}
        for name in self.sites:
            start = self.start[name]
            loc = param(self.named(f"{name}_loc"), start)
            scale = param(self.named(f"{name}_scale"), np.full(start.shape, self._scale), positive)
            law, transform = Normal(loc, scale), self.transform(name)
            if isinstance(transform, Identity) and not transform.event_dim:
                values[name] = sample(name, law)
            else:
                base = f"{self.prefix}_{name}_base"
                u = sample(base, law, infer={"is_auxiliary": True})
                values[name] = self.place(name, u)
        return values

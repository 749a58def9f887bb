"""Transformed laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.distributions import Normal
from ppl.reparam.base import Reparam, law_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.distributions.base import Distribution
    from ppl.handlers import Auxiliary, Site

# Laws of the library that are transforms of another by their definition.
_KNOWN: dict[str, tuple[Callable[[Any], Distribution], Callable[[Any], Any]]] = {
    "LogNormal": (lambda law: Normal(law.loc, law.scale), np.exp),
    "LogitNormal": (lambda law: Normal(law.loc, law.scale), ad.special.expit),
}


class TransformReparam(Reparam):
    """Write a site whose law is a transform of another as that transform of `NAME_base`.

    The base site may be rewritten in turn, by a handler outside: a LogNormal site becomes a
    normal one, which LocScaleReparam can write non-centred.

    Examples
    --------
    >>> import ppl
    >>> from ppl.handlers import reparam
    >>> from ppl.reparam import LocScaleReparam, TransformReparam
    >>> def model():
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     ppl.sample("rate", ppl.LogNormal(mu, 1.0))
    >>> written = reparam(
    ...     reparam(model, {"rate": TransformReparam()}), {"rate_base": LocScaleReparam(0)}
    ... )
    >>> ppl.Posterior(written).names
    ('mu', 'rate_base_decentered', 'rate_base', 'rate')
    """

    def __call__(self, site: Site, auxiliary: Auxiliary) -> Any:
        """Return the value of the site."""
        law: Any = law_of(site)
        known = _KNOWN.get(type(law).__name__)
        if known is not None:
            base, forward = known
            return forward(auxiliary.sample("base", base(law)))
        inner = getattr(law, "base", None)
        transform = getattr(law, "transform", None)
        if type(law).__name__ != "Transformed" or inner is None or transform is None:
            raise self.refuse(site, "be a transform of another law")
        return transform.forward(auxiliary.sample("base", inner))

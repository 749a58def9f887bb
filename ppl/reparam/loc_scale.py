"""Centred, non-centred, and everything between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.errors import show, where
from ppl.reparam.base import Reparam, law_of, with_parameters

if TYPE_CHECKING:
    from ppl.handlers import Auxiliary, Site

# Families on the whole line in which the law of (value - loc) / scale depends on neither.
FAMILIES = frozenset(
    (
        "AsymmetricLaplace",
        "Cauchy",
        "GeneralizedNormal",
        "Gumbel",
        "Laplace",
        "Logistic",
        "Moyal",
        "Normal",
        "SkewNormal",
        "StudentT",
    )
)


class LocScaleReparam(Reparam):
    """Write a site of a location-scale family over one that depends less on loc and scale.

    With c = `centered`, the auxiliary site `NAME_decentered` has location c loc and scale
    scale^c, and the value is loc + scale^(1 - c) (auxiliary - c loc). 0 is the non-centred form,
    1 the centred one, which changes nothing.

    Parameters
    ----------
    centered : number or array, from 0 to 1
        How far data decide the site compared with its prior: near 0 for weak data. An array
        has one number for each element.

    Raises
    ------
    ValueError
        If it is outside [0, 1].

    References
    ----------
    M. I. Gorinova, D. Moore and M. D. Hoffman (2020), Automatic Reparameterisation of
    Probabilistic Programs, ICML, section 4: the partial centring.

    Examples
    --------
    >>> import ppl
    >>> def model():
    ...     tau = ppl.sample("tau", ppl.HalfNormal(1))
    ...     ppl.sample("theta", ppl.Normal(0, tau))
    >>> written = ppl.handlers.reparam(model, {"theta": ppl.reparam.LocScaleReparam(0)})
    >>> ppl.Posterior(written).sites
    ['tau', 'theta_decentered']
    """

    def __init__(self, centered: Any = 0.0) -> None:
        value = np.asarray(None) if ad.is_traced(centered) else np.asarray(centered)
        if value.dtype.kind not in "fiu" or not np.all((value >= 0) & (value <= 1)):
            raise ValueError(
                f"LocScaleReparam: centered must be from 0 to 1, got {show(centered)} {where()}. "
                "0 is the non-centred form."
            )
        self.centered = value.astype(np.float64)[()]

    def __call__(self, site: Site, auxiliary: Auxiliary) -> Any:
        """Return the value of the site."""
        law: Any = law_of(site)
        if type(law).__name__ not in FAMILIES:
            raise self.refuse(site, "be of a location-scale family")
        c = self.centered
        if np.all(c == 0.0):
            standard = auxiliary.sample("decentered", with_parameters(law, loc=0.0, scale=1.0))
            return law.loc + law.scale * standard
        centre, width = c * law.loc, law.scale**c
        raw = auxiliary.sample("decentered", with_parameters(law, loc=centre, scale=width))
        return law.loc + law.scale ** (1.0 - c) * (raw - centre)

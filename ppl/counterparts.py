"""Sites of a guide and of its model: each has its counterpart, of its shape and on its set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.errors import ModelError, where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.handlers import Site


def from_guide(site: Site, guide: Mapping[str, Site]) -> Any:
    """Value of a model's site, as the guide drew it.

    Raises
    ------
    ModelError
        If the guide has no such site, or one of another shape.
    """
    drawn = guide.get(site.name)
    if drawn is None or not drawn.latent:
        known = [name for name, other in guide.items() if other.latent]
        raise ModelError(
            f"ELBO: the guide must have a site for every latent one of the model, got none for "
            f"'{site.name}', {where(site.name)}; it has {known or 'none'}. Add "
            f"sample('{site.name}', ...) to the guide."
        )
    if drawn.shape != site.shape:
        raise ModelError(
            f"ELBO: the guide's site must have the shape of the model's, {site.shape}, got "
            f"{drawn.shape}, {where(site.name)}. Give its law's parameters that shape, or write "
            "the same plates."
        )
    return drawn.value


def is_auxiliary(site: Site) -> bool:
    """Whether a guide's site is meant to have no counterpart in the model."""
    return bool(site.infer.get("is_auxiliary"))


def require_counterparts(guide: Mapping[str, Site], model: Mapping[str, Site]) -> None:
    """Check that each latent site of the guide is one of the model.

    Raises
    ------
    ModelError
        For one that is not, or whose data the model has.
    """
    for name, site in guide.items():
        if not site.latent or is_auxiliary(site):
            continue
        other = model.get(name)
        if other is None or not other.latent:
            has = "none" if other is None or other.kind != "sample" else "an observed one"
            latent = [key for key, one in model.items() if one.latent]
            raise ModelError(
                f"ELBO: a guide's site must be a latent one of the model, got '{name}' where the "
                f"model has {has}{f' ({site.line})' if site.line else ''}; the model's are "
                f"{latent}. Rename it, or mark it: infer={{'is_auxiliary': True}}."
            )


def require_supports(
    guide: Mapping[str, Site], model: Mapping[str, Site], rng: np.random.Generator
) -> None:
    """Check that values a guide draws lie in the model's support.

    `model` is a traced run: bounds of supports that depend on parameters are not looked at.

    Raises
    ------
    ModelError
        If some of 100 draws do not.
    """
    for name, site in guide.items():
        other = model.get(name)
        if not site.latent or other is None or other.distribution is None:
            continue
        with np.errstate(all="ignore"):
            support = other.distribution.support
            if any(ad.is_traced(bound) for bound in vars(support).values()):
                continue
            law = site.distribution
            assert law is not None
            if hasattr(law, "placed"):
                continue
            values = law.sample(rng, 100)
            wrong = support.check(values)
        if wrong is not None:
            raise ModelError(
                f"ELBO: the guide must draw values that are {support}, as the model's "
                f"{type(other.distribution).__name__} has them, got {values[wrong]:.4g} from "
                f"{type(law).__name__}, in site '{name}'"
                f"{f' ({site.line})' if site.line else ''}. Take a law on that set, for example "
                "LogNormal for positive numbers, or ppl.AutoNormal, which transforms."
            )

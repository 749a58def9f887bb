"""What every reparameterisation has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.errors import ModelError, where

if TYPE_CHECKING:
    from ppl.distributions.base import Distribution
    from ppl.handlers import Auxiliary, Site


class Reparam:
    """A way of writing a latent site as a function of auxiliary ones.

    Called with the site and an `Auxiliary`, it declares random variables through that and returns
    the site's value. The law of the value must be the site's, up to factors it declares.
    """

    def __call__(self, site: Site, auxiliary: Auxiliary) -> Any:
        """Return the value of the site."""
        raise NotImplementedError

    def refuse(self, site: Site, needed: str) -> ModelError:
        """Error for a site that cannot be written this way."""
        return ModelError(
            f"{type(self).__name__}: the law must {needed}, got {type(site.distribution).__name__}"
            f", {where(site.name)}. Leave the site out of the configuration."
        )

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={_plain(value)!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({values})"


def _plain(value: Any) -> Any:
    """A scalar of NumPy's as Python's: the text is to be written into programs."""
    return value.item() if isinstance(value, np.generic) else value


def law_of(site: Site) -> Distribution:
    """Law of a sample site."""
    assert site.distribution is not None, "only sample sites are rewritten"
    return site.distribution


def with_parameters(law: Distribution, **changed: Any) -> Distribution:
    """Make the same law with some other parameters."""
    given = {name: vars(law)[name] for name in law.parameter_shapes()}
    return type(law)(**{**given, **changed})

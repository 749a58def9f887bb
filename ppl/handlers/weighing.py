"""How much of a site's log density counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.errors import ShapeError, show, where
from ppl.handlers.base import Handler, Site

if TYPE_CHECKING:
    from collections.abc import Callable


class mask(Handler):
    """Let log densities count only where a mask says so.

    Parameters
    ----------
    model : callable, optional
    mask : bool or array of bool
        Broadcasts with the batch of each site.

    Raises
    ------
    TypeError
        If it is not boolean.

    Examples
    --------
    >>> import numpy as np, ppl
    >>> def model(y=None):
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     with ppl.handlers.mask(mask=np.array([True, False])), ppl.plate("i", 2):
    ...         ppl.sample("y", ppl.Normal(mu, 1), obs=y)
    >>> posterior = ppl.Posterior(model, y=[0.0, 1e9])
    >>> round(posterior.logdensity([0.0]), 3)
    -1.838
    """

    def __init__(self, model: Callable[..., Any] | None = None, *, mask: Any) -> None:
        super().__init__(model)
        if not ad.is_traced(mask) and np.asarray(mask).dtype != np.bool_:
            raise TypeError(
                f"mask: the mask must be True, False or an array of them, got {show(mask)} "
                f"{where()}. Compare: mask=(weight > 0)."
            )
        self.mask = mask

    def process(self, site: Site) -> None:
        """Add the mask to those the site has."""
        if site.kind in ("sample", "factor"):
            fits("mask", site, np.shape(self.mask))
            site.mask = self.mask if site.mask is None else site.mask & self.mask


class scale(Handler):
    """Multiply log densities by a factor, such as a power of the prior or of the likelihood.

    The log-Jacobian of a latent site's transform is not scaled: it belongs to the coordinates.

    Parameters
    ----------
    model : callable, optional
    scale : number or array
        Positive; broadcasts with the batch of each site.

    Raises
    ------
    ValueError
        If it is not positive.
    """

    def __init__(self, model: Callable[..., Any] | None = None, *, scale: Any) -> None:
        super().__init__(model)
        if not ad.is_traced(scale):
            array = np.asarray(scale)
            numeric = array.dtype.kind in "fiu"
            if not numeric or not np.all((array > 0) & np.isfinite(array)):
                raise (ValueError if numeric else TypeError)(
                    f"scale: the factor must be positive and finite, got {show(scale)} {where()}. "
                    "To leave sites out use ppl.handlers.mask."
                )
        self.scale = scale

    def process(self, site: Site) -> None:
        """Multiply the site's factor."""
        if site.kind in ("sample", "factor"):
            fits("scale", site, np.shape(self.scale))
            site.scale = site.scale * self.scale


def fits(who: str, site: Site, shape: tuple[int, ...]) -> None:
    """Check that a weight broadcasts with the batch of a site.

    Raises
    ------
    ShapeError
        If it does not.
    """
    event = 0 if site.distribution is None else len(site.distribution.event_shape)
    batch = site.shape[: len(site.shape) - event]
    try:
        if np.broadcast_shapes(shape, batch) == batch:
            return
    except ValueError:
        pass
    raise ShapeError(
        f"{who}: the {who} must broadcast with the batch {batch} of the site, got shape {shape}, "
        f"{where(site.name)}. Enter the handler inside the plates it belongs to."
    )

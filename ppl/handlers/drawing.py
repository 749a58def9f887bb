"""Drawing sites from their distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ppl.errors import show, where
from ppl.handlers.base import UNSET, Handler, Site, initial_value

if TYPE_CHECKING:
    from collections.abc import Callable


class seed(Handler):
    """Draw every site from its distribution.

    Learnable parameters get their initial values.

    Parameters
    ----------
    model : callable, optional
    rng : int or numpy.random.Generator
        An integer gives the same draws each time the handler is entered.
    redraw_observed : bool
        Whether observed sites too are drawn, in place of their data.

    Raises
    ------
    TypeError
        If `rng` is neither.

    Examples
    --------
    >>> import ppl
    >>> def model():
    ...     return ppl.sample("p", ppl.Uniform(0, 1))
    >>> draw = ppl.handlers.seed(model, rng=1)
    >>> bool(draw() == draw())
    True
    """

    runs_model = True

    def __init__(
        self,
        model: Callable[..., Any] | None = None,
        rng: int | np.random.Generator | None = None,
        *,
        redraw_observed: bool = False,
    ) -> None:
        super().__init__(model)
        number = isinstance(rng, int | np.integer) and not isinstance(rng, bool)
        if not number and not isinstance(rng, np.random.Generator):
            raise TypeError(
                f"seed: rng must be an integer or a numpy.random.Generator, got {show(rng)} "
                f"{where()}. Make one with np.random.default_rng(seed)."
            )
        if number and int(rng) < 0:  # type: ignore[arg-type] # a number, as just seen
            raise ValueError(f"seed: rng must not be negative, got {show(rng)} {where()}.")
        self._start = rng
        self.rng = np.random.default_rng(rng)
        self.redraws = redraw_observed

    def __enter__(self) -> Self:
        self.rng = np.random.default_rng(self._start)  # a Generator is passed through
        return super().__enter__()

    def process(self, site: Site) -> None:
        """Draw the site if it has no value yet."""
        if site.kind == "subset" and site.value is UNSET:
            plate = site.plates[0]
            chosen = self.rng.choice(plate.full_size, plate.size, replace=False)
            site.value = np.sort(chosen)
        if site.kind == "param" and site.value is UNSET:
            site.value = initial_value(site, self.rng)
        if site.kind != "sample" or site.distribution is None:
            return
        if site.value is UNSET or (site.observed and self.redraws):
            event = site.distribution.event_shape
            batch = site.shape[: len(site.shape) - len(event)]
            site.value = site.distribution.draw(self.rng, batch)

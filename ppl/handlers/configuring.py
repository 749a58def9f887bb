"""Remarks for algorithms, attached to sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppl.errors import show, where
from ppl.handlers.base import Handler, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class infer_config(Handler):
    """Add to the `infer` dictionary of sites.

    Parameters
    ----------
    model : callable, optional
    config_fn : callable of Site
        Returns what to add; an empty dictionary for sites it does not mean.

    Examples
    --------
    >>> import ppl
    >>> from ppl.handlers import infer_config, seed, trace
    >>> def model():
    ...     ppl.sample("a", ppl.Normal(0, 1))
    >>> marked = infer_config(model, config_fn=lambda site: {"init": 0.5})
    >>> trace(seed(marked, rng=1)).get_trace()["a"].infer
    {'init': 0.5}
    """

    def __init__(
        self,
        model: Callable[..., Any] | None = None,
        config_fn: Callable[[Site], Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(model)
        if not callable(config_fn):
            raise TypeError(
                f"infer_config: config_fn must be a function of a site, got {show(config_fn)} "
                f"{where()}."
            )
        self._config_fn = config_fn

    def process(self, site: Site) -> None:
        """Add what the function says of the site."""
        if site.kind == "sample":
            site.infer = {**site.infer, **self._config_fn(site)}

"""Keeping sites from the handlers outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppl.errors import show, where
from ppl.handlers.base import Handler, Site
from ppl.handlers.fixing import required_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class block(Handler):
    """Hide sites from the handlers outside this one.

    A hidden site must get its value from a handler inside.

    Parameters
    ----------
    model : callable, optional
    hide_fn : callable of Site, optional
        Says which sites to hide.
    hide : iterable of str, optional
        Names to hide.
    expose : iterable of str, optional
        Names to let through; all others are hidden. Without any of the three, all are hidden.

    Raises
    ------
    TypeError
        If more than one of the three is given.

    Examples
    --------
    >>> import ppl
    >>> from ppl.handlers import block, seed, trace
    >>> def model():
    ...     ppl.sample("a", ppl.Normal(0, 1))
    ...     ppl.sample("b", ppl.Normal(0, 1))
    >>> with trace() as seen:
    ...     block(seed(model, rng=1), hide=["a"])()
    >>> list(seen.sites)
    ['b']
    """

    def __init__(
        self,
        model: Callable[..., Any] | None = None,
        hide_fn: Callable[[Site], bool] | None = None,
        *,
        hide: Iterable[str] | None = None,
        expose: Iterable[str] | None = None,
    ) -> None:
        super().__init__(model)
        given = [what for what in (hide_fn, hide, expose) if what is not None]
        if len(given) > 1 or (hide_fn is not None and not callable(hide_fn)):
            raise TypeError(
                f"block: at most one of hide_fn (a function), hide and expose must be given, got "
                f"{show(given)} {where()}."
            )
        if hide is not None:
            hidden = required_names("block", "hide", hide)
            self._hides: Callable[[Site], bool] = lambda site: site.name in hidden
        elif expose is not None:
            shown = required_names("block", "expose", expose)
            self._hides = lambda site: site.name not in shown
        else:
            self._hides = hide_fn or (lambda _: True)

    def process(self, site: Site) -> None:
        """Stop the site on its way out."""
        site.hidden = site.hidden or bool(self._hides(site))

"""Names of submodels' sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppl.errors import show, where
from ppl.handlers.base import Handler, Site

if TYPE_CHECKING:
    from collections.abc import Callable


class scope(Handler):
    """Put a prefix before the names of sites, so that a model can be part of another.

    Names of axes stay: a plate is the same axis in every part of a model.

    Parameters
    ----------
    model : callable, optional
    prefix : str
    divider : str
        Between prefix and name. The default suits files (netCDF, Zarr), where "/" makes folders.

    Raises
    ------
    TypeError
        If the prefix is not a name.
    """

    def __init__(
        self, model: Callable[..., Any] | None = None, *, prefix: str, divider: str = "."
    ) -> None:
        super().__init__(model)
        given: Any = prefix
        if not isinstance(given, str) or not given:
            raise TypeError(
                f"scope: the prefix must be a string that is not empty, got {show(prefix)} "
                f'{where()}. Write ppl.scope("left").'
            )
        self._front = prefix + divider

    def process(self, site: Site) -> None:
        """Rename the site."""
        if site.kind != "subset":
            site.name = self._front + site.name


def prefixed(prefix: str) -> scope:
    """Run a part of a model with a prefix before the names of its sites.

    Parameters
    ----------
    prefix : str

    Returns
    -------
    context manager

    Raises
    ------
    TypeError
        If the prefix is not a name.

    Examples
    --------
    >>> import ppl
    >>> def effect():
    ...     return ppl.sample("size", ppl.Normal(0, 1))
    >>> def model():
    ...     with ppl.scope("left"):
    ...         left = effect()
    ...     with ppl.scope("right"):
    ...         right = effect()
    ...     ppl.deterministic("difference", left - right)
    >>> ppl.Posterior(model).names
    ('left.size', 'right.size', 'difference')
    """
    return scope(prefix=prefix)

"""Sites of a run, recorded and given again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from ppl.errors import ModelError, ShapeError, show, where
from ppl.handlers.base import UNSET, Handler, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np


class trace(Handler):
    """Record the sites of a run by name, in program order.

    Parameters
    ----------
    model : callable, optional
    lines : bool
        Whether to note each site's file and line.

    Attributes
    ----------
    sites : dict of str to Site
        Of the run in progress, or the last one.
    sizes : dict of str to int
        Sizes of the named axes seen.
    subsets : dict of str to array
        Indices that subsampled plates hold.

    Raises
    ------
    ModelError
        At a site whose name another site or an axis already has.
    ShapeError
        At a site with a named axis that had another size before.

    Examples
    --------
    >>> import ppl
    >>> from ppl.handlers import seed, trace
    >>> def model():
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     return ppl.deterministic("twice", 2 * mu)
    >>> list(trace(seed(model, rng=1)).get_trace())
    ['mu', 'twice']
    """

    def __init__(self, model: Callable[..., Any] | None = None, *, lines: bool = False) -> None:
        super().__init__(model)
        self._lines = lines
        self._clear()

    def _clear(self) -> None:
        self.sites: dict[str, Site] = {}
        self.sizes: dict[str, int] = {}
        self.subsets: dict[str, np.ndarray[Any, Any]] = {}

    def __enter__(self) -> Self:
        self._clear()
        return super().__enter__()

    def get_trace(self, *args: Any, **kwargs: Any) -> dict[str, Site]:
        """Run the model and return its sites by name."""
        self(*args, **kwargs)
        return self.sites

    def process(self, site: Site) -> None:
        """Record the site, after checking its name and axes."""
        if site.kind == "subset":
            return
        if self._lines:
            site.locate()
        if site.name in self.sites:
            first = self.sites[site.name].line
            raise ModelError(
                f"{site.kind}: a site's name must be unique, got a second '{site.name}' "
                f"{where()}{f', the first at {first}' if first else ''}. Rename one of them, or "
                'call the submodel under ppl.scope("prefix").'
            )
        for dim, size in zip(site.dims, site.shape, strict=True):
            known = self.sizes.setdefault(dim, size)
            if known != size:
                raise ShapeError(
                    f"{site.kind}: axis '{dim}' must have size {known} as before, got {size}, "
                    f"{where(site.name)}. Give axes of different sizes different names."
                )
        clash = [dim for dim in (*site.dims, site.name) if dim in self.sites]
        if site.name in self.sizes:
            clash.append(site.name)
        if clash:
            raise ModelError(
                f"{site.kind}: a site must not have the name of an axis, got '{clash[0]}' for "
                f"both, {where(site.name)}. Results are labelled by both; rename one of them."
            )
        self.sites[site.name] = site

    def postprocess(self, site: Site) -> None:
        """Record which elements a subsampled plate holds."""
        if site.kind == "subset":
            self.subsets[site.name] = site.value


class replay(Handler):
    """Give sites the values they had in a recorded run; those it does not have are left alone.

    Parameters
    ----------
    model : callable, optional
    trace : trace, or mapping of str to Site
        Of another run.

    Examples
    --------
    >>> import ppl
    >>> from ppl.handlers import replay, seed, trace
    >>> def model():
    ...     return ppl.sample("mu", ppl.Normal(0, 1))
    >>> with seed(rng=1), trace() as first:
    ...     mu = model()
    >>> bool(seed(replay(model, trace=first), rng=2)() == mu)
    True
    """

    runs_model = True

    def __init__(
        self,
        model: Callable[..., Any] | None = None,
        *,
        trace: Mapping[str, Site] | trace,
    ) -> None:
        super().__init__(model)
        recorded = getattr(trace, "sites", trace)
        if not isinstance(recorded, dict) or not all(
            isinstance(site, Site) for site in recorded.values()
        ):
            raise TypeError(
                f"replay: trace must be a ppl.handlers.trace or its sites, got {show(trace)} "
                f"{where()}. Record a run: with ppl.handlers.trace() as t: ..."
            )
        self._sites = dict(recorded)
        self._subsets = dict(getattr(trace, "subsets", {}))

    def process(self, site: Site) -> None:
        """Give a latent or learnable site its recorded value."""
        if site.kind == "subset" and site.value is UNSET and site.name in self._subsets:
            site.value = self._subsets[site.name]
        if site.free and site.value is UNSET and site.name in self._sites:
            before = self._sites[site.name]
            if before.shape != site.shape:
                raise ShapeError(
                    f"replay: the value of '{site.name}' must have shape {site.shape}, got "
                    f"{before.shape} from the recorded run {where(site.name)}."
                )
            site.value = before.value

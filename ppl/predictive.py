"""Drawing from a model: everything anew (`simulate`), or the data given parameters (`predict`)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ppl.data import bind, name_of
from ppl.errors import ModelError, ShapeError, show, where
from ppl.handlers import Seed, Substitute, Trace

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Mapping

    from ppl.handlers import Site

Array = np.ndarray[Any, Any]


class HasDraws(Protocol):
    """What has draws by name: a fit, a dictionary."""

    def __getitem__(self, name: str, /) -> Any: ...


class Draws(dict[str, Array]):
    """Drawn arrays by name of site, leading axes first.

    Attributes
    ----------
    dims : dict of str to tuple of str
        Names of the axes after the leading ones.
    redrawn : tuple of str
        Latent sites that were drawn from their distributions, because the axes they lie along
        have other sizes now.
    """

    def __init__(
        self,
        values: Mapping[str, Array],
        dims: Mapping[str, tuple[str, ...]],
        redrawn: tuple[str, ...] = (),
    ) -> None:
        super().__init__(values)
        self.dims = dict(dims)
        self.redrawn = redrawn


def simulate(
    model: Callable[..., Any],
    *args: Any,
    draws: int = 500,
    seed: int | np.random.Generator | None = None,
    **kwargs: Any,
) -> Draws:
    """Draw parameters and data from a model, as before any data are seen.

    Observed sites are drawn as the others are. Factors change the density of a model, which
    drawing cannot show; they are passed over.

    Parameters
    ----------
    model : callable
    *args, **kwargs
        Its arguments; the data may be left out.
    draws : int
        Number of independent draws.
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    Draws
        Arrays of shape (draws, ...) by name of sample and deterministic site.

    Raises
    ------
    ValueError
        If `draws` is not positive.

    Examples
    --------
    >>> import ppl
    >>> def model(y=None):
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     ppl.sample("y", ppl.Normal(mu, 1), obs=y)
    >>> ppl.simulate(model, draws=100, seed=1)["y"].shape
    (100,)
    """
    _require_count(draws)
    arguments = bind(model, args, kwargs)
    rng = np.random.default_rng(seed)
    runs = [_run(model, arguments, Seed(rng, redraw_observed=True)) for _ in range(draws)]
    kept = [name for name, site in runs[0].items() if site.kind != "factor"]
    return _collect(runs, kept, (draws,))


def predict(
    model: Callable[..., Any],
    fit: HasDraws,
    *args: Any,
    seed: int | np.random.Generator | None = None,
    **kwargs: Any,
) -> Draws:
    """Draw data from a model given draws of its parameters, also with new arguments.

    Parameters
    ----------
    model : callable
    fit : Fit, or mapping of str to array
        `fit[name]` holds draws of a site: leading axes (such as chain and draw), then its own.
    *args, **kwargs
        The model's arguments; the data may be left out. Observed sites are drawn in any case.
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    Draws
        Arrays of shape (leading axes, ...) by name: observed sites, deterministics, and
        those parameters that had to be drawn anew because a plate around them has another size;
        `redrawn` names these.

    Raises
    ------
    ModelError
        If `fit` has none of the model's parameters.
    ShapeError
        If a parameter's draws have a shape that no plate explains.
    """
    arguments = bind(model, args, kwargs)
    rng = np.random.default_rng(seed)
    sites = _run(model, arguments, Seed(rng, redraw_observed=True))
    latent = [site for site in sites.values() if site.latent]
    stored = {site.name: values for site in latent if (values := _stored(fit, site)) is not None}
    if not stored:
        raise ModelError(
            f"predict: the fit must have draws of the parameters of {name_of(model)}, "
            f"{[site.name for site in latent]}, got none {where()}. Fit this model first."
        )
    lead = _leading(stored, sites)
    count = math.prod(lead)
    flat = {
        name: values.reshape(count, *sites[name].shape)
        for name, values in stored.items()
        if values.shape == lead + sites[name].shape
    }
    runs = []
    for index in range(count):
        given = Substitute({name: values[index] for name, values in flat.items()})
        runs.append(_run(model, arguments, Seed(rng, redraw_observed=True), given))
    kept = [n for n, s in sites.items() if s.kind != "factor" and n not in flat]
    redrawn = tuple(site.name for site in latent if site.name not in flat)
    return _collect(runs, kept, lead, redrawn)


def _require_count(draws: object) -> None:
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 1:
        raise ValueError(
            f"simulate: draws must be a positive integer, got {show(draws)} {where()}. "
            "Ask for at least one."
        )


def _run(
    model: Callable[..., Any], arguments: inspect.BoundArguments, *handlers: Seed | Substitute
) -> dict[str, Site]:
    trace = Trace()
    with np.errstate(over="ignore", under="ignore"):
        _enter(model, arguments, (*handlers, trace))
    return trace.sites


def _enter(
    model: Callable[..., Any], arguments: inspect.BoundArguments, handlers: tuple[Any, ...]
) -> None:
    if handlers:
        with handlers[0]:
            _enter(model, arguments, handlers[1:])
    else:
        model(*arguments.args, **arguments.kwargs)


def _stored(fit: HasDraws, site: Site) -> Array | None:
    try:
        return np.asarray(fit[site.name])
    except KeyError:
        return None


def _leading(stored: Mapping[str, Array], sites: Mapping[str, Site]) -> tuple[int, ...]:
    """Axes of the draws in front of a site's own, the same for all sites."""
    lead: tuple[int, ...] | None = None
    for name, values in stored.items():
        shape = sites[name].shape
        own = values.shape[: values.ndim - len(shape)]
        if lead is not None and own != lead:
            raise ShapeError(
                f"predict: the draws must have the same leading axes for all sites, got {own} for "
                f"'{name}' and {lead} for others {where()}."
            )
        lead = own
        fixed = sites[name].shape[len(sites[name].plates) :]
        if values.shape[values.ndim - len(fixed) :] != fixed:
            raise ShapeError(
                f"predict: draws of '{name}' must have the trailing shape {fixed}, got "
                f"{values.shape} {where()}. Only axes of plates may change their size."
            )
    assert lead is not None, "there is a stored site"
    return lead


def _collect(
    runs: list[dict[str, Site]],
    names: list[str],
    lead: tuple[int, ...],
    redrawn: tuple[str, ...] = (),
) -> Draws:
    values = {}
    for name in names:
        stacked = np.stack([np.asarray(run[name].value) for run in runs])
        values[name] = stacked.reshape(lead + stacked.shape[1:])
    return Draws(values, {name: runs[0][name].dims for name in names}, redrawn)

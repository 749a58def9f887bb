"""Drawing from a model: everything anew (`simulate`), or the data given parameters (`predict`)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ppl.data import bind, name_of
from ppl.drawing import Drawing
from ppl.errors import ModelError, ShapeError, show, where
from ppl.labels import required_coords

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ppl.draws import Draws
    from ppl.handlers import Site, trace

Array = np.ndarray[Any, Any]


class HasDraws(Protocol):
    """What has draws by name: a fit, a dictionary."""

    def __getitem__(self, name: str, /) -> Any: ...


def simulate(
    model: Callable[..., Any],
    *args: Any,
    draws: int = 500,
    seed: int | np.random.Generator | None = None,
    coords: Mapping[str, Sequence[Any]] | None = None,
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
        Number of independent draws; many are computed at once in native code.
    seed : int or numpy.random.Generator, optional
    coords : mapping of str to sequence, optional
        Labels along named axes, and the sizes of plates without one.

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
    run = Drawing(
        "simulate", model, bind(model, args, kwargs), required_coords("simulate", coords), {}
    )
    first = run.first()
    sites = first.sites
    names = [name for name, site in sites.items() if site.kind == "sample"]
    kept = [name for name, site in sites.items() if site.kind != "factor"]
    values = run.draw(first, {}, names, draws, _generator(seed))
    groups = {
        name: "prior_predictive" if sites[name].observed or sites[name].awaits_data else "prior"
        for name in kept
    }
    return run.collect(first, {name: values[name] for name in kept}, groups)


def predict(
    model: Callable[..., Any],
    fit: HasDraws,
    *args: Any,
    seed: int | np.random.Generator | None = None,
    coords: Mapping[str, Sequence[Any]] | None = None,
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
    coords : mapping of str to sequence, optional
        Labels along named axes, and the sizes of plates without one; by default those of the fit.

    Returns
    -------
    Draws
        Arrays of shape (leading axes, ...) by name: observed sites, deterministics, and
        those parameters that had to be drawn anew because a plate around them has another size,
        or other labels; `redrawn` names these.

    Raises
    ------
    ModelError
        If `fit` has none of the model's parameters.
    ShapeError
        If a parameter's draws have a shape that no plate explains.
    """
    before = _coords_of_fit(fit)
    given = required_coords("predict", coords)
    run = Drawing("predict", model, bind(model, args, kwargs), given, before)
    first = run.first()
    sites = first.sites
    free = [site for site in sites.values() if site.free]
    stored = {site.name: values for site in free if (values := _stored(fit, site)) is not None}
    if not stored:
        raise ModelError(
            f"predict: the fit must have draws of the parameters of {name_of(model)}, "
            f"{[site.name for site in free]}, got none {where()}. Fit this model first."
        )
    lead = _leading(stored, sites)
    count = math.prod(lead)
    changed = _changed(first, given, before)
    flat = {
        name: values.reshape(count, *sites[name].shape)
        for name, values in stored.items()
        if values.shape == lead + sites[name].shape and not changed & {*sites[name].dims}
    }
    names = [n for n, site in sites.items() if site.kind == "sample" and n not in flat]
    made = run.draw(first, flat, names, count, _generator(seed))
    kept = [n for n, s in sites.items() if s.kind in ("sample", "deterministic") and n not in flat]
    redrawn = tuple(site.name for site in free if site.name not in flat)
    reshaped = {name: made[name].reshape(lead + made[name].shape[1:]) for name in kept}
    return run.collect(first, reshaped, {}, redrawn)


def _coords_of_fit(fit: HasDraws) -> dict[str, Any]:
    """Labels that a fit has, by name of axis."""
    about = getattr(fit, "description", fit)
    return dict(getattr(about, "coords", None) or {})


def _changed(first: trace, given: Mapping[str, Any], before: Mapping[str, Any]) -> set[str]:
    """Axes whose labels are known, were known, and are others now."""
    now = {
        plate.name: list(plate.labels)
        for site in first.sites.values()
        for plate in site.plates
        if plate.labels is not None
    } | {name: list(labels) for name, labels in given.items()}
    return {name for name, labels in now.items() if name in before and labels != list(before[name])}


def _generator(seed: Any) -> np.random.Generator:
    if isinstance(seed, bool) or not isinstance(
        seed, int | np.integer | np.random.Generator | None
    ):
        raise TypeError(
            f"ppl: seed must be an integer or a numpy.random.Generator, got {show(seed)} {where()}."
        )
    return np.random.default_rng(seed)


def _require_count(draws: object) -> None:
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 1:
        raise ValueError(
            f"simulate: draws must be a positive integer, got {show(draws)} {where()}. "
            "Ask for at least one."
        )


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

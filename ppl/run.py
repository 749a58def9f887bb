"""Runs of a model at a point: the joint log density and everything else that is read off sites."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.handlers import Site, trace
from ppl.layout import Layout, log_jacobian
from ppl.missing import has_data, observed_terms
from ppl.plates import labelled
from ppl.runners import Constrain, Unconstrain

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass(frozen=True)
class Program:
    """A model function with its arguments bound and its sites laid out.

    Attributes
    ----------
    coords : mapping of str to sequence
        Labels given, which are the sizes of plates without one.
    """

    model: Callable[..., Any]
    arguments: inspect.BoundArguments
    layout: Layout
    coords: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def call(self) -> None:
        """Run the model under the handlers entered now."""
        with labelled(self.coords):
            self.model(*self.arguments.args, **self.arguments.kwargs)

    def sites(self, x: Any) -> dict[str, Site]:
        """Sites of a run at the flat unconstrained point `x`, plain or traced."""
        traced = ad.is_traced(x)
        handler = Constrain(self.layout, x, checks_parameters=traced)
        record = trace(lines=not traced)
        with np.errstate(all="ignore"), handler, record:
            self.call()
        return record.sites

    def logdensity(self, x: Any) -> Any:
        """Joint log density of the flat unconstrained point `x`, in nats.

        The sum of the log densities of all sites and factors, and of the log-Jacobians of the
        transforms.
        """
        total: Any = 0.0
        with np.errstate(all="ignore"):
            for site in self.sites(x).values():
                total = total + contribution(site)
        return total

    def objective(self, x: Any, *, prior: bool) -> Any:
        """Joint log density of the constrained values at `x`, in nats: no log-Jacobians.

        Without `prior` only observed sites and factors count: the log likelihood.
        """
        total: Any = 0.0
        with np.errstate(all="ignore"):
            for site in self.sites(x).values():
                if site.kind in ("deterministic", "param"):
                    continue
                if site.kind == "factor":
                    total = total + np.sum(weighed(site, site.value))
                elif site.observed or prior:
                    total = total + np.sum(log_prob(site))
        return total

    def values(self, x: Any) -> dict[str, Any]:
        """Latent, learnable and deterministic values by name."""
        sites = self.sites(x).values()
        return {site.name: site.value for site in sites if reported(site)}

    def values_with_likelihood(self, x: Any) -> dict[str, Any]:
        """Values by name, and under the empty name the log density of all observations."""
        sites = self.sites(x).values()
        total = sum((np.sum(log_prob(site)) for site in sites if site.observed), np.zeros(()))
        return {site.name: site.value for site in sites if reported(site)} | {"": total}

    def log_likelihood(self, x: Any) -> dict[str, Any]:
        """Log density of each observation, by observed site."""
        sites = self.sites(x).values()
        return {pointwise_name(site): pointwise(site) for site in sites if site.observed}

    def log_prior(self, x: Any) -> dict[str, Any]:
        """Log density of each latent site's elements, by site."""
        sites = self.sites(x).values()
        return {pointwise_name(site): pointwise(site) for site in sites if site.latent}

    def unconstrained(self, x: Any) -> dict[str, Any]:
        """Unconstrained values of the latent sites, whose constrained ones are laid out in `x`."""
        values, place = {}, 0
        for name, shape in self.layout.shapes.items():
            size = math.prod(shape)
            values[name] = x[place : place + size].reshape(shape)
            place += size
        handler = Unconstrain(self.layout, values)
        with np.errstate(all="ignore"), handler, trace():
            self.call()
        return handler.parts


def reported(site: Site) -> bool:
    """Whether a site's value belongs into the draws."""
    return site.free or site.kind == "deterministic"


def terms(site: Site) -> Any:
    """Element-wise log density of a sample site's value in nats, as its law has it."""
    law = site.distribution
    assert law is not None, "only sample sites have a density"
    if site.present is not None:
        return observed_terms(law, site.value, site.present)
    # A transform's image lies in the support, up to rounding.
    inside = site.transform is not None
    return law.log_prob_inside(site.value) if inside else law.log_prob(site.value)


def pointwise(site: Site) -> Any:
    """Log density of each of a site's values that counts, in nats, without scaling.

    Of the site's batch shape; a vector where some do not count (masked, or missing).
    """
    values, counts = terms(site), counting(site)
    return values if counts is None else values[counts]


def pointwise_name(site: Site) -> str:
    """Name of a site's pointwise log densities, which are of another shape if some are left out."""
    return site.name if counting(site) is None else f"{site.name}_observed"


def pointwise_dims(sites: Iterable[Site]) -> dict[str, tuple[str, ...]]:
    """Names of the axes of pointwise log densities, by their names."""
    dims = {}
    for site in sites:
        if site.kind == "sample" and site.distribution is not None:
            name, event = pointwise_name(site), len(site.distribution.event_shape)
            whole = site.dims[: len(site.dims) - event]
            dims[name] = whole if name == site.name else (f"{name}_dim_0",)
    return dims


def counting(site: Site) -> Any:
    """Which of a site's log densities belong to data that count; None if all do."""
    law = site.distribution
    assert law is not None, "only sample sites have densities"
    batch = site.shape[: len(site.shape) - len(law.event_shape)]
    counts = np.ones(batch, dtype=np.bool_)
    if site.present is not None:
        counts &= has_data(law, site.present)
    if site.mask is not None and not ad.is_traced(site.mask):
        counts &= site.mask
    return None if counts.all() else counts


def log_prob(site: Site) -> Any:
    """Element-wise log density of a sample site's value in nats, masked and scaled."""
    return weighed(site, terms(site))


def weighed(site: Site, values: Any) -> Any:
    """Log densities times the site's factor where its mask lets them count."""
    if site.mask is not None:
        values = np.where(site.mask, values, 0.0)
    if type(site.scale) is float and site.scale == 1.0:
        return values
    return values * site.scale


def contribution(site: Site) -> Any:
    """Return what a site adds to the joint log density, in nats."""
    if site.kind in ("deterministic", "param"):
        return 0.0
    if site.kind == "factor":
        return np.sum(weighed(site, site.value))
    return np.sum(log_prob(site)) + log_jacobian(site)


class Batch:
    """A function of a point that returns arrays by name, compiled for many points.

    Values that do not depend on the point are kept apart: there is nothing to compile.
    """

    def __init__(self, function: Callable[[Any], dict[str, Any]]) -> None:
        self._constants: dict[str, Any] = {}
        self._order: tuple[str, ...] = ()
        self._function = function
        self._compiled = ad.compile(self._moving)

    def _moving(self, x: Any) -> dict[str, Any]:
        values = self._function(x)
        self._order = tuple(values)
        self._constants = {n: np.asarray(v) for n, v in values.items() if not ad.is_traced(v)}
        return {name: value for name, value in values.items() if ad.is_traced(value)}

    def map(self, xs: Any) -> dict[str, np.ndarray[Any, Any]]:
        """Evaluate at every row."""
        moving = self._compiled.map(xs)
        count = (len(xs),)
        still = {n: np.broadcast_to(v, count + v.shape) for n, v in self._constants.items()}
        return {name: moving[name] if name in moving else still[name] for name in self._order}

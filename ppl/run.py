"""Runs of a model at a point: the joint log density and everything else that is read off sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.handlers import Site, Trace
from ppl.layout import Constrain, Layout, log_jacobian

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable


@dataclass(frozen=True)
class Program:
    """A model function with its arguments bound and its sites laid out."""

    model: Callable[..., Any]
    arguments: inspect.BoundArguments
    layout: Layout

    def call(self) -> None:
        """Run the model under the handlers entered now."""
        self.model(*self.arguments.args, **self.arguments.kwargs)

    def sites(self, x: Any) -> dict[str, Site]:
        """Sites of a run at the flat unconstrained point `x`, plain or traced."""
        traced = ad.is_traced(x)
        handler = Constrain(self.layout, x, checks_parameters=traced)
        trace = Trace(lines=not traced)
        with np.errstate(all="ignore"), handler, trace:
            self.call()
        return trace.sites

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

    def values(self, x: Any) -> dict[str, Any]:
        """Latent and deterministic values by name."""
        sites = self.sites(x).values()
        return {site.name: site.value for site in sites if reported(site)}

    def log_likelihood(self, x: Any) -> dict[str, Any]:
        """Log density of each observation, by observed site."""
        sites = self.sites(x).values()
        return {site.name: log_prob(site) for site in sites if site.observed}


def reported(site: Site) -> bool:
    """Whether a site's value belongs into the draws."""
    return site.latent or site.kind == "deterministic"


def log_prob(site: Site) -> Any:
    """Element-wise log density of a sample site's value, in nats."""
    law = site.distribution
    assert law is not None, "only sample sites have a density"
    # A transform's image lies in the support, up to rounding.
    inside = site.transform is not None
    return law.log_prob_inside(site.value) if inside else law.log_prob(site.value)


def contribution(site: Site) -> Any:
    """Return what a site adds to the joint log density, in nats."""
    if site.kind == "deterministic":
        return 0.0
    if site.kind == "factor":
        return np.sum(site.value)
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

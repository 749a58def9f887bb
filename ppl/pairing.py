"""A model with its guide: the sites of both, and the integrand of the evidence lower bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import axes, counterparts, guided, minibatch
from ppl.data import bind, name_of
from ppl.distributions.divergence import kl_divergence
from ppl.errors import ModelError, UndefinedError, where
from ppl.handlers import Site, trace
from ppl.labels import coords_of
from ppl.plates import labelled
from ppl.run import log_prob, weighed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ppl.distributions import Distribution


class Pair:
    """A model and a guide, run over one vector of parameters, noise and a batch.

    Parameters
    ----------
    model, guide : callable
    args, kwargs
        Arguments of both.
    coords : mapping of str to sequence
    closed : bool
        Whether divergences with a closed form are taken in it.
    landing : bool
        Whether the guide's score is left out of gradients.

    Attributes
    ----------
    dimension, noise_size : int
        Lengths of the vector's first two parts.
    parameters : Parameters
    batches : Batches
        The third part.
    names, dims, coords, deterministics
        Of what a draw is made of.
    analytic : tuple of str
        Sites whose divergence is taken in closed form.
    """

    def __init__(
        self,
        model: Callable[..., Any],
        guide: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        coords: Mapping[str, Sequence[Any]],
        closed: bool,
        landing: bool,
    ) -> None:
        self.model, self.guide = model, guide
        self.arguments = bind(model, args, kwargs)
        self._for_guide = bind(guide, self.arguments.args, self.arguments.kwargs)
        self._coords, self._landing = coords, landing
        self.parameters = guided.Parameters()
        self.batches = minibatch.Batches()
        self._discover(np.random.default_rng(0))
        self.dimension = self.parameters.layout.dimension
        self.analytic: tuple[str, ...] = self._separable() if closed else ()
        self._check_traced()

    # ---- first runs --------------------------------------------------------------------------

    def _discover(self, rng: np.random.Generator) -> None:
        """Find parameters, plates, sites and sizes."""
        if hasattr(self.guide, "prepare"):
            with labelled(self._coords):
                self.guide.prepare(*self.arguments.args, **self.arguments.kwargs)
        first = guided.DiscoverGuide(self.parameters, self.batches, rng)
        self._guide_sites = self._run(first, self._for_guide, self.guide, lines=True)
        second = guided.DiscoverModel(first, self._guide_sites)
        with trace(lines=True) as record:
            self._run(second, self.arguments, self.model)
        self._model_sites = record.sites
        self.noise_size = first.count
        counterparts.require_counterparts(self._guide_sites, self._model_sites)
        if not self.parameters.layout.dimension:
            raise ModelError(
                f"ELBO: model or guide must have something to learn, got no ppl.param in "
                f"{name_of(self.model)} and {name_of(self.guide)} {where()}. Write "
                "ppl.param('loc', 0.0) in the guide."
            )
        kept = [site for site in self._model_sites.values() if self._is_reported(site)]
        self.names = tuple(site.name for site in kept)
        self.dims = {site.name: site.dims for site in kept}
        self.deterministics = frozenset(s.name for s in kept if s.kind == "deterministic")
        self.coords = coords_of("ELBO", record, self._coords)
        self.dims |= {
            name: self._model_sites[name].dims
            for name in self.parameters.layout.slots
            if name in self._model_sites
        }

    def _run(
        self, handler: Any, arguments: Any, function: Any, *, lines: bool = False
    ) -> dict[str, Site]:
        """Sites of a run of guide or model under a handler."""
        noting = self.batches.noting() if minibatch.now() is None else None
        with np.errstate(all="ignore"), labelled(self._coords), handler:
            if noting is None:
                with trace(lines=lines) as record:
                    function(*arguments.args, **arguments.kwargs)
            else:
                with noting, trace(lines=lines) as record:
                    function(*arguments.args, **arguments.kwargs)
        return record.sites

    def _is_reported(self, site: Site) -> bool:
        whole = all(plate.size == plate.full_size for plate in site.plates)
        return whole and (site.latent or site.kind == "deterministic")

    def _separable(self) -> tuple[str, ...]:
        """Sites that have a closed divergence and on which nothing else in the guide depends."""
        needed: set[str] = set()

        def marked(x: Any) -> Any:
            p, z, b = self.parts(x)
            handler = guided.Marking(self.parameters, p, self.batches, z)
            with self.batches.tracing(b):
                self._run(handler, self._for_guide, self.guide)
            needed.update(handler.needed)
            return np.sum(p)

        with ad.tagging(guided.Marking.rule):
            ad.grad(marked)(self.point(np.random.default_rng(1)))
        return tuple(
            name
            for name, site in self._guide_sites.items()
            if name not in needed and _has_formula(site, self._model_sites.get(name))
        )

    def _check_traced(self) -> None:
        """Trace once with data as numbers, where what must not depend on parameters shows."""
        rng = np.random.default_rng(2)

        def checked(x: Any) -> Any:
            p, z, _ = self.parts(x)
            _, model = self._sites(p, z)
            counterparts.require_supports(self._guide_sites, model, rng)
            return np.sum(p)

        with axes.checked(axes.are_named(self._model_sites)):
            ad.grad(checked)(self.point(rng))

    # ---- the integrand -----------------------------------------------------------------------

    def parts(self, x: Any) -> tuple[Any, Any, Any]:
        """Parameters, noise and batch of the whole vector."""
        first, second = self.dimension, self.dimension + self.noise_size
        return x[:first], x[first:second], x[second:]

    def _sites(self, p: Any, z: Any) -> tuple[dict[str, Site], dict[str, Site]]:
        """Sites of guide and model at parameters and noise; batches are being traced."""
        drawing = guided.DrawGuide(self.parameters, p, self.batches, z)
        guide = self._run(drawing, self._for_guide, self.guide)
        at = guided.AtValues(self.parameters, p, self.batches, guide)
        return guide, self._run(at, self.arguments, self.model)

    def log_weight(self, p: Any, still: Any, z: Any) -> Any:
        """Log p(y, z) - log q(z); `still` are the parameters that q's density is taken at."""
        guide, model = self._sites(p, z)
        if self._landing:
            at = guided.AtValues(self.parameters, still, self.batches, guide)
            guide = self._run(at, self._for_guide, self.guide)
        total: Any = 0.0
        with np.errstate(all="ignore"):
            for name, site in model.items():
                if site.kind == "factor":
                    total = total + np.sum(weighed(site, site.value))
                elif site.kind == "sample" and name in self.analytic:
                    total = total - np.sum(weighed(site, _divergence(guide[name], site)))
                elif site.kind == "sample":
                    total = total + np.sum(log_prob(site))
            for name, site in guide.items():
                if site.kind == "sample" and name not in self.analytic:
                    total = total - np.sum(_guide_density(site))
        return total

    def value_and_gradient(self, x: Any) -> tuple[Any, Any]:
        """Integrand at a whole vector, and its gradient by the parameters."""
        p, z, b = self.parts(x)
        with self.batches.tracing(b):
            return ad.value_and_grad(lambda q: self.log_weight(q, p, z))(p)  # type: ignore[no-any-return]

    def hessian(self, x: Any) -> Any:
        """Second derivatives of the integrand by the parameters."""
        p, z, b = self.parts(x)
        with self.batches.tracing(b):
            return ad.hessian(lambda q: self.log_weight(q, p, z))(p)

    def values(self, x: Any) -> dict[str, Any]:
        """What a draw is made of, by name."""
        p, z, b = self.parts(x)
        with self.batches.tracing(b):
            _, model = self._sites(p, z)
            return {name: model[name].value for name in self.names}

    def initial(self) -> Any:
        """Parameters where learning starts."""
        return self.parameters.layout.join(self.parameters.start)

    def point(self, rng: np.random.Generator, x: Any = None, out: Any = None) -> Any:
        """Vector of parameters, noise and a batch."""
        first = self.parameters.layout.dimension
        second = first + self.noise_size
        point = np.empty(second + self.batches.size) if out is None else out
        point[:first] = self.initial() if x is None else x
        rng.standard_normal(out=point[first:second])
        if self.batches.size:
            self.batches.fill(point[second:], self.batches.draw(rng))
        return point


def _has_formula(guide: Site, model: Site | None) -> bool:
    """Whether the divergence of a site's two laws, alike in shape, has a closed form."""
    if model is None or not guide.latent or model.distribution is None:
        return False
    if model.present is not None:
        return False
    try:
        with np.errstate(all="ignore"):
            _divergence(guide, model)
    except (UndefinedError, ValueError, TypeError):
        return False
    return True


def _divergence(guide: Site, model: Site) -> Any:
    """Divergence of a guide's law from the model's, on the axes of the model's log density.

    Where one of them has a law of vectors and the other one of their elements, the elements are
    taken as independent ones; factors and masks of single elements then have no meaning.
    """
    q, p = guide.distribution, model.distribution
    assert q is not None, "it is a sample site"
    assert p is not None, "it is a sample site"
    extra = len(q.event_shape) - len(p.event_shape)
    if extra:
        if model.mask is not None or model.scale != 1.0:
            raise UndefinedError("elements count differently")
        p = _as_events(p, model.shape, extra)
        q = _as_events(q, model.shape, -extra)
    batch = model.shape[: len(model.shape) - len(p.event_shape)]
    return np.broadcast_to(kl_divergence(q, p), batch)


def _as_events(law: Distribution, shape: tuple[int, ...], count: int) -> Distribution:
    """Take the last `count` axes of a site's batch as axes of events, where it is positive."""
    if count <= 0:
        return law
    return law.expand(shape[: len(shape) - len(law.event_shape)]).to_event(count)


def _guide_density(site: Site) -> Any:
    """Log density of what a guide drew, scaled as its plates are."""
    law = site.distribution
    assert law is not None, "it is a sample site"
    if type(law).__name__ == "Delta":
        return 0.0  # a point: nothing to integrate over
    return weighed(site, law.log_prob_inside(site.value))

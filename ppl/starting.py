"""Where chains start: points at which the density and its gradient are finite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.errors import ModelError, UndefinedError, show, where
from ppl.handlers import UNSET, Handler, Site, seed, trace
from ppl.handlers.fixing import fitting, required_mapping
from ppl.layout import require_inside, transform_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ppl.posterior import Posterior

    Rung = Callable[[Posterior, np.random.Generator], Iterator[np.ndarray[Any, Any]]]

Array = np.ndarray[Any, Any]

RADIUS = 2.0
TRIES = 50
# Radii of the feasible search, unconstrained: towards the middle of all supports, then far out.
RADII = (1.0, 0.3, 0.1, 0.0, 4.0, 8.0)
METHODS = ("ladder", "prior", "uniform", "feasible")


class SomeValue(Handler):
    """Give sites of improper laws, which cannot be drawn, the middle of their support."""

    def process(self, site: Site) -> None:
        """Give the site a value if its law has no draws."""
        law = site.distribution
        if site.latent and law is not None and not law.discrete and site.value is UNSET:
            try:
                with np.errstate(all="ignore"):
                    law.draw(np.random.default_rng(0), law.batch_shape)
            except UndefinedError:
                transform = transform_of(site)
                zeros = np.zeros(transform.unconstrained_shape(site.shape))
                site.value = transform.forward(zeros[()])


def initial_points(
    posterior: Posterior,
    rng: np.random.Generator,
    chains: int,
    method: str,
    values: Mapping[str, Any] | None,
) -> Array:
    """Points for `Posterior.initial_points`, shape (chains, dimension)."""
    given: Any = rng
    if not isinstance(given, np.random.Generator):
        raise TypeError(
            f"initial_points: rng must be a numpy.random.Generator, got {show(rng)} {where()}. "
            "Make one with np.random.default_rng(seed)."
        )
    count: Any = chains
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise ValueError(
            f"initial_points: chains must be a positive integer, got {show(chains)} {where()}."
        )
    if method not in METHODS:
        raise ValueError(
            f"initial_points: method must be one of {', '.join(METHODS)}, got {show(method)} "
            f"{where()}."
        )
    wanted = _given(posterior, values)
    return np.stack([_point(posterior, rng, method, wanted) for _ in range(chains)])


def _given(posterior: Posterior, values: Mapping[str, Any] | None) -> dict[str, Array]:
    """Unconstrained values that the user wants, of `values` and of the sites' remarks."""
    wanted = {
        name: posterior.site(name).infer["init"]
        for name in posterior.sites
        if "init" in posterior.site(name).infer and posterior.site(name).kind == "sample"
    }
    if values is not None:
        wanted |= required_mapping("initial_points", values)
    unknown = [name for name in wanted if name not in posterior.sites]
    if unknown:
        raise ModelError(
            f"initial_points: values must be of parameters, {', '.join(posterior.sites)}, got "
            f"'{unknown[0]}' {where()}."
        )
    found = {}
    for name, value in wanted.items():
        site = posterior.site(name)
        whole = np.asarray(fitting("initial_points", site, value, broadcast=True), np.float64)
        with np.errstate(all="ignore"):
            part = np.asarray(transform_of(site).inverse(whole[()]))
        require_inside("initial_points", site, part, value)
        found[name] = part
    return found


def _point(
    posterior: Posterior, rng: np.random.Generator, method: str, given: Mapping[str, Array]
) -> Array:
    tried: list[Array] = [np.zeros(posterior.dimension)]
    rungs: tuple[Rung, ...] = _RUNGS[method]
    for rung in rungs:
        for x in rung(posterior, rng):
            for name, part in given.items():
                slot = posterior.slots[name]
                x[slot.start : slot.stop] = part.reshape(-1)
            value, gradient = posterior.logdensity_and_gradient(x)
            if np.isfinite(value) and np.isfinite(gradient).all():
                return x
            tried.append(x)
    x = _least_wrong(posterior, np.stack(tried))
    raise ModelError(
        f"initial_points: a starting point must have a finite log density and gradient, got none "
        f"by {method} {where()}. Check priors and data, or pass values=. {posterior.diagnose(x)}"
    )


def _least_wrong(posterior: Posterior, xs: Array) -> Array:
    """Of several points, the one where the fewest elements have a density that is not finite."""
    wrong = np.zeros(len(xs))
    for terms in (posterior.log_likelihood(xs), posterior.log_prior(xs)):
        for values in terms.values():
            wrong += np.sum(~np.isfinite(values.reshape(len(xs), -1)), axis=1)
    best: Array = xs[np.argmin(wrong)]
    return best


def _uniform(posterior: Posterior, rng: np.random.Generator) -> Iterator[Array]:
    for _ in range(TRIES):
        yield rng.uniform(-RADIUS, RADIUS, posterior.dimension)


def _prior(posterior: Posterior, rng: np.random.Generator) -> Iterator[Array]:
    for _ in range(TRIES):
        try:
            yield _prior_draw(posterior, rng)
        except (ModelError, ValueError):  # a draw on the border, or one that breaks a law
            continue


def _prior_draw(posterior: Posterior, rng: np.random.Generator) -> Array:
    record = trace()
    with np.errstate(all="ignore"), seed(rng=rng), SomeValue(), record:
        posterior.run_model()
    return posterior.unconstrain({name: record.sites[name].value for name in posterior.sites})


def _feasible(posterior: Posterior, rng: np.random.Generator) -> Iterator[Array]:
    """Nearer to the middle, farther out, and sites from their priors with others not."""
    for radius in RADII:
        for _ in range(1 if radius == 0.0 else TRIES // 5):
            yield rng.uniform(-radius, radius, posterior.dimension)
    for drawn in _prior(posterior, rng):
        x = rng.uniform(-RADIUS, RADIUS, posterior.dimension)
        for slot in posterior.slots.values():
            if rng.random() < 0.5:
                x[slot.start : slot.stop] = drawn[slot.start : slot.stop]
        yield x


_RUNGS: dict[str, tuple[Rung, ...]] = {
    "uniform": (_uniform,),
    "prior": (_prior,),
    "feasible": (_feasible,),
    "ladder": (_prior, _uniform, _feasible),
}

"""Runs of a guide and of the model it is for, over one vector of learnable parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import axes
from ppl.counterparts import from_guide
from ppl.errors import DataError, ModelError, where
from ppl.handlers import UNSET, Handler, Site
from ppl.handlers.base import initial_value
from ppl.layout import Layout
from ppl.noise import Noise, draw
from ppl.transforms import Transform, transform_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.minibatch import Batches


class Parameters:
    """Learnable parameters of guide and model, on the unconstrained scale.

    A name that occurs in both is one parameter.

    Attributes
    ----------
    layout : Layout
    start : dict of str to array
        Unconstrained initial values.
    """

    def __init__(self) -> None:
        self.layout = Layout()
        self.start: dict[str, Any] = {}
        self.transforms: dict[str, Transform] = {}

    def add(self, site: Site, value: Any) -> None:
        """Lay a parameter out, with its initial value."""
        transform = transform_for(site.support)
        shape = transform.unconstrained_shape(site.shape)
        self.layout.add(site.name, shape, site.shape)
        self.transforms[site.name] = transform
        with np.errstate(all="ignore"):
            start = np.asarray(transform.inverse(value), dtype=np.float64)
        if not np.isfinite(start).all():
            raise ModelError(
                f"param: the initial value must lie inside its constraint, got one at its edge, "
                f"{where(site.name)}. Start inside: an optimiser cannot leave an edge."
            )
        self.start[site.name] = start

    def value(self, name: str, x: Any) -> Any:
        """Constrained value of a parameter, from the unconstrained vector."""
        return self.transforms[name].forward(self.layout.take(x, name))


class Discovering(Handler):
    """Base of the runs on numbers that find parameters, plates and sizes.

    Parameters
    ----------
    parameters : Parameters
    batches : Batches
    rng : numpy.random.Generator
    """

    runs_model = True

    def __init__(self, parameters: Parameters, batches: Batches, rng: np.random.Generator) -> None:
        super().__init__()
        self.parameters, self.batches, self.rng = parameters, batches, rng
        self.known: dict[str, Any] = {}

    def process(self, site: Site) -> None:
        """Give every site without a value one."""
        if site.awaits_data:
            raise DataError(
                f"ELBO: obs must be data, got None, {where(site.name)}. Pass the data among the "
                "arguments of ELBO."
            )
        if site.value is not UNSET:
            return
        if site.kind == "subset":
            site.value = self.batches.hold(site.plates[0], self.rng)
        elif site.kind == "param":
            site.value = self._param(site)
        elif site.latent:
            site.value = self.latent(site)

    def _param(self, site: Site) -> Any:
        """Initial value, the same in the model as in the guide."""
        if site.name not in self.known:
            self.known[site.name] = initial_value(site, self.rng)
            self.parameters.add(site, self.known[site.name])
        return self.known[site.name]

    def latent(self, site: Site) -> Any:
        """Value of a latent site."""
        raise NotImplementedError


class DiscoverGuide(Discovering):
    """First run of a guide; `count` is how many normal numbers its draws take."""

    def __init__(self, parameters: Parameters, batches: Batches, rng: np.random.Generator) -> None:
        super().__init__(parameters, batches, rng)
        self.count = 0
        self._noise = Noise(self._take)

    def _take(self, count: int) -> Any:
        self.count += count
        return self.rng.standard_normal(count)

    def process(self, site: Site) -> None:
        """Refuse data: they belong to the model."""
        if site.observed:
            raise ModelError(
                f"ELBO: a guide must have no observed sites, got obs, {where(site.name)}. The "
                "data belong to the model."
            )
        super().process(site)

    def latent(self, site: Site) -> Any:
        """Draw the site."""
        return draw_site(site, self._noise)


class DiscoverModel(Discovering):
    """First run of a model, at values its guide drew."""

    # What a parameter is at this arbitrary point says nothing about the model.
    checks_parameters = False

    def __init__(self, first: DiscoverGuide, guide: Mapping[str, Site]) -> None:
        super().__init__(first.parameters, first.batches, first.rng)
        self.known = first.known
        self._guide = guide

    def latent(self, site: Site) -> Any:
        """Give the site the guide's value."""
        return from_guide(site, self._guide)


class Learnt(Handler):
    """Base of the runs at a vector of parameters.

    Parameters
    ----------
    parameters : Parameters
    x : array
        Plain or traced.
    batches : Batches
    """

    runs_model = True

    def __init__(self, parameters: Parameters, x: Any, batches: Batches) -> None:
        super().__init__()
        self.parameters, self.x, self.batches = parameters, x, batches

    def process(self, site: Site) -> None:
        """Give every site without a value one."""
        if site.value is not UNSET:
            return
        if site.kind == "subset" and self.batches.traced:
            site.value = self.batches.indices(site.name)
        elif site.kind == "subset":
            site.value = self.batches.held(site.name)
        elif site.kind == "param":
            site.value = axes.named(self.parameters.value(site.name, self.x), site.dims)
        elif site.latent:
            site.value = axes.named(self.latent(site), site.dims)

    def latent(self, site: Site) -> Any:
        """Value of a latent site."""
        raise NotImplementedError


class DrawGuide(Learnt):
    """A run of the guide in which noise becomes draws."""

    def __init__(self, parameters: Parameters, x: Any, batches: Batches, noise: Any) -> None:
        super().__init__(parameters, x, batches)
        self._vector, self._used = noise, 0
        self._noise = Noise(self._take)

    def _take(self, count: int) -> Any:
        self._used += count
        return self._vector[self._used - count : self._used]

    def latent(self, site: Site) -> Any:
        """Draw the site."""
        return draw_site(site, self._noise)


class Marking(DrawGuide):
    """A run of the guide that notes which sites the laws of others depend on.

    Attributes
    ----------
    needed : set of str
    """

    def __init__(self, parameters: Parameters, x: Any, batches: Batches, noise: Any) -> None:
        super().__init__(parameters, x, batches, noise)
        self.needed: set[str] = set()

    def latent(self, site: Site) -> Any:
        """Draw the site, after noting what its law depends on."""
        law = site.distribution
        assert law is not None, "it is a sample site"
        self.needed |= _marks(vars(law).values())
        value = super().latent(site) + 0.0  # a value of its own, to be marked
        return ad.tag(value, frozenset({site.name})) if ad.is_traced(value) else value

    @staticmethod
    def rule(_op: Any, args: Any, _params: Any, _result: Any) -> frozenset[str]:
        """Mark of a result: what its arguments depend on (see `ad.tagging`)."""
        return frozenset(_marks(args))


def _marks(values: Any) -> set[str]:
    """Sites that values depend on, those in laws and containers among them."""
    found: set[str] = set()
    for value in values:
        if ad.is_traced(value):
            found |= ad.tag_of(value) or frozenset()
        elif isinstance(value, list | tuple):
            found |= _marks(value)
        elif isinstance(value, dict):
            found |= _marks(value.values())
        elif hasattr(value, "__dict__") and not isinstance(value, np.ndarray):
            found |= _marks(vars(value).values())
    return found


class AtValues(Learnt):
    """A run of guide or model at the values the guide drew."""

    def __init__(
        self, parameters: Parameters, x: Any, batches: Batches, guide: Mapping[str, Site]
    ) -> None:
        super().__init__(parameters, x, batches)
        self._guide = guide

    def latent(self, site: Site) -> Any:
        """Give the site the guide's value."""
        return from_guide(site, self._guide)


def draw_site(site: Site, noise: Noise) -> Any:
    """Value of a guide's site, from noise."""
    law = site.distribution
    assert law is not None, "it is a sample site"
    batch = site.shape[: len(site.shape) - len(law.event_shape)]
    return draw(site.name, law, noise, batch)

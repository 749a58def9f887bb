"""Which sites a model had better write otherwise: hierarchical ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.handlers import UNSET, Handler, Site, only
from ppl.handlers.base import initial_value
from ppl.plates import apart
from ppl.reparam.loc_scale import FAMILIES, LocScaleReparam
from ppl.transforms import transform_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ppl.reparam.base import Reparam


def choose(
    model: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Reparam]:
    """Reparameterisation of each site that should have one.

    The model is run twice, apart from everything that is going on: on numbers to learn its sites,
    and traced, to learn which laws depend on latent sites.
    """
    found: dict[str, Reparam] = {}
    first = _Survey(np.random.default_rng(0))
    with only((first,)), apart(), np.errstate(all="ignore"):
        model(*args, **kwargs)
        if not first.start:
            return found

        def traced(x: Any) -> Any:
            second = _Traced(first, x)
            with only((second,)), apart():
                model(*args, **kwargs)
            found.update({name: LocScaleReparam(0.0) for name in second.hierarchical})
            return 0.0 * x[0]

        ad.grad(traced)(np.concatenate(first.start))
    return found


def is_hierarchical(site: Site) -> bool:
    """Whether a latent site's location or scale depends on latent sites; for traced runs."""
    law: Any = site.distribution
    if not site.latent or type(law).__name__ not in FAMILIES:
        return False
    return ad.is_traced(law.loc) or ad.is_traced(law.scale)


class _Survey(Handler):
    """First run: some value for every site, those of continuous latent sites noted."""

    runs_model = True
    checks_parameters = False

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.rng = rng
        self.values: dict[str, Any] = {}
        self.start: list[Any] = []
        self.places: dict[str, int] = {}
        self._size = 0

    def process(self, site: Site) -> None:
        """Fill in a value."""
        if site.value is not UNSET:
            return
        if site.kind == "subset":
            site.value = np.arange(site.plates[0].size)
        elif site.kind == "param":
            site.value = initial_value(site, self.rng)
        elif site.kind == "sample":
            assert site.distribution is not None, "sample sites have one"
            if site.distribution.discrete:
                event = len(site.distribution.event_shape)
                site.value = site.distribution.draw(self.rng, site.shape[: len(site.shape) - event])
            else:
                transform = transform_for(site.distribution.support)
                site.value = transform.forward(np.zeros(transform.unconstrained_shape(site.shape)))
                if site.latent:
                    flat = np.asarray(site.value, dtype=np.float64).reshape(-1)
                    self.places[site.name] = self._size
                    self._size += len(flat)
                    self.start.append(flat)
        self.values[site.name] = site.value


class _Traced(Handler):
    """Second run: latent sites are traced."""

    runs_model = True
    checks_parameters = False

    def __init__(self, survey: _Survey, x: Any) -> None:
        super().__init__()
        self._survey, self._x = survey, x
        self.hierarchical: list[str] = []

    def process(self, site: Site) -> None:
        """Fill in the value of the first run."""
        if site.value is not UNSET:
            return
        if is_hierarchical(site):
            self.hierarchical.append(site.name)
        place = self._survey.places.get(site.name)
        site.value = self._survey.values[site.name]
        if place is not None:
            part = self._x[place : place + int(np.prod(site.shape))]
            site.value = part.reshape(site.shape)

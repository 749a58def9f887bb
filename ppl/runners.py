"""Handlers that run a model over its flat vector: to find its sites, from points, and to points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import axes
from ppl.errors import DataError, ModelError, where
from ppl.handlers import UNSET, Handler, Site
from ppl.handlers.base import initial_value
from ppl.layout import Layout, require_whole_plates, transform_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Runner(Handler):
    """Base of the handlers that run a model over a layout.

    Parameters
    ----------
    layout : Layout
    """

    runs_model = True

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.layout = layout

    def process(self, site: Site) -> None:
        """Give every site without a value one."""
        if site.value is not UNSET:
            return
        if site.kind == "subset":
            site.value = self.subset(site)
        elif site.free:
            self.fill(site)

    def subset(self, site: Site) -> Any:
        """Return the indices that a subsampled plate holds."""
        return self.layout.subsets[site.name]

    def fill(self, site: Site) -> None:
        """Give a latent site or a learnable parameter its value."""
        raise NotImplementedError


class Discover(Runner):
    """First run of a model: give every latent site the image of 0 and lay the sites out.

    Learnable parameters get their initial values.

    Parameters
    ----------
    model : str
        Its name, for messages.
    absent : sequence of str
        Arguments that are None, for messages.
    rng : numpy.random.Generator
        Draws the subsets that subsampled plates hold.

    Attributes
    ----------
    layout : Layout

    Raises
    ------
    DataError
        At a site whose data are still to come.
    """

    # What a parameter is at this arbitrary point says nothing about the model.
    checks_parameters = False

    def __init__(self, model: str, absent: Sequence[str], rng: np.random.Generator) -> None:
        super().__init__(Layout())
        self._model = model
        self._absent = absent
        self._rng = rng

    def process(self, site: Site) -> None:
        """Lay out a latent site and give it a value."""
        if site.awaits_data:
            advice = " or ".join(f"{name}=..." for name in self._absent)
            raise DataError(
                f"{self._model}: obs must be data when a posterior is made, got None, "
                f"{where(site.name)}. {f'Pass {advice}. ' if advice else ''}"
                "A site that is to be a parameter has no obs."
            )
        super().process(site)

    def subset(self, site: Site) -> Any:
        """Draw the indices that a subsampled plate holds."""
        plate = site.plates[0]
        if plate.name not in self.layout.subsets:
            chosen = np.sort(self._rng.choice(plate.full_size, plate.size, replace=False))
            self.layout.subsets[plate.name] = chosen
        return self.layout.subsets[plate.name]

    def fill(self, site: Site) -> None:
        """Lay the site out."""
        require_whole_plates(site)
        transform = transform_of(site)
        shape = transform.unconstrained_shape(site.shape)
        self.layout.add(site.name, shape, site.shape)
        if site.kind == "param":
            site.value = initial_value(site, self._rng)
        else:
            site.value = transform.forward(np.zeros(shape)[()])


class Constrain(Runner):
    """Give every latent site the constrained value of its part of a flat vector.

    Parameters
    ----------
    layout : Layout
    x : array, shape (dimension,)
        Plain or traced.
    checks_parameters : bool
        Whether parameters that do not depend on `x` are checked; `x` is then traced.
    """

    def __init__(self, layout: Layout, x: Any, *, checks_parameters: bool) -> None:
        super().__init__(layout)
        self.x = x
        self.checks_parameters = checks_parameters

    def fill(self, site: Site) -> None:
        """Give a latent site the value of its part of the vector."""
        transform = transform_of(site)
        slot = self.layout.slots.get(site.name)
        if slot is None or slot.shape != transform.unconstrained_shape(site.shape):
            known = "no such site" if slot is None else f"one of shape {slot.shape}"
            raise ModelError(
                f"sample: the sites must be the same for all values of the parameters, got "
                f"'{site.name}' of shape {site.shape} where another run had {known} {where()}. "
                "Declare every site always, and select with np.where."
            )
        u = self.layout.take(self.x, site.name)
        site.unconstrained, site.transform = u, transform
        site.value = axes.named(transform.forward(u), site.dims)


class Unconstrain(Runner):
    """Take constrained values of the latent sites to the flat vector.

    Parameters
    ----------
    layout : Layout
    values : mapping of str to array

    Attributes
    ----------
    parts : dict of str to array
        Unconstrained values.
    """

    checks_parameters = False

    def __init__(self, layout: Layout, values: Mapping[str, Any]) -> None:
        super().__init__(layout)
        self.values = values
        self.parts: dict[str, Any] = {}

    def fill(self, site: Site) -> None:
        """Give a latent site its value and note the unconstrained one."""
        value = self.values[site.name]
        if not ad.is_traced(value):
            value = np.asarray(value, dtype=np.float64)[()]
        site.value = value
        self.parts[site.name] = transform_of(site).inverse(value)

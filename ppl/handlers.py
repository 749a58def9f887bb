"""Effect handlers: what a primitive's call means is decided by those who run the model.

A primitive (`ppl.primitives`) makes a `Site` and sends it through the stack of handlers that are
entered at that moment, the innermost first. A handler may fill in the site's value, record it, or
change it. The stack lives in a context variable, so threads and asynchronous tasks do not see each
other's models.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import ad
from ppl.errors import ModelError, OutsideModelError, ShapeError, where

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from ppl.distributions.base import Distribution
    from ppl.plates import Plate
    from ppl.transforms import Transform

Shape = tuple[int, ...]


class Unset:
    """Type of `UNSET`: no value yet."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()


@dataclass(slots=True)
class Site:
    """One call of a primitive, on its way through the handlers.

    Attributes
    ----------
    kind : str
        Which primitive.
    name : str
        Unique within a run of the model.
    distribution : Distribution or None
        Of a sample site.
    value : array
        The site's value; `UNSET` until a handler fills it in. Of a factor: its log density.
    shape : tuple of int
        Of the value: plate axes, batch axes, event axes.
    observed : bool
        Whether `obs` was given; `value` is then the data.
    awaits_data : bool
        Whether `obs=None` was passed: the site of a model that was called without its data.
    plates : tuple of Plate
        Enclosing plates, outermost first.
    dims : tuple of str
        Names of the axes, those of the plates first.
    line : str
        The user's file and line; worked out by `locate`, during the call, where it is wanted.
    transform, unconstrained
        Of a latent site under `ppl.layout`: the map, and the value it was applied to.
    """

    kind: Literal["sample", "deterministic", "factor"]
    name: str
    distribution: Distribution | None = None
    value: Any = UNSET
    shape: Shape = ()
    observed: bool = False
    awaits_data: bool = False
    plates: tuple[Plate, ...] = ()
    dims: tuple[str, ...] = ()
    line: str = ""
    transform: Transform | None = None
    unconstrained: Any = None

    @property
    def latent(self) -> bool:
        """Whether the site is a parameter of the model."""
        return self.kind == "sample" and not self.observed and not self.awaits_data

    def locate(self) -> None:
        """Note the user's line, which is found while the call is in progress."""
        self.line = self.line or ad.user_line()


class Handler:
    """Base of all handlers: a context manager on the stack.

    `process` is called on a site's way out, from the innermost handler to the outermost;
    `postprocess` on its way back, when it has its value.

    Attributes
    ----------
    runs_model : bool
        Whether this handler gives sites a meaning, so that primitives may be called under it.
    checks_parameters : bool
        Whether a distribution's plain parameters are checked under it.
    """

    runs_model = False
    checks_parameters = True

    def __enter__(self) -> Self:
        _stack.set((*_stack.get(), self))
        return self

    def __exit__(self, *exception: object) -> None:
        _stack.set(_stack.get()[:-1])

    def process(self, site: Site) -> None:
        """See a site before it has its value; may fill it in."""

    def postprocess(self, site: Site) -> None:
        """See a site when it is complete."""


_stack: ContextVar[tuple[Handler, ...]] = ContextVar("ppl_handlers", default=())


def stack() -> tuple[Handler, ...]:
    """Handlers entered now, outermost first."""
    return _stack.get()


def running() -> bool:
    """Whether a model is being run."""
    return any(handler.runs_model for handler in _stack.get())


def checking() -> bool:
    """Whether plain parameters of distributions are to be checked."""
    return all(handler.checks_parameters for handler in _stack.get())


def send(site: Site) -> Any:
    """Take a site through the stack.

    Parameters
    ----------
    site : Site

    Returns
    -------
    array
        The site's value.

    Raises
    ------
    OutsideModelError
        If no handler gave it one.
    """
    handlers = _stack.get()
    for handler in reversed(handlers):
        handler.process(site)
    if site.value is UNSET:
        raise OutsideModelError(
            f"{site.kind}: a value must come from whoever runs the model, got none "
            f"{where(site.name)}. Enter a handler that draws it, such as ppl.handlers.Seed."
        )
    for handler in handlers:
        handler.postprocess(site)
    # The model may assign to the array it is given; data are read-only.
    free = site.kind == "sample" and not site.observed
    return site.value.copy() if free and hasattr(site.value, "copy") else site.value


class Trace(Handler):
    """Record the sites of a run by name, in program order.

    Parameters
    ----------
    lines : bool
        Whether to note each site's file and line.

    Attributes
    ----------
    sites : dict of str to Site
    sizes : dict of str to int
        Sizes of the named axes seen.

    Raises
    ------
    ModelError
        At a site whose name another site or an axis already has.
    ShapeError
        At a site with a named axis that had another size before.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self.sites: dict[str, Site] = {}
        self.sizes: dict[str, int] = {}
        self._lines = lines

    def process(self, site: Site) -> None:
        """Record the site, after checking its name and axes."""
        if self._lines:
            site.locate()
        if site.name in self.sites:
            first = self.sites[site.name].line
            raise ModelError(
                f"{site.kind}: a site's name must be unique, got a second '{site.name}' "
                f"{where()}{f', the first at {first}' if first else ''}. Rename one of them."
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


class Seed(Handler):
    """Draw every site from its distribution.

    Parameters
    ----------
    rng : numpy.random.Generator
    redraw_observed : bool
        Whether observed sites too are drawn, in place of their data.
    """

    runs_model = True

    def __init__(self, rng: np.random.Generator, *, redraw_observed: bool = False) -> None:
        self.rng = rng
        self.redraw_observed = redraw_observed

    def process(self, site: Site) -> None:
        """Draw the site if it has no value yet."""
        if site.kind != "sample" or site.distribution is None:
            return
        if site.value is UNSET or (site.observed and self.redraw_observed):
            event = site.distribution.event_shape
            batch = site.shape[: len(site.shape) - len(event)]
            site.value = site.distribution.draw(self.rng, batch)


class Substitute(Handler):
    """Give sites the values of a mapping; those it does not have are left to other handlers.

    Parameters
    ----------
    values : mapping of str to array
    """

    runs_model = True

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def process(self, site: Site) -> None:
        """Give the site its value if there is one."""
        if site.kind == "sample" and not site.observed and site.name in self.values:
            site.value = self.values[site.name]

"""What handlers are: sites on their way through a stack of objects that give them meaning."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

import ad
from ppl.errors import OutsideModelError, show, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
        Which primitive. A "subset" asks which elements a subsampled plate holds.
    name : str
        Unique within a run of the model.
    distribution : Distribution or None
        Of a sample site.
    value : array
        The site's value; `UNSET` until a handler fills it in. Of a factor: its log density.
    shape : tuple of int
        Of the value: plate axes, batch axes, event axes.
    observed : bool
        Whether there are data; `value` is then the data.
    awaits_data : bool
        Whether `obs=None` was passed: the site of a model that was called without its data.
    plates : tuple of Plate
        Enclosing plates, outermost first.
    dims : tuple of str
        Names of the axes, those of the plates first.
    infer : dict of str to Any
        Remarks for algorithms and handlers, as passed to `sample`.
    scale : number or array
        What the log density is multiplied by.
    mask : array of bool or None
        Where the log density counts; it broadcasts with the batch. None: everywhere.
    present : array of bool or None
        Which elements of an observed value are data and not missing ones. None: all.
    support : Constraint or None
        Of a learnable parameter.
    line : str
        The user's file and line; worked out by `locate`, during the call, where it is wanted.
    transform, unconstrained
        Of a latent site under `ppl.runners`: the map, and the value it was applied to.
    hidden : bool
        Set by a handler to keep the site from those outside it.
    """

    kind: Literal["sample", "deterministic", "factor", "param", "subset"]
    name: str
    distribution: Distribution | None = None
    value: Any = UNSET
    shape: Shape = ()
    observed: bool = False
    awaits_data: bool = False
    plates: tuple[Plate, ...] = ()
    dims: tuple[str, ...] = ()
    infer: dict[str, Any] = field(default_factory=dict)
    scale: Any = 1.0
    mask: Any = None
    present: Any = None
    support: Any = None
    line: str = ""
    transform: Transform | None = None
    unconstrained: Any = None
    hidden: bool = False

    @property
    def latent(self) -> bool:
        """Whether the site is a random variable without data."""
        return self.kind == "sample" and not self.observed and not self.awaits_data

    @property
    def free(self) -> bool:
        """Whether the site has a part in the vector of unknowns: latent, or learnable."""
        return self.latent or self.kind == "param"

    def locate(self) -> None:
        """Note the user's line, which is found while the call is in progress."""
        self.line = self.line or ad.user_line()


class Handler:
    """Base of all handlers: a context manager on the stack, and a wrapper of a model.

    `process` is called on a site's way out, from the innermost handler to the outermost;
    `postprocess` on its way back, when it has its value. While they run, only the handlers outside
    this one are on the stack, so a handler may call primitives itself.

    Parameters
    ----------
    model : callable, optional
        What to run under the handler when it is called: `condition(model, data=...)` is a model.

    Attributes
    ----------
    runs_model : bool
        Whether this handler gives sites a meaning, so that primitives may be called under it.
    checks_parameters : bool
        Whether a distribution's plain parameters are checked under it.
    redraws : bool
        Whether observed sites are drawn under it, in place of their data.

    Examples
    --------
    >>> import numpy as np, ppl
    >>> class Shout(ppl.handlers.Handler):
    ...     def postprocess(self, site):
    ...         print(site.name.upper(), float(site.value))
    >>> def model():
    ...     return ppl.sample("x", ppl.Delta(2.0))
    >>> with ppl.handlers.seed(rng=1):
    ...     x = Shout(model)()
    X 2.0
    """

    runs_model = False
    checks_parameters = True
    redraws = False

    def __init__(self, model: Callable[..., Any] | None = None) -> None:
        if model is not None and not callable(model):
            raise TypeError(
                f"{type(self).__name__}: the model must be a function, got {show(model)} "
                f"{where()}. Pass the model first, or nothing to use the handler with `with`."
            )
        self.model = model
        if model is not None:
            self.__wrapped__ = model  # where `inspect` looks for the arguments
            self.__name__ = getattr(model, "__name__", type(model).__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model under the handler, and return what it returns."""
        if self.model is None:
            raise TypeError(
                f"{type(self).__name__}: the handler must have been given a model to be called, "
                f"got none {where()}. Pass it first, {type(self).__name__}(model, ...), or enter "
                "the handler with `with`."
            )
        with self:
            return self.model(*args, **kwargs)

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


def redrawing() -> bool:
    """Whether observed sites are being drawn, in place of their data."""
    return any(handler.redraws for handler in _stack.get())


@contextmanager
def only(handlers: tuple[Handler, ...]) -> Iterator[None]:
    """Have these handlers on the stack, and no others."""
    token = _stack.set(handlers)
    try:
        yield
    finally:
        _stack.reset(token)


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
    innermost = len(handlers)
    token = _stack.set(handlers)
    try:
        while innermost and not site.hidden:
            innermost -= 1
            _stack.set(handlers[:innermost])
            handlers[innermost].process(site)
        if site.value is UNSET:
            raise _no_value(site)
        for depth in range(innermost, len(handlers)):
            _stack.set(handlers[:depth])
            handlers[depth].postprocess(site)
    finally:
        _stack.reset(token)
    # The model may assign to the array it is given; data are read-only.
    free = site.kind == "sample" and not site.observed
    return site.value.copy() if free and hasattr(site.value, "copy") else site.value


def _no_value(site: Site) -> OutsideModelError:
    hidden = " A handler hid it (ppl.handlers.block)." if site.hidden else ""
    return OutsideModelError(
        f"{site.kind}: a value must come from whoever runs the model, got none "
        f"{where(site.name)}.{hidden} Enter a handler that draws it, such as "
        "ppl.handlers.seed(rng=1)."
    )


def initial_value(site: Site, rng: np.random.Generator) -> Any:
    """Value a learnable parameter starts from; it may be drawn."""
    start = site.infer["init"]
    return start(rng) if callable(start) else start

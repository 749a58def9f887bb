"""Laws whose values are vectors, matrices or series: sizes of events, and options.

A law says which axes its parameters have (`axes = {"loc": "n", "scale_tril": "nn"}`) and those of
one value (`event = "n"`); equal letters are equal sizes. What is not a parameter (a size, a
law of the first value, a function) is an option.
"""

from __future__ import annotations

import inspect
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import ad
from ppl.distributions.arguments import signature_of
from ppl.distributions.base import Distribution, Shape
from ppl.errors import ShapeError, show, where

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED = inspect.Parameter.empty


class EventLaw(Distribution):
    """A law of vectors or matrices.

    Attributes
    ----------
    axes : mapping of str to str
        Letters of the event axes of the parameters.
    event : str
        Letters of the axes of one value.
    stretched : tuple of str
        Parameters that may be numbers, or have size 1 along an axis.
    options : mapping of str to value
        Arguments that are not parameters, with their defaults; the first `leading` of them are the
        first positional arguments, the others are by name only.
    """

    axes: ClassVar[Mapping[str, str]] = {}
    event: ClassVar[str] = ""
    stretched: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[Mapping[str, Any]] = {}
    leading: ClassVar[int] = 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        entries = [
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD
                if i < cls.leading
                else inspect.Parameter.KEYWORD_ONLY,
                default=default,
            )
            for i, (name, default) in enumerate(cls.options.items())
        ]
        own = list(signature_of(cls.parameters).parameters.values())
        ordered = [*entries[: cls.leading], *own, *entries[cls.leading :]]
        cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined] # for inspect
            sorted(ordered, key=lambda entry: entry.kind)
            if not _defaults_lead(ordered)
            else [entry.replace(default=REQUIRED) for entry in ordered]
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        names = list(self.options)[: self.leading]
        most = self.leading + sum(not p.keyword_only for p in self.parameters.values())
        if len(args) > most:
            raise TypeError(
                f"{type(self).__name__}: at most {most} arguments must be positional, got "
                f"{len(args)} {where()}. The arguments are {', '.join(self._argument_names())}."
            )
        chosen = dict(zip(names, args, strict=False))
        for name, default in self.options.items():
            value = chosen.get(name, kwargs.pop(name, default))
            if value is REQUIRED:
                raise TypeError(
                    f"{type(self).__name__}: {name} must be given, got none {where()}. "
                    f"The arguments are {', '.join(self._argument_names())}."
                )
            setattr(self, f"_{name}", self._option(name, value))
        self._sizes: dict[str, int] = {}
        super().__init__(*args[len(chosen) :], **kwargs)

    def _option(self, _name: str, value: Any) -> Any:
        """Check and convert an option."""
        return value

    def _argument_names(self) -> list[str]:
        """In the order of a call; those after the positional ones are marked."""
        options = list(self.options)
        named = [f"{name} (named)" for name in options[self.leading :]]
        own = [f"{n} (named)" if p.keyword_only else n for n, p in self.parameters.items()]
        return [*options[: self.leading], *own, *named]

    # ---- sizes -------------------------------------------------------------------------------

    @property
    def event_shape(self) -> Shape:
        """Shape of one value."""
        return tuple(self._sizes.get(letter, 0) for letter in self.event)

    def _check(self) -> tuple[type[ValueError], str, str] | None:
        for name in self.stretched:
            value = vars(self).get(name)
            if value is not None and np.shape(value) == ():
                vars(self)[name] = np.reshape(value, (1,) * self.parameters[name].event_dim)
        problem = self._measure()
        return problem if problem is not None else super()._check()

    def _measure(self) -> tuple[type[ValueError], str, str] | None:
        """Note the sizes that the letters stand for; the first parameter that does not fit."""
        first: dict[str, str] = {}
        for name in self._given:
            letters, shape = self.axes.get(name, ""), np.shape(vars(self)[name])
            if len(shape) < len(letters):
                return None  # the base says so
            for letter, size in zip(letters, shape[len(shape) - len(letters) :], strict=True):
                known = self._sizes.get(letter)
                if known is None or (known == 1 and first.get(letter) in self.stretched):
                    self._sizes[letter] = size
                    first[letter] = name
                elif size != known and not (size == 1 and name in self.stretched):
                    axes = ", ".join(
                        f"{given} {np.shape(vars(self)[given])}"
                        for given in self._given
                        if letter in self.axes.get(given, "")
                    )
                    wrong = f"sizes of parameters must fit each other, got shapes {axes}"
                    return ShapeError, wrong, "The last axes are those of one value."
        return None

    def __repr__(self) -> str:
        given = [f"{name}={show(getattr(self, f'_{name}'))}" for name in self.options]
        given += [f"{name}={show(ad.value_of(vars(self)[name]))}" for name in self._given]
        return f"{type(self).__name__}({', '.join(given)})"


def _defaults_lead(entries: list[inspect.Parameter]) -> bool:
    """Whether a positional argument with a default comes before one without."""
    positional = [e for e in entries if e.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    missing = [entry.default is REQUIRED for entry in positional]
    return any(not a and b for a, b in pairwise(missing))


def size_option(law: Distribution, name: str, value: Any, least: int = 1) -> int:
    """Check that an option is a whole number of at least `least`.

    Raises
    ------
    TypeError, ValueError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(
            f"{type(law).__name__}: {name} must be an integer, got {show(ad.value_of(value))} "
            f"{where()}. Sizes do not depend on parameters."
        )
    if value < least:
        raise ValueError(
            f"{type(law).__name__}: {name} must be at least {least}, got {show(value)} {where()}."
        )
    return int(value)


def law_option(law: Distribution, name: str, value: Any) -> Distribution:
    """Check that an option is a distribution.

    Raises
    ------
    TypeError
        If it is not.
    """
    if not isinstance(value, Distribution):
        raise TypeError(
            f"{type(law).__name__}: {name} must be a distribution, got {show(value)} {where()}. "
            "Give one, for example Normal(0.0, 1.0)."
        )
    return value

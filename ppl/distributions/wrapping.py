"""What laws made of another law share: the base as an argument, and supports cut from its own."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.constraints import (
    Constraint,
    IntegerInterval,
    Interval,
    at_least,
    at_most,
    integer,
    integer_at_least,
    interval,
    real,
)
from ppl.distributions.arguments import signature_of
from ppl.distributions.base import Distribution, Shape
from ppl.errors import show, where

if TYPE_CHECKING:
    from collections.abc import Iterable


class Wrapper(Distribution):
    """A law made of another one, the first argument, and of parameters of its own.

    Attributes
    ----------
    base : Distribution
    """

    base: Distribution

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__signature__ = with_laws(cls, "base")  # type: ignore[attr-defined] # for inspect

    def __init__(self, base: Any = None, **parameters: Any) -> None:
        self._require_base(base)
        self.base = base
        super().__init__(**parameters)

    def _require_base(self, base: Any) -> None:
        """Raise a TypeError if the law cannot be made of this one."""
        require_law(self, "base", base)

    @property
    def event_shape(self) -> Shape:
        """That of `base`."""
        return self.base.event_shape

    def kinks(self) -> tuple[Any, ...]:
        """Return where the density of `base` has a corner or a jump."""
        return self.base.kinks()

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shapes of `base` and of the parameters given."""
        return {"base": self.base.batch_shape, **super().parameter_shapes()}

    def require_valid(self, site: str | None = None) -> None:
        """Raise if the parameters given at construction, here or to `base`, were wrong."""
        self.base.require_valid(site)
        super().require_valid(site)

    def __repr__(self) -> str:
        own = super().__repr__()
        comma = "" if own.endswith("()") else ", "
        return own.replace("(", f"({self.base!r}{comma}", 1)


def with_laws(cls: type[Distribution], *names: str) -> inspect.Signature:
    """Signature of a law whose first arguments are laws."""
    first = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    own = signature_of(cls.parameters).parameters
    return inspect.Signature([*first, *(own[name] for name in own if name not in names)])


def require_law(
    law: Distribution, name: str, given: Any, *, kind: str = "a distribution", good: bool = True
) -> None:
    """Raise a TypeError if an argument is not a distribution, or not of the kind needed.

    Parameters
    ----------
    law : Distribution
        Whose argument it is.
    name : str
        Of the argument.
    given : Any
    kind : str
        What it must be, for the message.
    good : bool
        Whether it is of that kind, if it is a distribution.
    """
    if not isinstance(given, Distribution) or not good:
        raise TypeError(
            f"{type(law).__name__}: {name} must be {kind}, got {show(given)} {where()}. "
            f"Give it one with its parameters, for example {_example(kind)}."
        )


def _example(kind: str) -> str:
    if "discrete" in kind:
        return "Poisson(3.0)"
    return "Gamma(concentration=2.0, rate=1.0)" if "positive" in kind else "Normal(0.0, 1.0)"


class _Between(Interval):
    """A closed interval of which some ends may be infinite; without a smooth map onto it."""

    def _contains(self, value: Any) -> Any:
        return super()._contains(value) & (np.abs(value) < np.inf)

    def _interior(self, *_event_shape: Shape) -> Any:
        below, above = np.isfinite(self.low), np.isfinite(self.high)
        low = np.where(below, self.low, np.where(above, self.high, 0.0) - 2.0)
        return low + 0.5 * (np.where(above, self.high, low + 2.0) - low)


class _IntegersBetween(IntegerInterval):
    """Integers between two ends, some of which may be infinite."""

    def _contains(self, value: Any) -> Any:
        return super()._contains(value) & (np.abs(value) < np.inf)

    def _interior(self, *_event_shape: Shape) -> Any:
        high = np.where(np.isfinite(self.high), self.high, 0.0)
        return np.where(np.isfinite(self.low), self.low, high)


def between(low: Any, high: Any, *, discrete: bool = False) -> Constraint:
    """Make the set of numbers, or of integers, between two ends that may be infinite.

    Parameters
    ----------
    low, high : array, shape (...)
        Plain or traced. If infinite ends are plain and all are, the set has a smooth map onto it.
    discrete : bool
        Whether the set has only the integers.
    """
    no_low, no_high = known_infinite(low), known_infinite(high)
    if discrete:
        if no_low and no_high:
            return integer
        return integer_at_least(low) if no_high else _IntegersBetween(low, high)
    if no_low or no_high:
        return real if no_low and no_high else at_most(high) if no_low else at_least(low)
    finite = (ad.is_traced(end) or bool(np.all(np.isfinite(end))) for end in (low, high))
    return interval(low, high) if all(finite) else _Between(low, high)


def known_infinite(end: Any) -> bool:
    """Whether all ends are known to be infinite."""
    return not ad.is_traced(end) and bool(np.all(np.abs(end) == np.inf))


def hull(supports: Iterable[Constraint]) -> Constraint:
    """Make the smallest interval, or range of integers, that holds all the sets."""
    first, *others = supports
    if all(type(one) is type(first) and not vars(one) for one in others) and not vars(first):
        return first
    low, high = first.lowest(), first.clip(np.inf)
    for one in others:
        low, high = np.minimum(low, one.lowest()), np.maximum(high, one.clip(np.inf))
    return between(low, high, discrete=first.discrete)


def apart(ends: list[Any]) -> list[Any]:
    """Return the ends of sets if they are not all the same, without those known to be infinite."""
    if not any(map(ad.is_traced, ends)) and all(np.array_equal(end, ends[0]) for end in ends):
        return []
    return [end for end in ends if not known_infinite(end)]


def reduced(support: Constraint) -> Constraint:
    """Make the smallest interval, or range of integers, with the sets of a batch's last axis."""
    ends = support.lowest(), support.clip(np.inf)
    if support.event_dim or all(np.ndim(end) == 0 for end in ends):
        return support
    low, high = ends
    low = np.min(low, axis=-1) if np.ndim(low) else low
    high = np.max(high, axis=-1) if np.ndim(high) else high
    return between(low, high, discrete=support.discrete)

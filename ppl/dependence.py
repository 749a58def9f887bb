"""What the sites of a model depend on: marks of traced values, and what laws are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ad
from ppl.distributions.base import Distribution

if TYPE_CHECKING:
    from collections.abc import Iterable


class NotBatchedError(Exception):
    """A model that cannot be drawn in stages; it is run draw by draw."""


class Marks:
    """What traced values depend on, as their marks.

    Parameters
    ----------
    names : iterable of str
        Sites.

    Attributes
    ----------
    branches : frozenset of str
        What the branches taken so far depended on: all that comes after depends on it too.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._everything = frozenset(names)
        self.branches: frozenset[str] = frozenset()

    def rule(self, op: Any, args: Any, _params: Any, _result: Any) -> frozenset[str]:
        """Mark of a result (see `ad.tagging`)."""
        union = self.branches
        for arg in args:
            if ad.is_traced(arg):
                mark = ad.tag_of(arg)
                union |= self._everything if mark is None else mark
        if op is None:
            self.branches = union
        return union

    def of(self, values: Iterable[tuple[Any, int]]) -> set[str]:
        """What the first of each pair depends on."""
        traced = (value for value, _ in values if ad.is_traced(value))
        return set(self.rule("", list(traced), {}, None))


# What every law keeps beside its parameters, and what `rebuilt` hands on.
_KEPT = {"_given", "_batch_shape", "_problem", "base", "transform"}


def inputs_of(law: Distribution) -> list[tuple[Any, int]]:
    """Values a law was made of, in a fixed order, and how many event axes each has.

    Raises
    ------
    NotBatchedError
        For a law that is made of something else too.
    """
    own = vars(law)
    given = [(own[name], law.parameters[name].event_dim) for name in own["_given"]]
    base = own.get("base")
    if isinstance(base, Distribution):
        given += inputs_of(base)
    elif type(law).__init__ is not Distribution.__init__:
        raise NotBatchedError
    # What else a law keeps would be lost when it is made again.
    if {*own} - {*law.parameters} - _KEPT or _moves(own.get("transform")):
        raise NotBatchedError
    return given


def rebuilt(law: Distribution, values: Any, batch: int) -> Distribution:
    """The law with one batch axis more, in front, of values `inputs_of` had, (array, moving)."""
    own = vars(law)
    given = {}
    for name in own["_given"]:
        value, moving = next(values)
        event = law.parameters[name].event_dim
        if moving:  # axes between the draws and the parameter's own
            missing = batch - (value.ndim - 1 - event)
            value = value.reshape(value.shape[:1] + (1,) * max(missing, 0) + value.shape[1:])
        given[name] = value
    base = own.get("base")
    if isinstance(base, Distribution):
        extra = {k: v for k, v in own.items() if k == "transform"}
        return type(law)(rebuilt(base, values, batch), **given, **extra)
    return type(law)(**given)


def _moves(value: Any) -> bool:
    """Whether something holds traced values."""
    if ad.is_traced(value):
        return True
    return hasattr(value, "__dict__") and any(ad.is_traced(part) for part in vars(value).values())

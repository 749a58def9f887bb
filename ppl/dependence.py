"""What the sites of a model depend on: marks of traced values, and what laws are made of."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import ad
from ppl.distributions.base import Distribution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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


def inputs_of(law: Distribution) -> list[tuple[Any, int]]:
    """Values a law was made of, in a fixed order, and how many event axes each has.

    Raises
    ------
    NotBatchedError
        For a law that keeps something else whose part in it is not known.
    """
    own = vars(law)
    given = [(own[name], law.parameters[name].event_dim) for name in own.get("_given", ())]
    if isinstance(own.get("base"), Distribution):
        given += inputs_of(own["base"])
    for key, value in own.items():
        if key in law.parameters or key == "base":
            continue
        if _moves(value) or not (key.startswith("_") or key == "transform"):
            raise NotBatchedError
    return given


def rebuilt(law: Distribution, values: Iterator[Any], batch: int) -> Distribution:
    """The law with one batch axis more, in front.

    Parameters
    ----------
    law : Distribution
    values : iterator of (array, bool)
        What `inputs_of` listed, and whether it has the new axis.
    batch : int
        Number of batch axes of the site.
    """
    many = copy.copy(law)
    own = vars(many)
    for name in [name for name in own if name in law.parameters and name not in own["_given"]]:
        del own[name]  # derived from the others: to be derived again
    for name in own["_given"]:
        value, moving = next(values)
        event = law.parameters[name].event_dim
        if moving:  # axes between the draws and the parameter's own
            missing = batch - (value.ndim - 1 - event)
            value = value.reshape(value.shape[:1] + (1,) * max(missing, 0) + value.shape[1:])
        own[name] = value
    if isinstance(own.get("base"), Distribution):
        own["base"] = rebuilt(own["base"], values, batch)
    own["_problem"] = many._check()  # noqa: SLF001 - as at construction
    return many


def _moves(value: Any) -> bool:
    """Whether something holds traced values."""
    if isinstance(value, list | tuple):
        return any(map(_moves, value))
    if isinstance(value, dict):
        return any(map(_moves, value.values()))
    if ad.is_traced(value):
        return True
    return hasattr(value, "__dict__") and any(map(_moves, vars(value).values()))

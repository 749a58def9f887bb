"""Parameters of distributions, declared in the class body.

`loc = parameter(real, default=0.0, aliases=("mu",))` says everything the constructor, the checks
and the documentation need to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

import ad
from ppl.constraints import Constraint

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.distributions.base import Distribution


class Parameter:
    """Descriptor of one parameter; made by `parameter`.

    Attributes
    ----------
    name : str
        Name of the attribute and of the argument.
    default : Any
        Value if not given; None if it must be given.
    aliases : tuple of str
        Other accepted argument names.
    keyword_only : bool
        Whether the argument must be named.
    event_dim : int
        How many trailing axes one value of it takes.
    group : str or None
        Exactly one parameter of a group is given; the others are derived from it.
    """

    name: str

    def __init__(
        self,
        constraint: Constraint | Callable[[Any], Constraint],
        *,
        default: float | None,
        aliases: tuple[str, ...],
        keyword_only: bool,
        group: str | None,
        derived: Callable[[Any], Any] | None,
    ) -> None:
        self._constraint = constraint
        self.default = default
        self.aliases = aliases
        self.keyword_only = keyword_only
        self.group = group
        self._derived = derived
        # A constraint that depends on other parameters is one on numbers.
        self.event_dim = constraint.event_dim if isinstance(constraint, Constraint) else 0

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Parameter: ...
    @overload
    def __get__(self, instance: Distribution, owner: type) -> Any: ...
    def __get__(self, instance: Distribution | None, owner: type) -> Any:
        if instance is None:
            return self
        values = vars(instance)
        if self.name not in values and self._derived is not None:
            with np.errstate(divide="ignore"):  # the logit of a probability of 0 is -inf
                values[self.name] = self._derived(instance)
        return values[self.name]

    def __set__(self, instance: Distribution, value: Any) -> None:
        raise AttributeError(
            f"{type(instance).__name__}: {self.name} must not change, got a new value. "
            f"Make another {type(instance).__name__}."
        )

    def constraint(self, instance: Distribution) -> Constraint:
        """Set the parameter lives in; it may depend on parameters before it."""
        if isinstance(self._constraint, Constraint):
            return self._constraint
        return self._constraint(instance)


def parameter(
    constraint: Constraint | Callable[[Any], Constraint],
    *,
    default: float | None = None,
    aliases: tuple[str, ...] = (),
    keyword_only: bool = False,
    group: str | None = None,
    derived: Callable[[Any], Any] | None = None,
) -> Parameter:
    """Declare a parameter; the order of declaration is the order of positional arguments.

    Parameters
    ----------
    constraint : Constraint, or callable of the distribution that returns one
        Where it must lie.
    default : float, optional
        Value if not given.
    aliases : tuple of str
        Other names it may be given by.
    keyword_only : bool
        For parameters whose order differs between systems.
    group : str, optional
        Alternatives (such as probs and logits) share a group: exactly one is given.
    derived : callable of the distribution, optional
        Value in terms of the other parameters of the group.
    """
    return Parameter(
        constraint,
        default=default,
        aliases=aliases,
        keyword_only=keyword_only,
        group=group,
        derived=derived,
    )


def convert(value: Any) -> Any:
    """Convert a parameter to what the formulas use: a traced value, or float64.

    Raises
    ------
    TypeError, ValueError
        If it is not numeric.
    """
    if ad.is_traced(value):
        return value.copy()  # the model may assign to its array later
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"an array of {array.dtype}")
    return array.astype(np.float64, copy=False)[()]

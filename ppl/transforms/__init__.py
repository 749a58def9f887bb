"""Maps from unconstrained numbers into constrained sets, one class a file.

Definitions are those of the Stan reference manual ("Constraint transforms"), so that a log
density and its gradient compare with Stan's at the same unconstrained point. `transform_for` is
the one place where a set gets its map.
"""

from collections.abc import Callable
from typing import Any

from ppl import constraints
from ppl.constraints import Constraint
from ppl.transforms.base import Transform
from ppl.transforms.exp import Exp
from ppl.transforms.identity import Identity
from ppl.transforms.interval import Interval
from ppl.transforms.lower import Lower
from ppl.transforms.upper import Upper

__all__ = ["Exp", "Identity", "Interval", "Lower", "Transform", "Upper", "transform_for"]

_MAPS: dict[type[Constraint], Callable[[Any], Transform]] = {
    constraints.Real: lambda _: Identity(),
    constraints.Positive: lambda _: Exp(),
    constraints.Nonnegative: lambda _: Exp(),
    constraints.GreaterThan: lambda c: Lower(c.low),
    constraints.AtLeast: lambda c: Lower(c.low),
    constraints.LessThan: lambda c: Upper(c.high),
    constraints.AtMost: lambda c: Upper(c.high),
    constraints.Interval: lambda c: Interval(c.low, c.high),
}


def transform_for(constraint: Constraint) -> Transform:
    """Make the map of the real line onto (the interior of) a set.

    Parameters
    ----------
    constraint : Constraint

    Returns
    -------
    Transform

    Raises
    ------
    NotImplementedError
        For a set without such a map, as countable ones are.

    Examples
    --------
    >>> transform_for(constraints.positive)
    Exp()
    """
    make = _MAPS.get(type(constraint))
    if make is None:
        raise NotImplementedError(
            f"transform_for: the set must have a smooth map from the real line, got values that "
            f"must be {constraint}."
        )
    return make(constraint)

"""The flat prior on any set."""

import inspect
from typing import Any

import numpy as np

from ppl.constraints import Constraint
from ppl.distributions.base import Distribution, Shape
from ppl.errors import show, where


class ImproperUniform(Distribution):
    """Log density 0 on a set.

    It is a prior, not a probability law: it is not normalised (on a bounded set neither), and
    cannot be drawn from. A Stan parameter without a prior has it: `simplex[4] p` is
    `ImproperUniform(constraints.simplex, event_shape=(4,))`.

    Parameters
    ----------
    support : Constraint
        Of `ppl.constraints`; its bounds may be traced.
    event_shape : tuple of int, default ()
        Shape of one value; by name. It may have more axes than the set needs: the values along
        those before are each in the set.
    batch_shape : tuple of int, default ()
        Shape of independent values; by name.

    Raises
    ------
    TypeError, ValueError
        If `support` is no constraint, or an event of that shape cannot be in it.

    Examples
    --------
    >>> from ppl.constraints import simplex
    >>> float(ImproperUniform(simplex, event_shape=(2,)).log_prob([0.25, 0.75]))
    0.0
    """

    def __init__(self, support: Any, *, event_shape: Any = (), batch_shape: Any = ()) -> None:
        if not isinstance(support, Constraint):
            raise TypeError(
                f"ImproperUniform: support must be a constraint, got {show(support)} {where()}. "
                "Give one of ppl.constraints, for example constraints.simplex."
            )
        self.support = support
        self._event_shape = _shape("event_shape", event_shape)
        if len(self._event_shape) < support.event_dim:
            raise ValueError(
                f"ImproperUniform: event_shape must have {support.event_dim} or more axes for "
                f"{support}, got {self._event_shape} {where()}. Give its sizes as a tuple."
            )
        super().__init__()
        self._batch_shape = _shape("batch_shape", batch_shape)

    @property
    def event_shape(self) -> Shape:
        """Shape of one value, as given."""
        return self._event_shape

    def _log_prob(self, value: Any) -> Any:
        shape = np.shape(value)
        return np.zeros(shape[: len(shape) - len(self._event_shape)])[()]

    def __repr__(self) -> str:
        return f"ImproperUniform({self.support}, event_shape={self._event_shape})"


def _shape(name: str, given: Any) -> Shape:
    sizes = (given,) if isinstance(given, int | np.integer) else given
    valid = isinstance(sizes, tuple | list) and all(
        isinstance(n, int | np.integer) and not isinstance(n, bool) and n >= 0 for n in sizes
    )
    if not valid:
        raise ValueError(
            f"ImproperUniform: {name} must be a tuple of sizes, got {show(given)} {where()}."
        )
    return tuple(int(n) for n in sizes)


ImproperUniform.__signature__ = inspect.signature(  # type: ignore[attr-defined] # for inspect
    ImproperUniform.__init__
).replace(parameters=list(inspect.signature(ImproperUniform.__init__).parameters.values())[1:])

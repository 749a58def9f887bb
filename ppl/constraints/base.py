"""What every set has."""

from typing import Any

import numpy as np

import ad

Index = tuple[int, ...]
Shape = tuple[int, ...]


class Constraint:
    """A set of values; its text follows "must be" in a message.

    Attributes
    ----------
    event_dim : int
        How many trailing axes one value takes: 0 for numbers.
    discrete : bool
        Whether the set is countable.
    """

    event_dim = 0
    discrete = False

    def contains(self, value: Any) -> Any:
        """Say which values lie in the set.

        Parameters
        ----------
        value : array, shape (...)

        Returns
        -------
        bool or array of bool, shape (...)
            False for NaN and for infinities.
        """
        return self._contains(value)

    def check(self, value: Any) -> Index | None:
        """Find the first value that is not in the set.

        Parameters
        ----------
        value : array, shape (...)
            Plain numbers, not traced.

        Returns
        -------
        tuple of int or None
            Its index along the axes before those of one value, `()` for one value; None if all
            values are in the set.

        Examples
        --------
        >>> from ppl.constraints import positive
        >>> positive.check(np.array([1.0, -2.0, 3.0]))
        (1,)
        """
        inside = np.asarray(self._contains(value))
        if inside.all():
            return None
        return tuple(int(i) for i in np.argwhere(~inside)[0])

    def interior(self, event_shape: Shape = ()) -> Any:
        """Return some value well inside, which can stand in for values outside.

        Parameters
        ----------
        event_shape : tuple of int
            Shape of one value, where it is not a number.
        """
        return self._interior(event_shape)

    def clip(self, value: Any) -> Any:
        """Return the nearest value of the closed set that is not greater, or the lowest one."""
        return self._clip(value)

    def lowest(self) -> Any:
        """Return the lower end of the set."""
        return self._lowest()

    def _contains(self, value: Any) -> Any:
        raise NotImplementedError

    def _interior(self, _event_shape: Shape) -> Any:
        raise NotImplementedError

    def _clip(self, value: Any) -> Any:
        return value

    def _lowest(self) -> Any:
        return -np.inf


def number(bound: Any) -> str:
    """Show a bound in a message; an array of bounds by its shape."""
    value = ad.value_of(bound)
    return f"{value:g}" if np.ndim(value) == 0 else f"a bound of shape {np.shape(value)}"

"""Building arrays of traced values, where NumPy's own constructors cannot dispatch."""

from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.inplace import constant_array
from ad.interface.joining import stack
from ad.tape import innermost
from ad.traced import is_traced


def array(values: Any) -> Any:
    """Array of nested lists of numbers, arrays and traced values.

    Parameters
    ----------
    values : nested sequences
        Rectangular, as for `np.array`.

    Returns
    -------
    array
        While a function is being traced, a traced one, which may be assigned to; else plain.

    Raises
    ------
    ShapeError
        If the lists are ragged.

    Examples
    --------
    >>> import numpy as np, ad
    >>> ad.grad(lambda x: np.sum(ad.array([x[0], 2.0 * x[1]])))(np.ones(2)).tolist()
    [1.0, 2.0]
    """
    made = nested(values)
    if is_traced(made):
        return made.copy()
    tape = innermost()
    return made if tape is None else constant_array(tape, made)


def nested(values: Any) -> Any:
    """Nested lists as one array, traced only where one of the values is."""
    if is_traced(values):
        return values
    if not isinstance(values, list | tuple):
        return np.array(values, dtype=float)
    parts = [nested(value) for value in values]
    shapes = {np.shape(part) for part in parts}
    if len(shapes) > 1:
        raise ShapeError(
            f"ad.array: all rows must have one shape, got {sorted(shapes)} ({user_line()})."
        )
    if not any(is_traced(part) for part in parts):
        return np.array(parts, dtype=float)
    return stack(parts)

"""Loops run step by step as Python runs them, so that each operation has a line of its own.

That is what `ad.find_nan` needs: it names the line in a loop's body where a value, or a derivative,
stops being finite, and a body that is traced once has no values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.containers import flatten
from ad.loops.tracing import Leaves, leaves
from ad.tape import innermost
from ad.traced import value_of

if TYPE_CHECKING:
    from collections.abc import Callable


def wanted() -> bool:
    """Whether what records now wants loops written out."""
    tape = innermost()
    return tape is not None and tape.spelled


def scan(
    function: Callable[[Any, Any], tuple[Any, Any]],
    carry: Leaves,
    rows: Leaves | None,
    steps: int,
    reverse: bool,
) -> tuple[Any, Any]:
    """`ad.scan` of at least one step."""
    state, results = carry.rebuild(carry.values), []
    for t in reversed(range(steps)) if reverse else range(steps):
        row = None if rows is None else rows.rebuild([value[t] for value in rows.values])
        state, result = function(state, row)
        results.append(result)
    if results[0] is None:
        return state, None
    if reverse:
        results.reverse()
    form = flatten(results[0])[1]
    columns = zip(*(leaves("ad.scan", result).values for result in results), strict=True)
    return state, form.build([np.stack(column) for column in columns])


def while_loop(
    condition: Callable[[Any], Any], function: Callable[[Any], Any], carry: Leaves
) -> Any:
    """`ad.while_loop`."""
    state = carry.rebuild(carry.values)
    while np.any(value_of(condition(state))):
        state = function(state)
    return state

"""`ad.scan`: a function applied step after step, traced once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ad import callsite
from ad.errors import ShapeError, TraceError
from ad.loops import spelled
from ad.loops.body import closed
from ad.loops.checkpoint import checkpoint as again
from ad.loops.scan import pieces
from ad.loops.scan import scan as scan_op
from ad.loops.tracing import Leaves, check_carry, leaves, point_of, trace
from ad.traced import stand_in_of

if TYPE_CHECKING:
    from collections.abc import Callable


def scan(
    function: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    *,
    checkpoint: bool | int = False,
) -> tuple[Any, Any]:
    """Apply a function step after step, carrying values along.

    The function is traced once, whatever the number of steps, and runs as a native loop; work that
    is not part of its recurrence is done for all steps at once.

    Parameters
    ----------
    function : callable
        ``function(carry, x) -> (carry, y)``, for one step. It must not branch on traced values.
    init : array or container of arrays
        What is carried into the first step; containers are tuples, lists and dicts.
    xs : array or container of arrays, optional
        Each step is given one entry along their first axes; None where there are none.
    length : int, optional
        Number of steps; needed where `xs` is None.
    reverse : bool
        Whether to go from the last entry to the first. Results keep the order of `xs`.
    checkpoint : bool or int
        Whether a reverse sweep keeps few of the carries and computes the others again: a number of
        levels L keeps at most 2 L (T^(1/L) + 1) of the T carries and computes each step L times
        instead of once. True takes levels of about 32 steps, so that memory grows as log T: three
        levels for T = 100,000, which keep 0.2 % of the carries.

    Returns
    -------
    carry : as `init`
        After the last step.
    ys : as the second value of `function`
        Stacked along a new first axis.

    Raises
    ------
    ShapeError
        If the first axes of `xs` differ, or a step changes the form or the shapes of the carry.
    GuardError
        If the function branches on a traced value.

    Examples
    --------
    >>> import numpy as np, ad
    >>> def ends(rate):
    ...     level, levels = ad.scan(lambda c, x: (rate * c + x, c), 1.0, np.array([1.0, 2.0]))
    ...     return level + np.sum(levels)
    >>> float(ends(0.5)), float(ad.grad(ends)(0.5))
    (5.25, 3.0)
    """
    carry, rows = leaves("ad.scan", init), leaves("ad.scan", () if xs is None else xs)
    steps = _steps(rows, length)
    if steps and spelled.wanted():
        return spelled.scan(function, carry, None if xs is None else rows, steps, reverse)
    levels = _levels(checkpoint, steps)
    if levels > 1:
        return _in_blocks(function, init, xs, rows, steps, reverse, levels)

    def call(step: Callable[..., Any], inputs: list[Any]) -> Any:
        count = len(carry.values)
        row = None if xs is None else rows.rebuild(inputs[count:])
        result = step(carry.rebuild(inputs[:count]), row)
        if not isinstance(result, tuple) or len(result) != 2:
            raise ShapeError(
                f"ad.scan: the function must return (carry, y), got {type(result).__name__} "
                f"({callsite.user_line()}). Return (carry, None) where there is no result."
            )
        return {"carry": result[0], "y": () if result[1] is None else result[1]}

    first = [_first(value) for value in rows.values]
    points = [*(point_of(value) for value in carry.values), *first]
    traced = trace("ad.scan", function, points, call)
    check_carry("ad.scan", carry, traced)
    body, arrays = closed(traced.inputs, traced.outputs)
    count = len(carry.values)
    flat = scan_op(
        *carry.values,
        *rows.values,
        *traced.captured,
        *arrays,
        body=body,
        length=steps,
        carries=count,
        sequences=len(rows.values),
        reverse=bool(reverse),
        core=False,
    )
    where = pieces(body, steps, count)
    parts = [piece.of(flat) for piece in (*where.finals, *where.results)]
    result = traced.result.rebuild(parts)["y"]
    return carry.rebuild(parts[:count]), None if len(parts) == count else result


def _levels(checkpoint: bool | int, steps: int) -> int:
    """Levels of checkpoints for a number of steps."""
    if checkpoint is True:
        return max(1, round(math.log(max(steps, 1), 32)))
    if not isinstance(checkpoint, int | np.integer) or checkpoint < 0:  # type: ignore[redundant-expr] # users pass anything
        raise TraceError(
            f"ad.scan: checkpoint must be True, False or a number of levels, got {checkpoint!r} "
            f"({callsite.user_line()})."
        )
    return min(int(checkpoint), max(1, int(math.log2(max(steps, 1)))))


def _in_blocks(  # noqa: PLR0917 - as `scan`
    function: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any,
    rows: Leaves,
    steps: int,
    reverse: bool,
    levels: int,
) -> tuple[Any, Any]:
    """A scan over blocks of steps, each a checkpoint; what does not fill a block comes last."""
    blocks = max(1, round(steps ** (1.0 / levels)))
    inner = steps // blocks
    rest = steps - blocks * inner  # fewer than there are blocks

    def part(start: int, stop: int) -> Any:
        return None if xs is None else rows.rebuild([value[start:stop] for value in rows.values])

    def stacked(start: int) -> Any:
        if xs is None:
            return None
        whole = [value[start : start + blocks * inner] for value in rows.values]
        return rows.rebuild(
            [np.reshape(value, (blocks, inner, *np.shape(value)[1:])) for value in whole]
        )

    def steps_of_block(carry: Any, block: Any) -> tuple[Any, Any]:
        return scan(function, carry, block, inner, reverse, checkpoint=levels - 1)

    start = rest if reverse else 0  # of the blocks
    carry, ys = scan(again(steps_of_block), init, stacked(start), blocks, reverse)
    if ys is not None:
        ys = _map(lambda y: np.reshape(y, (blocks * inner, *y.shape[2:])), ys)
    if rest:
        more = part(0, rest) if reverse else part(steps - rest, steps)
        carry, last = scan(function, carry, more, rest, reverse)
        if ys is not None:
            pair = (last, ys) if reverse else (ys, last)
            ys = _map(lambda *both: np.concatenate(both), *pair)
    return carry, ys


def _map(change: Callable[..., Any], *containers: Any) -> Any:
    """A function of the corresponding leaves of containers of one form."""
    parts = [leaves("ad.scan", container) for container in containers]
    return parts[0].rebuild(list(map(change, *(each.values for each in parts))))


def _first(value: Any) -> Any:
    plain = np.asarray(stand_in_of(value))
    return plain[0] if len(plain) else np.zeros(plain.shape[1:])


def _steps(rows: Leaves, length: int | None) -> int:
    """Number of steps, by the rows or as told."""
    for value in rows.values:
        if not np.shape(stand_in_of(value)):
            raise ShapeError(
                f"ad.scan: xs must have a first axis to go along, got a number "
                f"({callsite.user_line()}). Leave what is the same for all steps out of xs."
            )
    sizes = {len(stand_in_of(value)) for value in rows.values}
    if length is not None:
        if not isinstance(length, int | np.integer) or length < 0:  # type: ignore[redundant-expr] # users pass anything
            raise ValueError(
                f"ad.scan: length must be a whole number from 0, got {length!r} "
                f"({callsite.user_line()})."
            )
        sizes.add(int(length))
    if len(sizes) != 1:
        raise ShapeError(
            f"ad.scan: xs and length must give one number of steps, got {sorted(sizes)} "
            f"({callsite.user_line()})."
        )
    return sizes.pop()

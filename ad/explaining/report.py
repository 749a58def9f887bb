"""`ad.explain`: what a function does, what it costs, and what holds it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad import derive
from ad.callsite import user_line
from ad.compiled import Paths
from ad.errors import ShapeError, TraceError
from ad.explaining.counts import total
from ad.explaining.limits import Limits, limits, native_call, timed
from ad.explaining.loops import Part, parts
from ad.explaining.trace import Line, evaluation_trace, shown
from ad.graph import reachable
from ad.linear import Linear

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_LINES = 40


class Explanation(NamedTuple):
    """What `ad.explain` found; printing it shows all.

    Attributes
    ----------
    trace : list of Line
        ``name``, ``expression``, ``value``, ``tangent`` and ``adjoint`` of every intermediate
        value, in order of evaluation.
    primal, gradient : int
        Operations of the value, and of value and gradient together.
    loops : list of Part
        What the compiled code does: ``what``, ``size``, ``arithmetic`` and ``transcendental``
        operations, ``bytes`` moved.
    data_bytes, workspace_bytes : int
        Memory the compiled code reads, and needs for itself.
    measured, limit : float
        Time of one evaluation of the compiled code, and the least the machine could take for
        its operations and bytes, in nanoseconds; nan without compiled code.
    limits : Limits or None
        The machine's measured rates.
    """

    trace: list[Line]
    primal: int
    gradient: int
    loops: list[Part]
    data_bytes: int
    workspace_bytes: int
    measured: float
    limit: float
    limits: Limits | None

    def __str__(self) -> str:
        return "\n".join([*self._trace_lines(), *self._count_lines(), *self._loop_lines()])

    def _trace_lines(self) -> list[str]:
        if not self.trace:
            return []
        tangents = any(line.tangent is not None for line in self.trace)
        heads = ["", "expression", "value", *(["tangent"] if tangents else []), "adjoint"]
        rows = [
            [
                line.name,
                line.expression,
                shown(line.value),
                *([shown(line.tangent)] if tangents else []),
                shown(line.adjoint),
            ]
            for line in self.trace[:MOST_LINES]
        ]
        left = len(self.trace) - MOST_LINES
        more = [f"... and {left} more"] if left > 0 else []
        return ["Evaluation trace", *_table(heads, rows), *more, ""]

    def _count_lines(self) -> list[str]:
        text = f"Operations: value {self.primal:,}"
        if self.gradient:
            text += f"; with gradient {self.gradient:,}"
        if self.gradient and self.primal:
            text += f" ({self.gradient / self.primal:.2f} times)"
        lines = [text]
        if self.loops:
            lines.append(
                f"Memory: data {self.data_bytes:,} bytes, workspace {self.workspace_bytes:,} bytes"
            )
        return lines

    def _loop_lines(self) -> list[str]:
        if self.limits is None:
            return []
        heads = ["", "elements", "operations", "of them exp, log, ...", "bytes", "limit (us)"]
        rows = [
            [
                part.what,
                f"{part.size:,}",
                f"{part.arithmetic + part.transcendental:,}",
                f"{part.transcendental:,}",
                f"{part.bytes:,}",
                f"{part.limit(self.limits) / 1e3:.3g}",
            ]
            for part in self.loops
        ]
        rates = self.limits
        return [
            "",
            "Compiled code",
            *_table(heads, rows),
            *self._waiting_lines(rates),
            (
                f"One evaluation: {self.measured / 1e3:.3g} us; the machine's limit "
                f"{self.limit / 1e3:.3g} us (an operation {rates.arithmetic:.2g} ns, exp and its "
                f"like {rates.transcendental:.2g} ns, a byte {rates.byte:.2g} ns)"
            ),
        ]

    def _waiting_lines(self, rates: Limits) -> list[str]:
        """Loops that take as long as they do because their steps wait for each other."""
        held_up = [
            part
            for part in self.loops
            if part.cycles and part.waiting(rates) >= part.limit(rates)  # of all, the longest
        ]
        if not held_up:
            return []
        cycles = sum(part.cycles for part in held_up)
        waiting = sum(part.waiting(rates) for part in held_up)
        return [
            (
                f"Steps that wait for the step before: {cycles:,.0f} cycles in all "
                f"({rates.cycle:.2g} ns each), {waiting / 1e3:.3g} us, longer than their "
                "operations and bytes take"
            )
        ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of text: the first two to the left where they are words, numbers to the right."""
    every = [heads, *rows]
    widths = [min(60, max(len(row[column]) for row in every)) for column in range(len(heads))]
    words = 2 if heads[1] == "expression" else 1
    return [
        "  "
        + "  ".join(
            text[:width].ljust(width) if column < words else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in every
    ]


def explain(target: Any, *points: Any, tangents: Sequence[Any] | None = None) -> Explanation:
    """Show what a function does and what it costs.

    Parameters
    ----------
    target : callable, CompiledDensity or Posterior
        A function of arrays, or a compiled density.
    *points : array
        Where a function is evaluated: one per argument. A compiled density takes at most one,
        where it is timed.
    tangents : sequence of array, optional
        Directions, one per argument, whose tangents the trace shall show.

    Returns
    -------
    Explanation
        For a function: its evaluation trace (values, tangents, adjoints) and the operations of the
        value and of the gradient. For compiled code: its loops, what each computes and moves, and
        its time against the least the machine could take, from rates measured here and now.

    Raises
    ------
    TraceError, ShapeError
        If points are missing or do not fit.

    Examples
    --------
    The running example of Baydin, Pearlmutter, Radul and Siskind (2018), tables 2 and 3:

    >>> import numpy as np, ad
    >>> def f(x1, x2):
    ...     return np.log(x1) + x1 * x2 - np.sin(x2)
    >>> print(ad.explain(f, 2.0, 5.0))
    Evaluation trace
          expression      value  adjoint
      x0  argument            2      5.5
      x1  argument            5  1.71634
      v1  log(x0)      0.693147        1
      v2  x0 * x1            10        1
      v3  v1 + v2       10.6931        1
      v4  sin(x1)     -0.958924       -1
      v5  v3 - v4       11.6521        1
    <BLANKLINE>
    Operations: value 5; with gradient 9 (1.80 times)
    """
    paths = _paths_of(target)
    if paths is not None:
        return _compiled(paths, points)
    if not callable(target):
        raise TraceError(
            f"ad.explain: the target must be a function or a compiled density, got "
            f"{type(target).__name__} ({user_line()})."
        )
    return _function(target, points, tangents)


def _paths_of(target: Any) -> Paths | None:
    """Compiled code behind a density, a posterior or a compiled function of one shape."""
    found = getattr(target, "compiled_paths", None)
    return found if isinstance(found, Paths) else None


def _function(
    function: Callable[..., Any], points: Sequence[Any], tangents: Sequence[Any] | None
) -> Explanation:
    if not points:
        raise TraceError(
            f"ad.explain: a function must be given the point to evaluate it at, got none "
            f"({user_line()}). Write ad.explain(f, x)."
        )
    if tangents is not None and [np.shape(t) for t in tangents] != [np.shape(p) for p in points]:
        raise ShapeError(
            "ad.explain: tangents must have the shapes of the points "
            f"{[np.shape(p) for p in points]}, got {[np.shape(t) for t in tangents]} "
            f"({user_line()})."
        )
    linear = Linear(function, points, range(len(points)))
    primal, gradient = total(reachable([linear.result])), 0
    if linear.result.shape == ():
        one = linear.graph.literal(1.0)
        slopes = derive.pullback([linear.result], [one], linear.inputs)
        gradient = total(reachable([linear.result, *slopes]))
    lines = evaluation_trace(linear.result, linear.leaves, linear.values, tangents)
    return Explanation(lines, primal, gradient, [], 0, 0, np.nan, np.nan, None)


def _compiled(paths: Paths, points: Sequence[Any]) -> Explanation:
    x = np.asarray(points[0], dtype=float) if points else paths.start
    if x.shape != (paths.dimension,):
        raise ShapeError(
            f"ad.explain: the point must have shape ({paths.dimension},), got {x.shape} "
            f"({user_line()})."
        )
    path = paths.paths[0]
    found = parts(path.program().schedule)
    slopes = [] if path.gradient is None else [path.gradient]
    data = sum(array.nbytes for array in path.bound.arrays)
    rates = limits(data + path.bound.workspace_bytes)
    return Explanation(
        [],
        total(reachable(path.outputs)),
        total(reachable([*path.outputs, *slopes])) if slopes else 0,
        found,
        data,
        path.bound.workspace_bytes,
        timed(native_call(paths, x)),
        sum(part.limit(rates) for part in found),
        rates,
    )

"""Colourings: which columns of a sparse derivative can be computed together.

Columns of a Jacobian that have no row in common can be summed and still be told apart. So columns
are coloured such that two of the same colour never meet in a row. A symmetric Hessian offers every
entry twice, which allows more to be summed: a star colouring (neighbours differ, and every path on
four vertices has three colours) leaves each entry readable from one of its two places. Rows or
columns that are nearly full would force as many colours; they get a sweep each instead.

Source: Gebremedhin, Manne and Pothen (2005), "What color is your Jacobian?", SIAM Review 47(4),
algorithms 3.1 and 4.1.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.sparsity import Pattern

Array = npt.NDArray[Any]
Colours = npt.NDArray[np.int64]  # a colour from 0 for each vertex
Neighbours = Sequence[Sequence[int]]


def dense_rows(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows worth a sweep each: with them apart, the fullest row left bounds the colours below."""
    order = np.argsort(-counts, kind="stable")
    left = np.append(counts[order], 0)
    cost = np.arange(len(left)) + left
    return np.sort(order[: int(np.argmin(cost))])


def colour_columns(pattern: Pattern) -> Colours:
    """Colours of columns such that no row has two entries of one colour."""
    wide = pattern.astype(np.int32)  # a column may meet another in more than 127 rows
    return _fewest(_neighbours((wide.T @ wide).tocsr()), _distinct)


def colour_symmetric(pattern: Pattern) -> Colours:
    """Star colouring of the vertices of a symmetric pattern; full rows have their own colours."""
    counts = np.diff(pattern.indptr)
    hubs = dense_rows(counts)
    rest = np.setdiff1d(np.arange(pattern.shape[0]), hubs)
    colours = np.empty(pattern.shape[0], np.int64)
    colours[rest] = _fewest(_neighbours(pattern[rest][:, rest].tocsr()), _star)
    colours[hubs] = colours[rest].max(initial=-1) + 1 + np.arange(len(hubs))
    return colours


def _neighbours(graph: Any) -> Neighbours:
    starts, ends = graph.indptr[:-1].tolist(), graph.indptr[1:].tolist()
    entries = graph.indices.tolist()
    return [
        [other for other in entries[start:end] if other != vertex]
        for vertex, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _fewest(
    neighbours: Neighbours, forbidden: Callable[[Neighbours, list[int], int], set[int]]
) -> Colours:
    """Greedy colouring, in the given order and by falling degree: the one with fewer colours."""
    given = list(range(len(neighbours)))
    by_degree = sorted(given, key=lambda vertex: -len(neighbours[vertex]))
    best: Colours | None = None
    for order in (given, by_degree):
        colours = [-1] * len(neighbours)
        for vertex in order:
            taken = forbidden(neighbours, colours, vertex)
            colour = 0
            while colour in taken:
                colour += 1
            colours[vertex] = colour
        found = np.array(colours, np.int64)
        if best is None or found.max(initial=-1) < best.max(initial=-1):
            best = found
    assert best is not None
    return best


def _distinct(neighbours: Neighbours, colours: list[int], vertex: int) -> set[int]:
    return {colours[other] for other in neighbours[vertex]}


def _star(neighbours: Neighbours, colours: list[int], vertex: int) -> set[int]:
    taken = set()
    for near in neighbours[vertex]:
        own = colours[near]
        taken.add(own)
        for far in neighbours[near]:
            colour = colours[far]
            if far == vertex or colour < 0 or colour in taken:
                continue
            # vertex - near - far - other with two colours, or one that near's could still make.
            if own < 0 or any(colours[o] == own for o in neighbours[far] if o != near):
                taken.add(colour)
    return taken


def coordinates(found: Pattern) -> tuple[Array, Array]:
    """Row and column of every entry, row by row."""
    rows = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    return rows, found.indices.astype(np.int64)


def alone(found: Pattern, colours: Array, rows: Array, columns: Array) -> Array:
    """Whether no other entry of the row has the column's colour."""
    all_rows, all_columns = coordinates(found)
    count = int(colours.max(initial=-1)) + 1
    cells, times = np.unique(all_rows * count + colours[all_columns], return_counts=True)
    asked = np.searchsorted(cells, rows * count + colours[columns])
    once: Array = times[asked] == 1
    return once


class Plan:
    """Full rows of a pattern by themselves, the columns of the rest together by colour.

    Attributes
    ----------
    alone : array, shape (full rows, rows)
        A unit vector for each full row.
    is_alone, position : array, shape (rows,)
        Which rows these are, and which of them.
    directions : array, shape (colours, columns)
        For each colour the sum of its columns' unit vectors.
    colours : array, shape (columns,)
    sweeps : int
        All directions together.
    """

    def __init__(self, found: Pattern) -> None:
        rows, columns = found.shape
        alone = dense_rows(np.diff(found.indptr))
        rest = found[np.setdiff1d(np.arange(rows), alone)]
        colours = colour_columns(rest) if rest.nnz else np.zeros(columns, np.int64)
        count = int(colours.max(initial=-1)) + 1 if rest.nnz else 0
        if len(alone) + count > rows:  # greedy colours may be more than were hoped for
            alone, count = np.arange(rows), 0
        if len(alone) + count > columns:
            alone, colours, count = alone[:0], np.arange(columns), columns
        self.is_alone = np.zeros(rows, np.bool_)
        self.is_alone[alone] = True
        self.position = np.zeros(rows, np.int64)
        self.position[alone] = np.arange(len(alone))
        self.alone = np.zeros((len(alone), rows))
        self.alone[np.arange(len(alone)), alone] = 1.0
        self.colours = colours
        self.directions = np.zeros((count, columns))
        if count:
            self.directions[colours, np.arange(columns)] = 1.0
        self.sweeps = len(alone) + count


__all__ = ["Plan", "alone", "colour_columns", "colour_symmetric", "coordinates", "dense_rows"]

"""Graphs given by adjacency matrices, for laws of fields on them."""

from __future__ import annotations

from typing import Any

import numpy as np

import ad
from ppl.errors import show, where


class Graph:
    """A symmetric matrix of nonnegative weights between places.

    Attributes
    ----------
    size : int
        Number of places.
    rows, columns, weights : array, shape (number of edges,)
        Each edge once.
    degrees : array, shape (size,)
        Sums of the weights of each place.
    """

    def __init__(self, who: str, adjacency: Any) -> None:
        if hasattr(adjacency, "tocoo"):
            entries = adjacency.tocoo()
            shape, values = entries.shape, np.asarray(entries.data, dtype=float)
            rows, columns = np.asarray(entries.row), np.asarray(entries.col)
        else:
            dense = _numbers(who, adjacency)
            shape = dense.shape
            rows, columns = np.nonzero(dense) if dense.ndim == 2 else (np.zeros(0, int),) * 2
            values = dense[rows, columns] if dense.ndim == 2 else np.zeros(0)
        if len(shape) != 2 or shape[0] != shape[1] or not shape[0]:
            raise ValueError(
                f"{who}: adjacency must be a square matrix, got shape {shape} {where()}."
            )
        self.size = int(shape[0])
        forward = {(int(i), int(j)): v for i, j, v in zip(rows, columns, values, strict=True)}
        for (i, j), v in forward.items():
            if i == j or v < 0.0 or forward.get((j, i)) != v:
                raise ValueError(
                    f"{who}: adjacency must be symmetric and nonnegative with zeros on the "
                    f"diagonal, got {show(v)} at index {(i, j)} {where()}."
                )
        upper = rows < columns
        self.rows, self.columns, self.weights = rows[upper], columns[upper], values[upper]
        self.degrees = np.bincount(rows, weights=values, minlength=self.size).astype(float)

    def matrix(self) -> Any:
        """The dense adjacency matrix."""
        result = np.zeros((self.size, self.size))
        result[self.rows, self.columns] = self.weights
        return result + result.T

    def laplacian(self) -> Any:
        """Degrees on the diagonal less the adjacency matrix."""
        return np.diag(self.degrees) - self.matrix()

    def connected(self) -> bool:
        """Whether there is a path between each two places."""
        seen, waiting = {0}, [0]
        neighbours: dict[int, list[int]] = {}
        for i, j in zip(self.rows.tolist(), self.columns.tolist(), strict=True):
            neighbours.setdefault(i, []).append(j)
            neighbours.setdefault(j, []).append(i)
        while waiting:
            new = [j for j in neighbours.get(waiting.pop(), []) if j not in seen]
            seen.update(new)
            waiting.extend(new)
        return len(seen) == self.size

    def normalised_eigenvalues(self) -> Any:
        """Eigenvalues of D^-1/2 W D^-1/2, W the adjacency and D the degrees: from -1 to 1."""
        root = np.sqrt(self.degrees)
        return np.linalg.eigvalsh(self.matrix() / root[:, None] / root)


def _numbers(who: str, adjacency: Any) -> Any:
    try:
        return np.asarray(adjacency, dtype=float)
    except (TypeError, ValueError):  # a traced value too
        raise TypeError(
            f"{who}: adjacency must be a matrix of numbers, dense or sparse, got "
            f"{show(ad.value_of(adjacency))} {where()}. It does not depend on parameters."
        ) from None


def bym2_scaling_factor(adjacency: Any) -> float:
    """Geometric mean of the standard deviations of an intrinsic autoregression on a graph.

    Dividing a field with the law `ICAR` by it makes its scale a typical standard deviation,
    whatever the graph: the BYM2 model's structured part.

    Parameters
    ----------
    adjacency : array or sparse matrix, shape (n, n)
        Of a connected graph.

    Returns
    -------
    float
        The square root of the geometric mean of the diagonal of the Laplacian's pseudo-inverse.

    Raises
    ------
    ValueError
        If the matrix is not the adjacency of a connected graph.

    Notes
    -----
    Riebler, Sorbye, Simpson and Rue (2016), "An intuitive Bayesian spatial model for disease
    mapping that accounts for scaling".

    Examples
    --------
    >>> round(bym2_scaling_factor([[0, 1], [1, 0]]), 12)
    0.5
    """
    graph = Graph("bym2_scaling_factor", adjacency)
    require_connected("bym2_scaling_factor", graph)
    # On vectors with sum 0 the pseudo-inverse is the inverse after adding the constants' space.
    n = graph.size
    inverse = np.linalg.inv(graph.laplacian() + np.full((n, n), 1.0 / n)) - 1.0 / n
    return float(np.exp(0.5 * np.mean(np.log(np.diagonal(inverse)))))


def require_connected(who: str, graph: Graph) -> None:
    """Raise ValueError for a graph in several parts."""
    if not graph.connected():
        raise ValueError(
            f"{who}: adjacency must be that of a connected graph, got one in parts {where()}. "
            "Give each part its own field."
        )

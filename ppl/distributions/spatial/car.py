"""The conditional autoregression."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ppl.constraints import interval, positive, real_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw
from ppl.distributions.gaussian import solved
from ppl.distributions.graphs import Graph
from ppl.distributions.parameter import parameter
from ppl.errors import where
from ppl.numerics import HALF_LOG_2PI


class CAR(EventLaw):
    """Normal law of a field on a graph with precision matrix tau (D - alpha W).

    W is the adjacency matrix and D the diagonal matrix of its row sums: given the others a value
    has the mean loc + alpha times the weighted mean of its neighbours' deviations.

    Parameters
    ----------
    loc : array, shape (..., n), default 0
        Mean; also `mu`.
    correlation : array, shape (...)
        alpha, from -1 to 1, by name; also `alpha`.
    conditional_precision : array, shape (...)
        tau, positive, by name; also `tau`.
    adjacency : array or sparse matrix, shape (n, n)
        Symmetric, nonnegative, zero on the diagonal, each place with a neighbour; by name. Data:
        it does not depend on parameters.

    Notes
    -----
    Jin, Carlin and Banerjee (2005), "Generalized hierarchical multivariate CAR models for areal
    data". The determinant is a sum over the eigenvalues of D^-1/2 W D^-1/2, found once.

    Examples
    --------
    >>> law = CAR(0.0, correlation=0.0, conditional_precision=4.0, adjacency=[[0, 1], [1, 0]])
    >>> law.covariance.tolist()
    [[0.25, 0.0], [0.0, 0.25]]
    """

    loc = parameter(real_vector, default=0.0, aliases=("mu",))
    correlation = parameter(interval(-1.0, 1.0), keyword_only=True, aliases=("alpha",))
    conditional_precision = parameter(positive, keyword_only=True, aliases=("tau",))
    options: ClassVar[Mapping[str, Any]] = {"adjacency": REQUIRED}
    axes: ClassVar[Mapping[str, str]] = {"loc": "n"}
    event = "n"
    stretched = ("loc",)
    support = real_vector
    _adjacency: Graph

    def _option(self, _name: str, value: Any) -> Any:
        graph = Graph("CAR", value)
        if np.any(graph.degrees == 0.0):
            place = int(np.argmin(graph.degrees))
            raise ValueError(
                f"CAR: each place must have a neighbour, got none at index ({place},) {where()}. "
                "Leave it out of the graph."
            )
        self._eigenvalues = graph.normalised_eigenvalues()
        return graph

    def _measure(self) -> Any:
        self._sizes["n"] = self._adjacency.size
        return super()._measure()

    def _log_prob(self, value: Any) -> Any:
        graph = self._adjacency
        centred = value - self.loc
        own = np.sum(graph.degrees * centred * centred, axis=-1)
        pairs = centred[..., graph.rows] * centred[..., graph.columns] * graph.weights
        square = own - 2.0 * self.correlation * np.sum(pairs, axis=-1)
        constant = self._half_log_det() - graph.size * HALF_LOG_2PI
        return constant - 0.5 * self.conditional_precision * square

    def _half_log_det(self) -> Any:
        """Half the log determinant of the precision matrix."""
        graph = self._adjacency
        spectrum = np.log1p(-self.correlation[..., None] * self._eigenvalues)
        log_det = np.sum(spectrum, axis=-1) + np.sum(np.log(graph.degrees))
        return 0.5 * (graph.size * np.log(self.conditional_precision) + log_det)

    def _precision(self) -> Any:
        graph = self._adjacency
        matrix = np.diag(graph.degrees) - self.correlation[..., None, None] * graph.matrix()
        return self.conditional_precision[..., None, None] * matrix

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        white = rng.standard_normal((*shape, self._adjacency.size))
        return self.loc + solved(np.linalg.cholesky(self._precision()), white, transposed=True)

    def _mean(self) -> Any:
        return self.loc

    def _covariance(self) -> Any:
        return np.linalg.inv(self._precision())

    def _variance(self) -> Any:
        return np.diagonal(self._covariance(), axis1=-2, axis2=-1)

    def _entropy(self) -> Any:
        return self._adjacency.size * (HALF_LOG_2PI + 0.5) - self._half_log_det()

"""The intrinsic conditional autoregression."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ppl.constraints import positive, zero_sum
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw
from ppl.distributions.graphs import Graph, require_connected
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI


class ICAR(EventLaw):
    """Normal law of a field with sum 0 whose differences between neighbours are small.

    The density is proportional to exp(-sum over edges of w (x[i] - x[j])^2 / (2 scale^2)) on the
    vectors with sum 0, and normalised there: with respect to orthonormal coordinates.

    Parameters
    ----------
    scale : array, shape (...), default 1
        Positive; also `sigma`.
    adjacency : array or sparse matrix, shape (n, n)
        Of a connected graph: symmetric, nonnegative, zero on the diagonal; by name. Data: it does
        not depend on parameters.

    Notes
    -----
    Besag, York and Mollie (1991), "Bayesian image restoration, with two applications in spatial
    statistics". `ppl.bym2_scaling_factor` gives the scale of BYM2.

    Examples
    --------
    >>> ICAR(1.0, adjacency=[[0, 1], [1, 0]]).variance.round(12).tolist()
    [0.25, 0.25]
    """

    scale = parameter(positive, default=1.0, aliases=("sigma",))
    options: ClassVar[Mapping[str, Any]] = {"adjacency": REQUIRED}
    support = zero_sum
    _adjacency: Graph

    def _option(self, _name: str, value: Any) -> Any:
        graph = Graph("ICAR", value)
        require_connected("ICAR", graph)
        n = graph.size
        # The constants' direction is given the eigenvalue 1; on the others nothing changes.
        self._lifted = graph.laplacian() + np.full((n, n), 1.0 / n)
        self._log_det = float(np.linalg.slogdet(self._lifted)[1])
        return graph

    @property
    def event_shape(self) -> Shape:
        """(number of places,)."""
        return (self._adjacency.size,)

    def _log_prob(self, value: Any) -> Any:
        graph = self._adjacency
        gaps = value[..., graph.rows] - value[..., graph.columns]
        square = np.sum(graph.weights * gaps * gaps, axis=-1) / (self.scale * self.scale)
        rank = graph.size - 1.0
        return -0.5 * square + 0.5 * self._log_det - rank * (np.log(self.scale) + HALF_LOG_2PI)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        white = rng.standard_normal((*shape, self._adjacency.size))
        factor = np.linalg.cholesky(self._lifted)
        field = np.linalg.solve(factor.T, white[..., None])[..., 0]
        return self.scale[..., None] * (field - np.mean(field, axis=-1, keepdims=True))

    def _mean(self) -> Any:
        return 0.0

    def _covariance(self) -> Any:
        inverse = np.linalg.inv(self._lifted) - 1.0 / self._adjacency.size
        return (self.scale * self.scale)[..., None, None] * inverse

    def _variance(self) -> Any:
        return np.diagonal(self._covariance(), axis1=-2, axis2=-1)

    def _entropy(self) -> Any:
        rank = self._adjacency.size - 1.0
        return rank * (np.log(self.scale) + HALF_LOG_2PI + 0.5) - 0.5 * self._log_det

"""What a row of the tables of laws of vectors, matrices and series is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Parameters = dict[str, Any]
HALF_LOG_2PI = mp.log(2 * mp.pi) / 2


@dataclass(frozen=True)
class EventCase:
    """A law and its textbook density.

    Attributes
    ----------
    law : callable (**parameters)
        The class, or what builds the law.
    logpdf : callable (x, **parameters)
        In mpmath: vectors are lists, matrices `mp.matrix`.
    parameters : tuple of dict
        Ordinary ones first, then extreme ones.
    wrong : dict
        Parameters, each outside its constraint, with the message's words.
    options : dict
        Arguments that are not parameters.
    symmetric : tuple of str
        Parameters (and "value") that are symmetric matrices.
    lower : tuple of str
        Parameters (and "value") that are lower triangular matrices.
    marginals : sequence of (function of draws, cdf)
        Functions of draws whose law is known for the first parameters.
    small : dict
        Parameters under which a value has one or two unconstrained numbers.
    missing : tuple of str
        Of "mean", "variance", "covariance", "entropy": what the law does not have.
    largest : callable (**parameters), optional
        Size of the largest term of the formula, where terms cancel: the error is relative to it.
    """

    law: Callable[..., Any]
    logpdf: Callable[..., Any]
    parameters: tuple[Parameters, ...]
    wrong: Mapping[str, tuple[Any, str]]
    options: Parameters = field(default_factory=dict)
    symmetric: tuple[str, ...] = ()
    lower: tuple[str, ...] = ()
    marginals: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...] = ()
    small: Parameters | None = None
    small_options: Parameters | None = None
    missing: tuple[str, ...] = ()
    largest: Callable[..., float] = lambda **_: 1.0
    name: str = ""

    @property
    def title(self) -> str:
        return self.name or self.law.__name__

    def __call__(self, **parameters: Any) -> Any:
        return self.law(**self.options, **parameters)


def spd(n: int, seed: int, spread: float = 1.0) -> Any:
    """A positive definite matrix whose eigenvalues span `spread` powers of 10."""
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    matrix = q @ np.diag(np.logspace(-spread / 2, spread / 2, n)) @ q.T
    return (matrix + matrix.T) / 2


def tril(n: int, seed: int, spread: float = 1.0) -> Any:
    return np.linalg.cholesky(spd(n, seed, spread))


def column(x: Any) -> Any:
    return mp.matrix([[v] for v in x])


def quadratic(matrix: Any, x: Any) -> Any:
    """x' matrix^-1 x."""
    vector = column(x)
    return (vector.T * mp.lu_solve(matrix, vector))[0]


def log_det(matrix: Any) -> Any:
    return mp.log(mp.det(matrix))


def trace(matrix: Any) -> Any:
    return mp.fsum(matrix[i, i] for i in range(matrix.rows))


def covariance_of(parameters: Parameters) -> Any:
    """Covariance matrix of whichever form is given."""
    if "precision_matrix" in parameters:
        return mp.inverse(parameters["precision_matrix"])
    if "scale_tril" in parameters:
        return parameters["scale_tril"] * parameters["scale_tril"].T
    return parameters["covariance_matrix"]


def normal(x: Any, covariance: Any) -> Any:
    n = len(x)
    return -quadratic(covariance, x) / 2 - log_det(covariance) / 2 - n * HALF_LOG_2PI

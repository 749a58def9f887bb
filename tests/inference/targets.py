"""Densities written in Python, with known moments: what approximations are tested on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ad

Array = NDArray[np.float64]


class Plain:
    """A density without `function`: second derivatives are differences."""

    def __init__(self, function: Callable[[Any], Any], dimension: int) -> None:
        self.compiled = ad.density(function, dimension)
        self.dimension = dimension
        self.calls = 0

    @property
    def native(self) -> Any:
        return self.compiled.native

    def logdensity(self, x: Array) -> float:
        return self.compiled.logdensity(x)

    def logdensity_and_gradient(self, x: Array) -> tuple[float, Array]:
        self.calls += 1
        return self.compiled.logdensity_and_gradient(x)


class Traceable(Plain):
    """A density with `function`: second derivatives are exact."""

    def __init__(self, function: Callable[[Any], Any], dimension: int) -> None:
        super().__init__(function, dimension)
        self.function = function


@dataclass
class Normal:
    """A normal law with mean, covariance, and the log of the integral of its density."""

    mean: Array
    covariance: Array

    @property
    def log_integral(self) -> float:
        d = len(self.mean)
        log_det = float(np.linalg.slogdet(self.covariance)[1])
        return 0.5 * (d * float(np.log(2.0 * np.pi)) + log_det)

    def density(self, kind: type[Plain] = Traceable) -> Plain:
        precision = np.linalg.inv(self.covariance)
        mean = self.mean

        def function(x: Any) -> Any:
            return -0.5 * ((x - mean) @ (precision @ (x - mean)))

        return kind(function, len(self.mean))


def normal(dimension: int, seed: int = 1) -> Normal:
    """Correlated, with standard deviations from 0.1 to 10."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((dimension, dimension)) / np.sqrt(dimension)
    covariance = factor @ factor.T + 0.1 * np.eye(dimension)
    sd = 10.0 ** rng.uniform(-1.0, 1.0, dimension) / np.sqrt(np.diag(covariance))
    return Normal(rng.normal(size=dimension) * sd, covariance * sd * sd[:, None])


def ill_conditioned(dimension: int, condition: float, seed: int = 2) -> Normal:
    """Normal law whose covariance has eigenvalues over `condition`, in random directions."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.normal(size=(dimension, dimension)))
    values = np.geomspace(1.0 / condition, 1.0, dimension)
    return Normal(rng.normal(size=dimension), (basis * values) @ basis.T)


def relative_errors(law: Normal, mean: Array, covariance: Array) -> tuple[float, float]:
    """Errors of a mean in standard deviations, and of a covariance beside sd_i sd_j."""
    sd = np.sqrt(np.diag(law.covariance))
    return (
        float(np.abs((mean - law.mean) / sd).max()),
        float(np.abs((covariance - law.covariance) / (sd * sd[:, None])).max()),
    )

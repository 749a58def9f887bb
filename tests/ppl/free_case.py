"""What a row of the table of laws by free numbers is, and integrals over what they live on."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.integrate

if TYPE_CHECKING:
    from collections.abc import Callable

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class FreeCase:
    """A law as a function of unconstrained numbers p, and its textbook density.

    Attributes
    ----------
    name : str
    make : callable (p)
        The law; p is an array or traced.
    logpdf : callable (x, p)
        In mpmath: x is the list of a value's elements, p a list of numbers.
    points : tuple of tuple of float
        Values of p: ordinary ones first, then extreme ones.
    mass : callable ()
        Integral of the density of a law of the family.
    tangents : callable (x)
        Directions in which the value x may move, shape (m, size of x); every one by default.
    marginals : sequence of (function of draws, cdf)
        Functions of draws whose law is known for the first of `points`.
    largest : callable (x, p)
        Size of the largest term of the formula, where terms cancel: the error is relative to it.
    digits : int
        With which mpmath works.
    """

    name: str
    make: Callable[[Any], Any]
    logpdf: Callable[[Any, Any], Any]
    points: tuple[Numbers, ...]
    mass: Callable[[], float]
    tangents: Callable[[Any], Any] = lambda x: np.eye(np.size(x))
    marginals: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...] = field(default=())
    largest: Callable[[Any, Any], float] = lambda _x, _p: 1.0
    digits: int = 60


def along_sphere(x: Any) -> Any:
    """Directions at right angles to a unit vector."""
    return np.linalg.svd(x[None])[2][1:]


def nowhere(x: Any) -> Any:
    """No direction: the value is one of countably many."""
    return np.zeros((0, np.size(x)))


def over_circle(law: Any, points: int = 400) -> float:
    """By the trapezoidal rule, which is exact to rounding for smooth periodic functions."""
    angles = np.linspace(-math.pi, math.pi, points, endpoint=False)
    if law.event_shape == (2,):
        angles = np.stack(np.meshgrid(angles, angles, indexing="ij"), axis=-1)
        return float(np.mean(np.exp(law.log_prob(angles)))) * (2.0 * math.pi) ** 2
    return float(np.mean(np.exp(law.log_prob(angles)))) * 2.0 * math.pi


def over_sphere(law: Any) -> float:
    """Over the sphere in three dimensions: by height as Gauss, by longitude as above."""
    height, weight = np.polynomial.legendre.leggauss(80)
    longitude = np.linspace(-math.pi, math.pi, 160, endpoint=False)
    z, angle = (v[..., None] for v in np.meshgrid(height, longitude, indexing="ij"))
    ring = np.sqrt(1.0 - z * z)
    density = np.exp(
        law.log_prob(np.concatenate([ring * np.cos(angle), ring * np.sin(angle), z], -1))
    )
    return float(weight @ density.mean(axis=1)) * 2.0 * math.pi


def over_reals(law: Any) -> float:
    """Over one or two real numbers: the trapezoidal rule after x = sinh(t)."""
    size = math.prod(law.event_shape)
    step = 0.05 * size
    t = np.arange(-6.5, 6.5, step)
    grid = np.array(list(itertools.product(t, repeat=size)))
    values = np.sinh(grid).reshape((-1, *law.event_shape))
    weights = np.exp(law.log_prob(values)) * np.prod(np.cosh(grid), axis=-1)
    return float(np.sum(weights)) * math.pow(step, size)


def over_line_and_atoms(law: Any, atoms: tuple[float, ...]) -> float:
    """Between the ends of the support, and at single values."""
    low, high = float(law.support.lowest()), float(law.support.clip(math.inf))

    def density(x: float) -> float:
        return math.exp(law.log_prob(x)) * (x not in atoms)

    smooth, _ = scipy.integrate.quad(density, low, high, epsabs=1e-12, epsrel=1e-12, limit=400)
    return float(smooth) + sum(math.exp(law.log_prob(x)) for x in atoms)
